"""Rung 5: code generated for exactly one network, dtype and instruction set.

Rung 4 leaves open what the compiler cannot know: the lengths of loops, which numbers are adjacent
in memory, that exp may be computed for many of them at once. Here the code states all of it. Sizes
are constants; weights are packed in the order in which they are read, vector by vector; sigmoids
are polynomials on whole vectors; and Python calls the compiled code directly, which checks its
arguments itself. LLVM compiles it, through llvmlite: Numba is not needed. The parts are in
`kernels.codegen`, whose page docs/how-it-works/codegen.md tells how they fit together.

A call comes near to what the machine can do at best. For one sample, that is the overhead of
calling compiled code from Python plus the time to read the parameters once; for a batch, the
arithmetic. `plan.inspect()` prints the layout and the code.
"""

from __future__ import annotations

import ctypes
import sys
from collections.abc import Callable, Iterable
from functools import partial
from typing import Any

import numpy as np

from kernels.codegen import loading, permuting
from kernels.codegen.arguments import arguments_of
from kernels.codegen.compiled_pass import Kind
from kernels.codegen.emit import barrier
from kernels.codegen.emit.jobs import Job
from kernels.codegen.emit.layout import Layout
from kernels.codegen.llvm.target import Target
from kernels.codegen.python import objects
from kernels.codegen.python.builtins import builtin, has_entry
from kernels.codegen.python.entry import Entry
from kernels.codegen.workspace import Workspace, pass_memory
from kernels.interface import Plan
from kernels.network import Network, parameter_count
from kernels.parts.optimizer import Optimizer
from kernels.passes import Passes
from kernels.results import Gradient
from kernels.support import aligned, team
from kernels.support.checks import Array
from kernels.support.pool import Pool, SizedPool

WORTH_A_THREAD = 1 << 24
"""Multiply-adds of a call from which on threads are started, which takes 0.1 ms."""
WORTH_A_BARRIER = 1 << 16
"""Multiply-adds of a training's iteration from which on threads share it."""
WORTH_A_BATCH = 1 << 18
"""Multiply-adds of a batch from which on threads share its step: they wait for each other twice as
often. Below, two threads gain less than 10 %, and lose much where a core is busy otherwise."""

LONG = 1 << 31
"""Multiply-adds that take about 0.1 s: longer work runs in the background, for Ctrl-C to end it."""
POINTER, COUNT = ctypes.c_void_p, ctypes.c_int64


def refuse(*_: Any) -> bool:
    """Stand in for the entries `compute` and `compute_batch` where a library has none."""
    return False


class Kernel(Plan):
    """Code for one network."""

    name = "specialized"
    max_threads = None
    general = True
    requires = ("llvmlite",)
    extra_entries: tuple[str, ...] = ()
    """Entries to compile besides those of the plan's operations."""

    def prepare(self) -> None:
        self._wanted = frozenset((*self.operations, *self.extra_entries))
        self._layout = Layout(self.architecture, self.dtype.name, Target.host())
        self._library = code = loading.of_network(self._layout, self._wanted)
        self._pack = code.function("packed", ctypes.c_bool, POINTER, POINTER)

    def build(self) -> None:
        code = self._library
        self._rows = code.function("rows", None, POINTER, POINTER, COUNT, POINTER, POINTER)
        if "descend" in code.names:
            self._descend = code.function("descend", None, POINTER, COUNT)
        self._compute, self._compute_batch = (
            builtin(code, name, code) if has_entry(code, name) else refuse
            for name in ("compute", "compute_batch")
        )
        weights = sum(layer.inputs * layer.outputs for layer in self._layout.layers)
        self._forward_work = weights
        self._gradient_work = 3 * weights - self.sizes[0] * self.sizes[1]
        self._pool = Pool(partial(Workspace.make, self.threads, self._layout, self._wanted))
        # not a method, which would keep the plan in a reference cycle
        self._passing = SizedPool(partial(pass_memory, self._pool, self._layout, self._library))
        self._passes: dict[Any, tuple[Callable[..., Any], ...] | None] = {}

    def pack(self, theta: Array) -> Array:
        layout = self._layout
        parameters = aligned.empty((layout.size,), self.dtype)
        parameters[:] = 0
        if self._shift is not None:
            parameters[layout.shift :].view(np.float64)[: self._shift.size] = self._shift
        wide = np.ascontiguousarray(theta, np.float64)
        self._pack(objects.address(wide), objects.address(parameters))
        return parameters

    def _set(self, theta: Array) -> None:
        before = getattr(self._in_force, "parameters", None)
        super()._set(theta)
        if before is not None:
            self._in_force.spare = before  # the next update's memory

    @property
    def network(self) -> Network:
        """The plan's own network in float64, which cannot be written to."""
        held = self._in_force
        parameters, known = held.parameters, getattr(held, "network", None)
        if known is None or known[0] is not parameters:
            # after an update in compiled code, theta is known as the parameters' beginning only
            count = parameter_count(self.sizes)
            known = held.network = parameters, self._snapshot(parameters[:count].copy())
        return known[1]

    def native_entries(self) -> dict[str, Callable[..., Any]]:
        methods = {name: getattr(Plan, name) for name in (*self.operations, "update")}
        found = {
            name: self.entry(name, partial(method, self), method)
            for name, method in methods.items()
        }
        return {name: one for name, one in found.items() if one is not None}

    def entry(
        self,
        name: str,
        back: Callable[..., Any],
        method: Callable[..., Any],
        labels: Array | None = None,
    ) -> Callable[..., Any] | None:
        """The entry `name` as a function; None where the code has none.

        Parameters
        ----------
        back : gets every call that the entry refuses, with the same arguments
        method : has the function's name, signature and documentation; its first argument is `self`
        labels : (classes,), what a classifier predicts
        """
        if not has_entry(self._library, name):
            return None
        owner = Entry()
        owner.back, owner.labels = back, labels
        owner.held, owner.keeps = self._in_force, self._library
        owner.names = tuple(map(sys.intern, arguments_of(name)[0]))
        owner.most = np.array([self._most_rows(name)])
        owner.results, owner.sizes = Gradient, self.sizes
        return builtin(self._library, name, owner, method)

    def _most_rows(self, name: str) -> int:
        """The most samples that compiled code takes in one call: more are shared among threads."""
        gradient = name == "gradient"
        if self._shift is not None:  # it subtracts the shift of single samples only
            return 1 if gradient else self._layout.few - 1
        work, most = self._forward_work, 1 << 62
        if gradient:
            work, most = self._gradient_work, LONG // self._gradient_work
        return most if self.threads == 1 else min(most, (WORTH_A_THREAD - 1) // work)

    # --- forward --------------------------------------------------------------------------------

    def sample_forward(self, parameters: Any, x: Array, out: Array) -> None:
        if not self._compute(parameters, x, out):
            plain = x if x.flags.carray else x.copy()  # compiled code steps from address to address
            self.batch_forward(parameters, plain[np.newaxis], out[np.newaxis])

    def batch_forward(self, parameters: Any, X: Array, out: Array) -> None:
        workspace = self._pool.take()
        threads = self._threads(len(X) * self._forward_work, WORTH_A_THREAD)
        if threads > 1 or not self._compute_batch(parameters, X, out, workspace.scratch):
            self._share(parameters, X, out, workspace, threads)
        self._pool.give(workspace)

    def _share(
        self, parameters: Any, X: Array, out: Array, workspace: Workspace, threads: int
    ) -> None:
        """`batch_forward` by threads that take a share of the samples each."""
        each = -(-len(X) // threads)

        def work(rank: int) -> None:
            # addresses are read here, so that a thread keeps the arrays alive: a second Ctrl-C ends
            # the call while its threads still compute
            mine = slice(rank * each, (rank + 1) * each)
            x, y = X[mine], out[mine]
            arrays = (parameters, x, y, workspace.scratch[rank])
            start, source, target, scratch = map(objects.address, arrays)
            self._rows(start, source, len(x), target, scratch)

        team.run(work, threads)

    # --- gradient and training ------------------------------------------------------------------

    def batch_gradient(
        self, parameters: Any, X: Array, Y: Array, out: Array
    ) -> tuple[float, float]:
        cost, error = np.empty(1), np.empty(1)
        self._run((parameters, X, Y, out, cost, error), 0.0, WORTH_A_THREAD)
        return float(cost[0]), float(error[0])

    def descend(
        self, theta: Array, X: Array, Y: Array, alpha: float, cost: Array, error: Array
    ) -> None:
        arrays = (theta, X, Y, np.empty_like(theta), cost, error)
        self._run(arrays, alpha, WORTH_A_BARRIER)

    def _run(self, arrays: tuple[Array, ...], alpha: float, worth: int) -> None:
        """Make a step of descent for each entry of `cost`; with alpha 0, only compute the gradient.

        `arrays` are those of `Job.ARRAYS`. Threads share the work from `worth` multiply-adds a step
        on.
        """
        workspace = self._pool.take()
        workspace.meeting[:] = 0
        rows, job = len(arrays[1]), workspace.job
        multiply_adds = rows * self._gradient_work
        threads = self._threads(multiply_adds, worth)
        for name, array in zip(Job.ARRAYS, arrays, strict=True):
            setattr(job, name, objects.address(array))
        job.rows, job.steps, job.threads, job.alpha = rows, arrays[-1].size, threads, alpha
        job.total, job.weights, job.order = rows, 0, 0
        self._compute_together(self._descend, job, threads, workspace, arrays, multiply_adds)
        self._pool.give(workspace)

    def _compute_together(
        self,
        compute: Callable[..., Any],
        job: ctypes.Structure,
        threads: int,
        workspace: Workspace,
        arrays: Any,
        multiply_adds: int,
    ) -> None:
        """Call `compute(job, rank)` in so many threads.

        What takes long runs in the background. The workspace and `arrays` are kept alive as long as
        it computes.
        """
        place = ctypes.addressof(job)
        if threads == 1 and multiply_adds <= LONG:
            compute(place, 0)
            return
        abort = partial(barrier.call_off, workspace.meeting)

        def work(rank: int) -> tuple[Any, ...]:
            compute(place, rank)
            return workspace, job, arrays  # also if the call ends before, at a second Ctrl-C

        team.run(work, threads, abort, in_background=multiply_adds > LONG)

    def pass_over(self, theta: Array, one: Passes, first: int, last: int, found: Array) -> None:
        code = self._code_of_passes(one.optimizer)
        if code is None:
            super().pass_over(theta, one, first, last, found)
            return
        compute, _ = code
        kind = Kind.of(one)
        workspace, memory = self._passing.take(kind)
        workspace.meeting[:] = 0
        work = kind.rows * self._gradient_work
        threads = self._threads(work, WORTH_A_BATCH)
        memory.fill(one, theta, (first, last), threads, found)
        arrays, multiply_adds = (memory, theta, one, found), (last - first) * work
        self._compute_together(compute, memory.job, threads, workspace, arrays, multiply_adds)
        self._passing.give(kind, (workspace, memory))

    def random_orders(
        self, optimizer: Optimizer, generator: np.random.Generator, count: int, m: int
    ) -> Array:
        code = self._code_of_passes(optimizer)
        if code is None:
            return super().random_orders(optimizer, generator, count, m)
        return permuting.permutations(code[1], generator, count, m)

    def _code_of_passes(self, optimizer: Optimizer) -> tuple[Callable[..., Any], ...] | None:
        """Compiled code for passes with an optimizer and for their orders.

        None if the optimizer has no instructions of its own.
        """
        key = type(optimizer), optimizer.form
        if key not in self._passes:
            found = None
            if optimizer.is_emitted:
                code = loading.of_passes(optimizer, self._layout)
                found = (
                    code.function("pass_over", None, POINTER, COUNT),
                    code.function("permute", None, POINTER, POINTER, COUNT, COUNT),
                )
            self._passes[key] = found
        return self._passes[key]

    def _threads(self, work: int, worth: int) -> int:
        """The number of threads for so many multiply-adds; equal calls always get as many."""
        return self.threads if work >= worth else 1

    def inspect(self, assembly: bool = False) -> None:
        """Print the layout of the parameters and the generated code as LLVM IR.

        With `assembly`, print the processor's assembly language instead of LLVM IR. The code is
        compiled again for this.
        """
        print(self._layout)
        print(loading.listing(self._layout, self._wanted, assembly))


class RowKernel(Kernel):
    """Code for one network, with entries of its own besides those of a plan.

    Parameters
    ----------
    network, dtype, threads : as for a plan
    extra_entries : names of entries in `kernels.codegen.row_entries`
    """

    def __init__(
        self, network: Network, dtype: Any, threads: int, extra_entries: Iterable[str]
    ) -> None:
        self.extra_entries = tuple(extra_entries)
        super().__init__(network, dtype, threads, ("forward", "forward_batch"))
        self._inputs.takes_rows = "predict"

    def __reduce__(self) -> tuple[Any, ...]:
        return type(self), (self.network, self.dtype.name, self.threads, self.extra_entries)
