"""JAX as its documentation shows first: jitted functions of parameters, samples and targets.

Parameters are a list of pairs W, b, which each call takes and each jitted step of a training
returns; the loop over steps is Python's. What an expert does instead, and what that gains, is in
the peer `jax`. Here an `update` compiles nothing.
"""

from __future__ import annotations

from functools import partial
from typing import Any

import numpy as np

from kernels.interface import Plan
from kernels.network import parts, views
from kernels.parts import symbolic
from kernels.parts.optimizer import Step
from kernels.parts.optimizers.sgd import plain
from kernels.passes import Passes
from kernels.peers import jax as expert
from kernels.support.checks import Array


class Kernel(expert.Kernel):
    """Functions compiled by `jax.jit`, with parameters as arguments."""

    name = "jax-arguments"

    def build(self) -> None:
        import jax

        self._forward = jax.jit(partial(expert.outputs, self._functions))
        self._gradient = jax.jit(jax.value_and_grad(self._cost, has_aux=True))
        self._step = jax.jit(partial(advance, self._cost), static_argnames="step")

    def pack(self, theta: Array) -> Any:
        import jax.numpy as jnp

        # copies: JAX's arrays may otherwise share the memory of `theta`
        return [
            (jnp.array(W, copy=True), jnp.array(b, copy=True))
            for W, b in zip(*views(theta, self.sizes), strict=True)
        ]

    def unpack(self, layers: Any, theta: Array) -> None:
        """Write the pairs W, b to the flat vector."""
        flat = [part for pair in layers for part in pair]
        for place, part in zip(parts(theta, self.sizes), flat, strict=True):
            place[:] = part

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
        layers, rates, none = self.pack(theta), np.array([alpha], self.dtype), self.dtype.type(0)
        for k in range(len(cost)):
            layers, _, means = self._step(layers, [], X, Y, rates, none, step=plain)
            cost[k], error[k], _ = means
        self.unpack(layers, theta)

    def pass_over(self, theta: Array, one: Passes, first: int, last: int, found: Array) -> None:
        if not expert.is_known(one.optimizer) or one.weights is not None:
            Plan.pass_over(self, theta, one, first, last, found)
            return
        layers, slots = self.pack(theta), [self.pack(row) for row in one.slots]
        l2 = self.dtype.type(one.l2)
        for step in range(first, last):
            X, Y, _ = one.batch(step)
            given = layers, slots, X, Y, one.rates[step], l2
            layers, slots, means = self._step(*given, step=one.optimizer.step)
            found[step // one.batches] += np.multiply(means, len(X))
        for values, place in zip((layers, *slots), (theta, *one.slots), strict=True):
            self.unpack(values, place)


def advance(
    cost_of: Any, layers: Any, slots: Any, X: Any, Y: Any, rates: Any, l2: Any, step: Step
) -> tuple[Any, Any, Any]:
    """Parameters and slots after a step, and the means of `SUMS` before it."""
    import jax

    moved_by = symbolic.step(step, jax.numpy.sqrt)
    assert moved_by is not None  # see `expert.is_known`
    means, found = expert.slopes(cost_of, layers, X, Y, l2)
    moved = jax.tree.map(
        lambda theta, g, *kept: moved_by(theta, g, kept, rates), layers, found, *slots
    )
    layers, *slots = jax.tree.transpose(jax.tree.structure(layers), None, moved)
    return layers, slots, means
