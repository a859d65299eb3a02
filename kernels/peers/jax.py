"""JAX as its experts write it: few arguments, few results, and loops inside the compiled program.

A call of a compiled function costs about 1 µs an argument, and 4 µs a result. So outputs are
computed with the parameters as constants, which its documentation passes as arguments (that is
`jax-arguments`): after an `update`, the first call with each number of samples compiles again.
Gradients take all parameters as one flat vector, and return cost, error and gradient as another. A
training in batches is one program a pass: gather, gradient and optimizer for all batches.

Tried and slower, for 64-30-10 in float64, roughly: parameters as arguments (26 µs a sample instead
of 17) or as one flat argument (18); `device_put` of the sample (128); `from_dlpack` of the result
(43); compiling ahead of time (12 instead of 11 without the result's copy). XLA's options change
nothing. The gradient of 32 samples as arrays takes 139 µs instead of 61; a pass of Adam over 1078
samples, with the state in arrays, 3.0 ms instead of 1.5, and with derivatives by the flat vector,
which XLA pads and adds up, 2.1.

JAX computes in float64 only if that is switched on for the whole process, which a float64 plan
does. XLA's number of threads is fixed when JAX is first imported, by the cores the process may use
and XLA_FLAGS; `threads` cannot change it. Every call waits for its result, so asynchronous dispatch
is switched off: it would cost a switch of threads per call. In batches of about a thousand samples
through relu and softmax, XLA's relu (of JAX 0.10) makes 0 of NaN, so a sample with NaN has
numbers for outputs there.

Optimizers are formulas here, as they are not part of JAX; Adam's epsilon is added where its
users' library Optax adds it.
"""

from __future__ import annotations

from functools import partial
from typing import Any, NamedTuple

import numpy as np

from kernels.interface import Plan
from kernels.network import views
from kernels.parts import symbolic
from kernels.parts.architecture import Architecture
from kernels.parts.losses.poisson import PART as POISSON
from kernels.parts.named import function
from kernels.parts.optimizer import Optimizer, Step
from kernels.parts.optimizers import OPTIMIZERS
from kernels.parts.optimizers.adam import with_epsilon
from kernels.passes import Passes
from kernels.support.checks import Array

CAPACITY = 512
"""The most iterations of training that one call of the compiled loop makes."""


class Packed(NamedTuple):
    """Parameters in both forms."""

    theta: Any
    """The flat vector, an array of JAX."""
    forward: Any
    """The compiled function from samples to outputs."""


class Kernel(Plan):
    """Functions compiled by `jax.jit`."""

    name = "jax"
    requires = ("jax",)
    compiles_shapes = True
    max_threads = None

    @classmethod
    def import_requirements(cls) -> None:
        super().import_requirements()
        import jax

        jax.config.update("jax_cpu_enable_async_dispatch", False)

    @classmethod
    def offers_network(cls, what: Architecture) -> bool:
        return all("jax" in f.libraries for f in what.functions)

    def prepare(self) -> None:
        import jax

        if self.dtype == np.float64:
            jax.config.update("jax_enable_x64", True)
        self._functions = [function(jax, f.libraries["jax"]) for f in self.architecture.functions]
        self._cost = partial(cost, self._functions, self.architecture)

    def build(self) -> None:
        import jax

        given = self._cost, self.sizes
        self._gradient = jax.jit(partial(gradient, *given))
        self._train = jax.jit(partial(train, *given))
        self._batches = jax.jit(partial(batches, *given), static_argnames=("step", "size"))

    def pack(self, theta: Array) -> Any:
        import jax

        layers = list(zip(*views(theta, self.sizes), strict=True))
        forward = jax.jit(partial(outputs, self._functions, layers))
        # a copy: JAX's array may otherwise share the memory of `theta`
        return Packed(jax.numpy.array(theta, copy=True), forward)

    def sample_forward(self, parameters: Any, x: Array, out: Array) -> None:
        out[:] = parameters.forward(x)

    def batch_forward(self, parameters: Any, X: Array, out: Array) -> None:
        out[:] = parameters.forward(X)

    def batch_gradient(
        self, parameters: Any, X: Array, Y: Array, out: Array
    ) -> tuple[float, float]:
        found = np.asarray(self._gradient(parameters.theta, X, Y))
        out[:] = found[2:]
        return float(found[0]), float(found[1])

    def descend(
        self, theta: Array, X: Array, Y: Array, alpha: float, cost: Array, error: Array
    ) -> None:
        for start in range(0, len(cost), CAPACITY):
            part = slice(start, min(start + CAPACITY, len(cost)))
            count = part.stop - start
            moved, costs, errors = self._train(theta, X, Y, self.dtype.type(alpha), count)
            theta[:] = moved
            cost[part], error[part] = costs[:count], errors[:count]

    def own_form(self, optimizer: Optimizer) -> Optimizer:
        return with_epsilon(optimizer, after_correction=True)

    def pass_over(self, theta: Array, one: Passes, first: int, last: int, found: Array) -> None:
        if not is_known(one.optimizer) or one.weights is not None:
            super().pass_over(theta, one, first, last, found)
            return
        import jax

        X, Y = jax.device_put((one.X, one.Y))
        l2 = self.dtype.type(one.l2)
        state = np.vstack([theta, one.slots])
        for number, order, rates, span in one.parts(first, last):
            sums = found[number].astype(self.dtype)
            state, found[number] = self._batches(
                state, sums, X, Y, order, rates, l2, *span,
                step=one.optimizer.step, size=one.batch_size,
            )  # fmt: skip
        state = np.asarray(state)
        theta[:], one.slots[:] = state[0], state[1:]


def is_known(optimizer: Optimizer) -> bool:
    """True if `symbolic.step` has its step."""
    return type(optimizer) in OPTIMIZERS.values()


def outputs(functions: Any, layers: Any, H: Any) -> Any:
    """h[L] of one sample (s_1,) or of every row of a batch (m, s_1)."""
    return functions[-1](sums(functions, layers, H))


def sums(functions: Any, layers: Any, H: Any) -> Any:
    """z of the last layer."""
    *hidden, last = layers
    for f, layer in zip(functions, hidden, strict=False):
        H = f(product(layer, H))
    return product(last, H)


def product(layer: Any, H: Any) -> Any:
    """W h + b."""
    W, b = layer
    return (W @ H if H.ndim == 1 else H @ W.T) + b  # XLA would transpose W for a vector


def cost(functions: Any, what: Architecture, layers: Any, X: Any, Y: Any) -> tuple[Any, Any]:
    """The mean of the loss, and that of ||y - h||."""
    import jax
    import jax.numpy as jnp

    z = sums(functions, layers, X)
    squares = jnp.square(Y - functions[-1](z)).sum(axis=1)
    error = jnp.sqrt(jax.lax.stop_gradient(squares)).mean()
    if not what.objective.canonical:
        return squares.mean() / 2, error
    if what.objective is POISSON:
        of_targets = jax.scipy.special.xlogy(Y, Y) - Y
        return (jnp.exp(z) - Y * z + of_targets).sum(axis=1).mean(), error
    if what.functions[-1].over_nodes:
        return -(Y * jax.nn.log_softmax(z)).sum(axis=1).mean(), error
    return (jax.nn.softplus(z) - Y * z).sum(axis=1).mean(), error


def slopes(cost_of: Any, layers: Any, X: Any, Y: Any, l2: Any = None) -> tuple[Any, Any]:
    """The means of `SUMS` over a batch, and the gradient of cost and penalty by the layers."""
    import jax
    import jax.numpy as jnp

    def penalised(layers: Any) -> Any:
        now, error = cost_of(layers, X, Y)
        penalty = jnp.zeros_like(now)
        if l2 is not None:
            penalty = l2 / 2 / len(X) * sum(jnp.square(W).sum() for W, _ in layers)
        return now + penalty, jnp.stack([now, error, penalty])

    (_, means), found = jax.value_and_grad(penalised, has_aux=True)(layers)
    return means, found


def flat_slopes(
    cost_of: Any, sizes: tuple[int, ...], theta: Any, X: Any, Y: Any, l2: Any = None
) -> tuple[Any, Any]:
    """`slopes` of the flat vector, as a flat vector.

    The derivatives are by each W[l] and b[l]: by a part of theta, XLA would make a vector of
    theta's length for each of them.
    """
    import jax.numpy as jnp

    layers = list(zip(*views(theta, sizes), strict=True))
    means, found = slopes(cost_of, layers, X, Y, l2)
    return means, jnp.concatenate([part.ravel() for pair in found for part in pair])


def gradient(cost_of: Any, sizes: tuple[int, ...], theta: Any, X: Any, Y: Any) -> Any:
    """Cost, error and gradient as one vector."""
    import jax.numpy as jnp

    means, found = flat_slopes(cost_of, sizes, theta, X, Y)
    return jnp.concatenate([means[:2], found])


def train(
    cost_of: Any, sizes: tuple[int, ...], theta: Any, X: Any, Y: Any, alpha: Any, count: Any
) -> Any:
    """theta after `count` steps over all samples, and `CAPACITY` costs and errors."""
    import jax
    import jax.numpy as jnp

    def step(k: Any, state: Any) -> Any:
        theta, costs, errors = state
        means, found = flat_slopes(cost_of, sizes, theta, X, Y)
        return theta - alpha * found, costs.at[k].set(means[0]), errors.at[k].set(means[1])

    empty = jnp.zeros(CAPACITY, X.dtype)
    return jax.lax.fori_loop(0, count, step, (theta, empty, empty))


def batches(
    cost_of: Any, sizes: tuple[int, ...], state: Any, found: Any, X: Any, Y: Any, order: Any,
    rates: Any, l2: Any, first: Any, last: Any, step: Step, size: int,
) -> Any:  # fmt: skip
    """State (theta and the slots) and `SUMS` after steps of a pass, from those before."""
    import jax
    import jax.numpy as jnp

    whole, rest = divmod(len(X), size)
    moved = symbolic.step(step, jnp.sqrt)
    assert moved is not None  # see `is_known`

    def advance(k: Any, given: Any, count: int = size) -> Any:
        state, found = given
        if order is None:
            x, y = (jax.lax.dynamic_slice_in_dim(one, k * size, count) for one in (X, Y))
        else:
            chosen = jax.lax.dynamic_slice_in_dim(order, k * size, count)
            x, y = X[chosen], Y[chosen]
        means, g = flat_slopes(cost_of, sizes, state[0], x, y, l2)
        return jnp.stack(moved(state[0], g, state[1:], rates[k])), found + count * means

    given = jax.lax.fori_loop(first, jnp.minimum(last, whole), advance, (state, found))
    if rest:  # the last batch is smaller
        end = jnp.maximum(last, whole)
        given = jax.lax.fori_loop(whole, end, partial(advance, count=rest), given)
    return given
