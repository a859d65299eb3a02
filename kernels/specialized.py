"""Rung 5: Numba code generated for exactly one network, dtype and instruction set.

Rung 4 leaves to the compiler what it cannot know: how long loops are, which numbers lie side by
side, that exp may be computed for many of them at once. Here all of it is written down. The sizes
are constants of the code; weights are packed so that they are read from the first to the last,
vector by vector; sigmoids are polynomials on whole vectors; and nothing is done in Python but to
call the compiled function. `kernels.simd` holds what it is made of:

    layout.py   where the parameters lie
    sample.py   one sample: nodes are the lanes; costs one pass over the parameters
    batch.py    many samples: samples are the lanes; costs the multiply-adds, and the sigmoids
    backward.py the gradient, in the same way; costs its multiply-adds
    sigmoid.py  within 2 units in the last place, some twenty instructions a vector

so a call comes near to what the machine can do at best: for one sample the cost of calling anything
compiled from Python plus the time to read the parameters once; for a batch the arithmetic.
`plan.inspect()` shows the layout and the code.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from kernels import aligned
from kernels.checks import Array
from kernels.interface import Plan
from kernels.pool import Pool
from kernels.simd import compiled, objects
from kernels.simd.backward import room


class Kernel(Plan):
    """Code for one network."""

    name = "specialized"

    @classmethod
    def import_requirements(cls) -> None:
        compiled.use_once()

    def build(self) -> None:
        self._gradients = bool({"gradient", "train"} & set(self.operations))
        functions = compiled.functions(self.sizes, self.dtype.name, self._gradients)
        self._forward, self._forward_batch, self._descend = functions
        if not objects.head_is_known():
            self._forward = refuse
        size = room(self._layout).size
        self._pool = Pool(lambda _: (aligned.empty((size,), self.dtype), np.empty(2)))
        X, Y = (np.zeros((1, width), self.dtype) for width in (self.sizes[0], self.sizes[-1]))
        self.forward(X[0], Y[0])
        self._forward_batch(self._parameters, X, Y, self._pool.take(0)[0])
        if self._gradients:
            out = np.empty(self.network.theta.size, self.dtype)
            self.batch_gradient(self._parameters, X, Y, out)

    def pack(self, theta: Array) -> Array:
        self._layout = compiled.layout(self.sizes, self.dtype.name)
        return self._layout.pack(theta)

    def forward(self, x: Any, out: Array | None = None) -> Array:
        # the compiled code checks what `Plan.forward` would check in Python
        if out is not None and self._forward(self._parameters, x, out):
            return out
        return super().forward(x, out)

    forward.__doc__ = Plan.forward.__doc__

    def sample_forward(self, parameters: Any, x: Array, out: Array) -> None:
        if not self._forward(parameters, x, out):
            x = np.require(x, None, ["C", "A", "W"])
            self.batch_forward(parameters, x[np.newaxis], out[np.newaxis])

    def batch_forward(self, parameters: Any, X: Array, out: Array) -> None:
        few = len(X) < self._layout.lanes // 2  # a group would be mostly empty
        if few and all(self._forward(parameters, *pair) for pair in zip(X, out, strict=True)):
            return
        workspace = self._pool.take(0)
        self._forward_batch(parameters, X, out.view(np.ndarray), workspace[0])
        self._pool.give(0, workspace)

    def batch_gradient(
        self, parameters: Any, X: Array, Y: Array, out: Array
    ) -> tuple[float, float]:
        cost, error = np.empty(1), np.empty(1)
        theta = parameters[: out.size]
        self._run(theta, X, Y, 0.0, cost, error, out)
        return float(cost[0]), float(error[0])

    def descend(
        self, theta: Array, X: Array, Y: Array, alpha: float, cost: Array, error: Array
    ) -> None:
        self._run(theta, X, Y, alpha, cost, error, np.empty_like(theta))

    def _run(
        self,
        theta: Array,
        X: Array,
        Y: Array,
        alpha: float,
        cost: Array,
        error: Array,
        step: Array,
    ) -> None:
        assert self._descend is not None  # gradients were refused before
        workspace = self._pool.take(0)
        self._descend(theta, X, Y, alpha, cost, error, step, *workspace)
        self._pool.give(0, workspace)

    def inspect(self, assembly: bool = False) -> None:
        """Print where the parameters lie and the generated code; or, in full, its assembly."""
        print(self._layout)
        print(compiled.listing(self.sizes, self.dtype.name, self._gradients, assembly))


def refuse(_parameters: Array, _x: Any, _out: Any) -> bool:
    """In place of compiled code that could not check what it is given."""
    return False
