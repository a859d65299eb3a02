"""Rung 5: Numba code generated for exactly one network, dtype and instruction set.

Rung 4 leaves open what the compiler cannot know: the lengths of loops, which numbers are adjacent
in memory, that exp may be computed for many of them at once. Here the code states all of it. Sizes
are constants; weights are packed in the order in which they are read, vector by vector; sigmoids
are polynomials on whole vectors; and Python does nothing but call the compiled function. The main
parts are in `kernels.codegen`:

    layout.py           offsets of the parameters in memory
    sample.py           one sample, one node per lane; costs one pass over the parameters
    sample_gradient.py  its gradient; costs another pass, and writing the gradient
    batch.py            many samples, one per lane; costs the multiply-adds and sigmoids
    batch_gradient.py   their mean gradient, one per lane; costs its multiply-adds
    exponential.py      sigmoid and tanh, within 2.5 units in the last place, in about twenty
                        instructions a vector
    losses.py           the loss, and delta of the output layer
    barrier.py          synchronisation of threads that train together

A call comes near to what the machine can do at best. For one sample, that is the overhead of
calling compiled code from Python plus the time to read the parameters once; for a batch, the
arithmetic. `plan.inspect()` prints the layout and the code.
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
"""Multiply-adds of a call from which on threads are started, which takes 0.1 ms."""
WORTH_A_BARRIER = 1 << 16
"""Multiply-adds of a training's iteration from which on threads share it."""

LONG = 1 << 31
"""Multiply-adds that take about 0.1 s: longer work runs in the background, for Ctrl-C to end it."""


class Workspace(NamedTuple):
    """The memory of one call."""

    scratch: Array
    """(threads, size) numbers in the plan's dtype."""
    totals: Array
    """(threads, TOTALS) sums of loss and error."""
    barrier: Array
    """State of the barrier at which threads wait for each other."""

    @classmethod
    def make(cls, threads: int, size: int, dtype: np.dtype[Any]) -> Workspace:
        """A workspace for so many threads, each with scratch memory of `size` numbers."""
        totals = np.empty((threads, intrinsics.TOTALS))
        return cls(aligned.empty((threads, size), dtype), totals, barrier.meeting())


class Kernel(Plan):
    """Code for one network."""

    name = "specialized"
    max_threads = None
    general = True
    extra_entries: ClassVar[tuple[str, ...]] = ()
    """Extra entry points to compile."""

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
        wanted = (*self.operations, *self.extra_entries)
        functions = compiled.functions(self.architecture, self.dtype.name, wanted)
        if not objects.head_is_known():
            functions = replace(
                functions,
                forward=compiled.refuse_row,
                row=compiled.refuse_row,
                gradient=compiled.refuse,
            )
        self._functions = functions  # shared by plans of equal architecture, freed with the last
        self._forward, self._row = functions.forward, functions.row
        # for samples whose shift is subtracted already: `_forward` would subtract it again
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
            cost = native_gradient(self._parameters, X, Y, theta)  # < 0: refused
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
        self._run(theta, X, Y, alpha, cost, error, np.empty_like(theta), WORTH_A_BARRIER)

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
        workspace.barrier[:] = 0
        multiply_adds = len(X) * self._gradient_work
        threads = self._threads(multiply_adds, worth)
        arguments = (theta, X, Y, alpha, cost, error, step)

        def work(rank: int) -> None:
            self._descend(*arguments, rank, threads, *workspace)

        abort = partial(barrier.call_off, workspace.barrier)
        team.run(work, threads, abort, in_background=multiply_adds > LONG)
        self._pool.give(workspace)

    def _threads(self, work: int, worth: int) -> int:
        """The number of threads for so many multiply-adds; equal calls always get as many."""
        return self.threads if work >= worth else 1

    def inspect(self, assembly: bool = False) -> None:
        """Print the layout of the parameters and the generated code as LLVM IR.

        With `assembly`, print machine code instead of LLVM IR. The code is compiled again for this.
        """
        print(self._layout)
        print(compiled.listing(self.architecture, self.dtype.name, self.operations, assembly))


class RowKernel(Kernel):
    """Code for one network, with an entry point for a matrix of one row of finite numbers."""

    extra_entries = ("row",)

    def row(self, X: Any, out: Array) -> bool:
        """Write h[L] of X (1, s_1) to out (1, s_L); True if X was accepted. `out` is not checked.

        X is accepted if it is such a matrix in the plan's dtype, without NaN and infinity.
        """
        return bool(self._row(self._parameters, X, out))
