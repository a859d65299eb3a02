"""JAX: forward, gradient and the whole loop of a training, each one program compiled by XLA.

JAX computes in float64 only if that is switched on for the whole process, which a float64 plan
does. XLA's number of threads is fixed when JAX is first imported, by the cores the process may use
and XLA_FLAGS; `threads` cannot change it. Every call waits for its result, so asynchronous dispatch
is switched off: it would cost a switch of threads per call.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from kernels.interface import Plan
from kernels.network import parts, views
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

    def prepare(self) -> None:
        import jax

        if self.dtype == np.float64:
            jax.config.update("jax_enable_x64", True)

    def build(self) -> None:
        import jax

        def gradient(layers: Any, X: Any, Y: Any) -> Any:
            return jax.value_and_grad(cost, has_aux=True)(layers, X, Y)

        def train(layers: Any, X: Any, Y: Any, alpha: Any, count: Any) -> Any:
            def step(k: Any, state: Any) -> Any:
                layers, costs, errors = state
                (now, error), slopes = gradient(layers, X, Y)
                layers = jax.tree.map(lambda value, slope: value - alpha * slope, layers, slopes)
                return layers, costs.at[k].set(now), errors.at[k].set(error)

            empty = jax.numpy.zeros(CAPACITY, X.dtype)
            return jax.lax.fori_loop(0, count, step, (layers, empty, empty))

        self._forward = jax.jit(outputs)
        self._gradient = jax.jit(gradient)
        self._train = jax.jit(train)

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

    def unpack(self, layers: Any, theta: Array) -> None:
        """Write the pairs W[l], b[l] to the flat vector."""
        flat = [part for pair in layers for part in pair]
        for place, part in zip(parts(theta, self.sizes), flat, strict=True):
            place[:] = part


def outputs(layers: Any, H: Any) -> Any:
    """h[L] of one sample (s_1,) or of every row of a batch (m, s_1)."""
    import jax

    for W, b in layers:
        Z = W @ H if H.ndim == 1 else H @ W.T  # XLA would transpose W for a vector
        H = jax.nn.sigmoid(Z + b)
    return H


def cost(layers: Any, X: Any, Y: Any) -> tuple[Any, Any]:
    """J of §4.2, and the mean of ||y - h||."""
    import jax.numpy as jnp

    squares = jnp.square(Y - outputs(layers, X)).sum(axis=1)
    return squares.mean() / 2, jnp.sqrt(squares).mean()
