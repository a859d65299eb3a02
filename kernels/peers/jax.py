"""JAX: forward, gradient and the whole loop of a training, each one program compiled by XLA.

JAX computes in float64 only if that is switched on for the whole process, which a float64 plan
does. XLA's number of threads is fixed when JAX is first imported, by the cores the process may use
and XLA_FLAGS; `threads` cannot change it. Every call waits for its result, so asynchronous dispatch
is switched off: it would cost a switch of threads per call.

A training in batches is one program a pass: gather, gradient and Adam for all batches of equal
size, and another for a smaller last one. Adam is written out here, as its optimizers are not part
of JAX; epsilon is added where its users' library Optax adds it.
"""

from __future__ import annotations

from dataclasses import replace
from functools import partial
from typing import Any

import numpy as np

from kernels.interface import Plan
from kernels.network import parts, views
from kernels.parts.architecture import Architecture
from kernels.parts.named import function
from kernels.parts.optimizer import Optimizer
from kernels.parts.optimizers import Adam
from kernels.passes import Passes
from kernels.support.checks import Array

CAPACITY = 512
"""The most iterations of training that one call of the compiled loop makes."""


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

    def build(self) -> None:
        import jax

        functions = [function(jax.nn, f.libraries["jax"]) for f in self.architecture.functions]
        self._cost = partial(cost, functions, self.architecture)

        def gradient(layers: Any, X: Any, Y: Any) -> Any:
            return jax.value_and_grad(self._cost, has_aux=True)(layers, X, Y)

        def train(layers: Any, X: Any, Y: Any, alpha: Any, count: Any) -> Any:
            def step(k: Any, state: Any) -> Any:
                layers, costs, errors = state
                (now, error), slopes = gradient(layers, X, Y)
                layers = jax.tree.map(lambda value, slope: value - alpha * slope, layers, slopes)
                return layers, costs.at[k].set(now), errors.at[k].set(error)

            empty = jax.numpy.zeros(CAPACITY, X.dtype)
            return jax.lax.fori_loop(0, count, step, (layers, empty, empty))

        self._forward = jax.jit(partial(outputs, functions))
        self._gradient = jax.jit(gradient)
        self._train = jax.jit(train)
        self._batches = jax.jit(partial(batches, self._cost), static_argnames="size")

    def pack(self, theta: Array) -> Any:
        import jax

        # copies: JAX's arrays may otherwise share the memory of `theta`
        return [
            (jax.numpy.array(W, copy=True), jax.numpy.array(b, copy=True))
            for W, b in zip(*views(theta, self.sizes), strict=True)
        ]

    def sample_forward(self, parameters: Any, x: Array, out: Array) -> None:
        out[:] = np.asarray(self._forward(parameters, x))

    def batch_forward(self, parameters: Any, X: Array, out: Array) -> None:
        out[:] = np.asarray(self._forward(parameters, X))

    def batch_gradient(
        self, parameters: Any, X: Array, Y: Array, out: Array
    ) -> tuple[float, float]:
        (now, error), slopes = self._gradient(parameters, X, Y)
        self.unpack(slopes, out)
        return float(now), float(error)

    def descend(
        self, theta: Array, X: Array, Y: Array, alpha: float, cost: Array, error: Array
    ) -> None:
        layers = self.pack(theta)
        for start in range(0, len(cost), CAPACITY):
            count = min(CAPACITY, len(cost) - start)
            rate = self.dtype.type(alpha)
            layers, costs, errors = self._train(layers, X, Y, rate, count)
            cost[start : start + count] = costs[:count]
            error[start : start + count] = errors[:count]
        self.unpack(layers, theta)

    def own_form(self, optimizer: Optimizer) -> Optimizer:
        if isinstance(optimizer, Adam):
            return replace(optimizer, epsilon_after_correction=True)
        return optimizer

    def pass_over(self, theta: Array, one: Passes, first: int, last: int, found: Array) -> None:
        if not isinstance(one.optimizer, Adam) or one.weights is not None:
            super().pass_over(theta, one, first, last, found)
            return
        m, size = len(one.X), one.batch_size
        whole, l2 = m // size, self.dtype.type(one.l2)
        state = (self.pack(theta), *(self.pack(row) for row in one.slots))
        step = first
        while step < last:
            number, batch = divmod(step, one.batches)
            end = min(last - step + batch, one.batches)
            order = np.arange(m) if one.orders is None else one.orders[number]
            rates = one.rates[number * one.batches : (number + 1) * one.batches]
            sums = found[number].astype(self.dtype)
            if batch < whole:
                given = one.X, one.Y, order, rates, l2
                state, sums = self._batches(state, sums, *given, batch, min(end, whole), size=size)
            if end > whole:  # the last batch is smaller
                given = one.X, one.Y, order[whole * size :], rates[whole:], l2
                state, sums = self._batches(state, sums, *given, 0, 1, size=m - whole * size)
            found[number] = sums
            step += end - batch
        for layers, place in zip(state, (theta, *one.slots), strict=True):
            self.unpack(layers, place)

    def unpack(self, layers: Any, theta: Array) -> None:
        """Write the pairs W[l], b[l] to the flat vector."""
        flat = [part for pair in layers for part in pair]
        for place, part in zip(parts(theta, self.sizes), flat, strict=True):
            place[:] = part


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
    if what.functions[-1].over_nodes:
        return -(Y * jax.nn.log_softmax(z)).sum(axis=1).mean(), error
    return (jax.nn.softplus(z) - Y * z).sum(axis=1).mean(), error


def batches(
    cost_of: Any, state: Any, found: Any, X: Any, Y: Any, order: Any, rates: Any, l2: Any,
    first: Any, last: Any, size: int,
) -> Any:  # fmt: skip
    """State and `SUMS` after the batches from `first` on, each of `size`, from those before."""
    import jax
    import jax.numpy as jnp

    def penalised(layers: Any, X: Any, Y: Any) -> Any:
        now, error = cost_of(layers, X, Y)
        penalty = l2 / 2 / size * sum(jnp.square(W).sum() for W, _ in layers)
        return now + penalty, jnp.stack([now, error, penalty])

    def step(k: Any, given: Any) -> Any:
        (layers, means, squares), found = given
        chosen = jax.lax.dynamic_slice(order, (k * size,), (size,))
        compute = jax.value_and_grad(penalised, has_aux=True)
        (_, now), slopes = compute(layers, X[chosen], Y[chosen])
        r = rates[k]
        means = jax.tree.map(lambda m, g: r[2] * m + r[3] * g, means, slopes)
        squares = jax.tree.map(lambda v, g: r[4] * v + r[5] * g * g, squares, slopes)
        keep = r[6] if r.shape[0] > 6 else 1
        layers = jax.tree.map(
            lambda theta, m, v: keep * theta - r[0] * m / (jnp.sqrt(v) + r[1]),
            layers, means, squares,
        )  # fmt: skip
        return (layers, means, squares), found + size * now

    return jax.lax.fori_loop(first, last, step, (state, found))
