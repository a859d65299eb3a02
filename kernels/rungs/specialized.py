"""Rung 5: Numba code generated for exactly one network, dtype and instruction set.

Rung 4 leaves to the compiler what it cannot know: how long loops are, which numbers lie side by
side, that exp may be computed for many of them at once. Here all of it is written down. The sizes
are constants of the code; weights are packed so that they are read from the first to the last,
vector by vector; sigmoids are polynomials on whole vectors; and nothing is done in Python but to
call the compiled function. `kernels.codegen` holds what it is made of:

    layout.py           where the parameters lie
    sample.py           one sample: nodes are the lanes; costs one pass over the parameters
    sample_gradient.py  its gradient; costs another, and writing it
    batch.py            many samples: samples are the lanes; costs the multiply-adds and sigmoids
    batch_gradient.py   the gradient, in the same way; costs its multiply-adds
    exponential.py      sigmoid and tanh, within 2.5 units in the last place, in some twenty
                        instructions a vector
    losses.py           where the way back begins
    barrier.py          where threads that train together wait for each other

so a call comes near to what the machine can do at best: for one sample the cost of calling anything
compiled from Python plus the time to read the parameters once; for a batch the arithmetic.
`plan.inspect()` shows the layout and the code.
"""

from __future__ import annotations

import functools
from collections.abc import Callable
from dataclasses import replace
from functools import partial
from typing import Any, ClassVar, NamedTuple

import numpy as np

from kernels.codegen import barrier, batch, batch_gradient, compiled, intrinsics, objects
from kernels.interface import Plan
from kernels.results import Gradient
from kernels.support import aligned, numba_cache, team
from kernels.support.checks import Array
from kernels.support.pool import Pool

WORTH_A_THREAD = 1 << 24
"""Multiply-adds of a call from which on threads are started for it, which takes 0.1 ms."""
WORTH_MEETING = 1 << 16
"""Multiply-adds of a training's iteration from which on threads share it."""

LONG = 1 << 31
"""Multiply-adds of an iteration during which Ctrl-C should be heard: a tenth of a second."""


class Workspace(NamedTuple):
    """What a call computes in, a row of the first two for each thread."""

    scratch: Array
    totals: Array
    meeting: Array

    @classmethod
    def make(cls, threads: int, size: int, dtype: np.dtype[Any]) -> Workspace:
        """For so many threads, with scratch memory of `size` numbers each."""
        totals = np.empty((threads, intrinsics.TOTALS))
        return cls(aligned.empty((threads, size), dtype), totals, barrier.meeting())


class Kernel(Plan):
    """Code for one network."""

    name = "specialized"
    max_threads = None
    general = True
    beyond: ClassVar[tuple[str, ...]] = ()
    """What is compiled beside the operations."""

    @classmethod
    def missing(cls) -> str | None:
        return super().missing() or numba_cache.missing()

    @classmethod
    def import_requirements(cls) -> None:
        super().import_requirements()
        compiled.use_once()

    def prepare(self) -> None:
        self._layout = intrinsics.layout(self.architecture, self.dtype.name)

    def build(self) -> None:
        self._descends = bool({"gradient", "train"} & set(self.operations))
        wanted = (*self.operations, *self.beyond)
        functions = compiled.functions(self.architecture, self.dtype.name, wanted)
        if not objects.head_is_known():
            functions = replace(
                functions,
                forward=compiled.refuse_row,
                row=compiled.refuse_row,
                gradient=compiled.refuse,
            )
        self._functions = functions  # kept for as long as a plan uses them
        self._forward, self._row = functions.forward, functions.row
        # of a sample that is shifted already, which `_forward` would do once more
        self._forward_ready = compiled.refuse_row if self._shift is not None else self._forward
        self._forward_batch, self._descend = functions.forward_batch, functions.descend
        self._gradient = functions.gradient
        self._count = self.network.theta.size
        weights = sum(layer.inputs * layer.outputs for layer in self._layout.layers)
        self._forward_work = weights
        self._gradient_work = 3 * weights - self.sizes[0] * self.sizes[1]
        layout = self._layout
        size = batch_gradient.room(layout).size if self._descends else batch.room(layout)
        self._pool = Pool(partial(Workspace.make, self.threads, size, self.dtype))
        X, Y = (np.zeros((1, width), self.dtype) for width in (self.sizes[0], self.sizes[-1]))
        self._forward(self._parameters, X[0], Y[0])
        self._forward_batch(self._parameters, X, Y, self._pool.take().scratch[0])
        if self._descends:
            self.batch_gradient(self._parameters, X, Y, np.empty(self._count, self.dtype))

    def pack(self, theta: Array) -> Array:
        return self._layout.pack(theta, self._shift)

    def native_entries(self) -> dict[str, Callable[..., Any]]:
        native_forward, native_gradient = self._forward, self._gradient

        @functools.wraps(super().forward)
        def forward(x: Any, out: Array | None = None) -> Array:
            if out is None:
                out = np.empty(self._outputs, self.dtype)
            if native_forward(self._parameters, x, out):
                return out
            return Plan.forward(self, x, out)

        @functools.wraps(super().gradient)
        def gradient(X: Any, Y: Any) -> Gradient:
            theta = np.empty(self._count, self.dtype)
            cost = native_gradient(self._parameters, X, Y, theta)  # -1 but for one sample
            return Plan.gradient(self, X, Y) if cost < 0 else Gradient(cost, theta, self.sizes)

        return {"forward": forward, "gradient": gradient}

    # --- forward --------------------------------------------------------------------------------

    def sample_forward(self, parameters: Any, x: Array, out: Array) -> None:
        if not self._forward_ready(parameters, x, out):
            x = np.require(x, None, ["C", "A", "W"])
            self.batch_forward(parameters, x[np.newaxis], out[np.newaxis])

    def batch_forward(self, parameters: Any, X: Array, out: Array) -> None:
        few = len(X) < self._layout.lanes // 2  # a group would be mostly empty
        if few and all(self._forward_ready(parameters, *pair) for pair in zip(X, out, strict=True)):
            return
        out = out.view(np.ndarray)
        workspace = self._pool.take()
        threads = self._threads(len(X) * self._forward_work, WORTH_A_THREAD)
        each = -(-len(X) // threads)

        def work(rank: int) -> None:
            mine = slice(rank * each, (rank + 1) * each)
            self._forward_batch(parameters, X[mine], out[mine], workspace.scratch[rank])

        team.run(work, threads)
        self._pool.give(workspace)

    # --- gradient and training ------------------------------------------------------------------

    def batch_gradient(
        self, parameters: Any, X: Array, Y: Array, out: Array
    ) -> tuple[float, float]:
        cost, error = np.empty(1), np.empty(1)
        theta = parameters[: out.size]
        self._run(theta, X, Y, 0.0, cost, error, out, WORTH_A_THREAD)
        return float(cost[0]), float(error[0])

    def descend(
        self, theta: Array, X: Array, Y: Array, alpha: float, cost: Array, error: Array
    ) -> None:
        self._run(theta, X, Y, alpha, cost, error, np.empty_like(theta), WORTH_MEETING)

    def _run(
        self,
        theta: Array,
        X: Array,
        Y: Array,
        alpha: float,
        cost: Array,
        error: Array,
        step: Array,
        worth: int,
    ) -> None:
        workspace = self._pool.take()
        workspace.meeting[:] = 0
        multiply_adds = len(X) * self._gradient_work
        threads = self._threads(multiply_adds, worth)
        arguments = (theta, X, Y, alpha, cost, error, step)

        def work(rank: int) -> None:
            self._descend(*arguments, rank, threads, *workspace)

        call_off = partial(barrier.call_off, workspace.meeting)
        team.run(work, threads, call_off, aside=multiply_adds > LONG)
        self._pool.give(workspace)

    def _threads(self, work: int, worth: int) -> int:
        """How many threads share so many multiply-adds; it is the same for every call alike."""
        return self.threads if work >= worth else 1

    def inspect(self, assembly: bool = False) -> None:
        """Print where the parameters lie and the generated code; or, in full, its assembly."""
        print(self._layout)
        print(compiled.listing(self.architecture, self.dtype.name, self.operations, assembly))


class RowKernel(Kernel):
    """The same, and a call for a matrix of one row, which is looked at for NaN and infinity."""

    beyond = ("row",)

    def row(self, X: Any, out: Array) -> bool:
        """h[L] of X (1, s_1) into out (1, s_L), an array of the caller's own; whether X was taken.

        It is not, if it is anything but a float matrix in the plan's dtype or has NaN or infinity.
        """
        return bool(self._row(self._parameters, X, out))
