"""The compiled functions of one network: what the emitters write, put together in one LLVM module.

    sample, sample_gradient     one sample: called by the native entries (`entries`)
    batch, gradient             many samples, in one thread
    descent                     a gradient or a training, in as many threads as call it together
    pack                        theta as the others read it

A function is written when something asks for it, so the module has only what its operations need.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from functools import cached_property, partial
from types import SimpleNamespace
from typing import Any

from llvmlite import ir

from kernels.codegen import entries
from kernels.codegen.emit import (
    barrier,
    batch,
    batch_gradient,
    sample,
    sample_gradient,
    small_batch,
)
from kernels.codegen.emit.batch_gradient import Samples
from kernels.codegen.emit.descent import Team, write_descent, write_part
from kernels.codegen.emit.frame import Frame
from kernels.codegen.emit.jobs import TOTALS, Job
from kernels.codegen.emit.layout import Layout
from kernels.codegen.emit.pack import write_pack
from kernels.codegen.emit.steps import Thread
from kernels.codegen.llvm.vectors import Vectors
from kernels.codegen.llvm.writing import (
    BIT,
    DOUBLE,
    INDEX,
    TRUE,
    at,
    index,
    repeat,
    subroutine,
)
from kernels.codegen.python.calls import Call
from kernels.codegen.work import Work


class Program:
    """The module of one network, which is written function by function."""

    def __init__(self, layout: Layout, operations: frozenset[str]) -> None:
        self.layout, self.operations = layout, operations
        self.module = ir.Module("network")
        self.module.triple = layout.target.triple
        self.v = Vectors(SimpleNamespace(module=self.module), layout.dtype, layout.target)
        self.work = Work(layout)
        self.numbers = self.v.scalar.as_pointer()

    def write(self, native: bool) -> None:
        """Write all that the operations need; without `native`, no entries."""
        self.export("rows", self.batch())
        self.export("packed", self.pack())
        if self.has_gradients:
            self.export("descend", self.descent())
        for name in entries.needed(self) if native else ():
            entries.write(self, name)

    @property
    def has_gradients(self) -> bool:
        """True if a gradient is among the operations."""
        return not self.operations.isdisjoint(("gradient", "train"))

    def export(self, name: str, function: Any) -> None:
        """Let Python call a function by its address, under this name."""

        def write(v: Vectors, *arguments: Any) -> Any:
            return v.builder.call(function, arguments)

        kinds = [one.type for one in function.args]
        returned = function.function_type.return_type
        result = None if isinstance(returned, ir.VoidType) else returned
        outer = subroutine(self.v, name, kinds, write, noalias=False, small=False, result=result)
        outer.linkage = "external"

    # --- functions -------------------------------------------------------------------------------

    def frame(self, v: Vectors, parameters: Any, scratch: Any) -> Frame:
        """What the emitters of a function share, for one that `v` writes."""
        return Frame(v, self.layout, parameters, scratch)

    def ready(self) -> Any:
        """ready(parameters, h, out, scratch): one sample, with the shift subtracted already."""

        def write(v: Vectors, P: Any, h: Any, out: Any, scratch: Any) -> None:
            sample.write_sample(self.frame(v, P, scratch), h, out)

        return subroutine(self.v, "ready", [self.numbers] * 4, write, small=False)

    def sample(self) -> Any:
        """sample(parameters, x, out, scratch): one sample as the caller has it."""
        if not self.layout.architecture.shifted:
            return self.ready()

        def write(v: Vectors, P: Any, x: Any, out: Any, scratch: Any) -> None:
            v.builder.call(self.ready(), [P, self._shifted(v, P, x, scratch), out, scratch])

        return subroutine(self.v, "sample", [self.numbers] * 4, write, small=False)

    def _shifted(self, v: Vectors, parameters: Any, x: Any, scratch: Any) -> Any:
        """x, or x less the network's shift: on the stack or at the end of scratch memory."""
        if not self.layout.architecture.shifted:
            return x
        needed = self.layout.shifted_memory
        end = at(v.builder, scratch, self.most_memory - sum(needed))
        frame = self.frame(v, parameters, end)
        (target,) = frame.memory(needed)
        sample.write_shifted(frame, x, target)
        return target

    def batch(self) -> Any:
        """batch(parameters, X, rows, out, scratch): samples, with the shift subtracted already."""
        kinds = [self.numbers, self.numbers, INDEX, self.numbers, self.numbers]
        return subroutine(self.v, "batch", kinds, self.write_rows, small=False, noalias=False)

    def write_rows(self, v: Vectors, P: Any, X: Any, rows: Any, out: Any, scratch: Any) -> None:
        """Instructions for `batch`: a few samples one by one, more in groups.

        A group of few samples would be mostly empty. If the plan needs no batches, all samples are
        computed one by one, without code for groups.
        """
        frame = self.frame(v, P, scratch)
        if "forward_batch" not in self.operations:
            self.write_one_by_one(frame, self.ready(), X, rows, out)
            return
        few = 2 if small_batch.is_small(self.layout) else self.layout.few
        is_few = v.builder.icmp_signed("<", rows, index(few))
        with v.builder.if_else(is_few) as (few, many):
            with few:
                self.write_one_by_one(frame, self.ready(), X, rows, out)
            with many:
                batch.write_batch(frame, X, rows, out)

    def write_one_by_one(self, frame: Frame, function: Any, X: Any, rows: Any, out: Any) -> None:
        """A loop that calls `ready` or `sample` for each row."""
        with repeat(frame.v.builder, rows) as k:
            x, y = frame.inputs(X).row(k), frame.outputs(out).row(k)
            frame.v.builder.call(function, [frame.parameters, x, y, frame.scratch])

    def sample_gradient(self) -> Any:
        """sample_gradient(parameters, x, y, out, scratch): the cost, a float64."""

        def write(v: Vectors, P: Any, x: Any, y: Any, out: Any, scratch: Any) -> Any:
            h = self._shifted(v, P, x, scratch)
            frame = self.frame(v, P, scratch)
            cost = sample_gradient.write_sample_gradient(frame, h, y, out)
            return cost if v.dtype == "float64" else v.builder.fpext(cost, DOUBLE)

        kinds = [self.numbers] * 5
        return subroutine(self.v, "sample_gradient", kinds, write, small=False, result=DOUBLE)

    def gradient(self) -> Any:
        """gradient(parameters, X, Y, rows, out, scratch): the cost, a float64."""

        def write(v: Vectors, P: Any, X: Any, Y: Any, rows: Any, out: Any, scratch: Any) -> Any:
            b = v.builder
            totals = b.alloca(DOUBLE, index(TOTALS))
            meeting = b.alloca(INDEX, index(barrier.SIZE))
            b.store(index(0), at(b, meeting, barrier.CALLED_OFF))
            alone = Team(Thread(index(0), index(1)), totals, meeting)
            count = b.uitofp(rows, DOUBLE)
            samples = Samples(X, Y, rows, self.numbers(None), INDEX.as_pointer()(None))
            write_part(self.frame(v, P, scratch), samples, out, alone, count)
            return b.fdiv(b.load(totals), count)

        kinds = [*[self.numbers] * 3, INDEX, self.numbers, self.numbers]
        return subroutine(
            self.v, "gradient", kinds, write, small=False, noalias=False, result=DOUBLE
        )

    def pack(self) -> Any:
        """pack(theta, parameters): whether all numbers are finite."""

        def write(v: Vectors, theta: Any, parameters: Any) -> Any:
            return write_pack(self.frame(v, parameters, None), theta)

        kinds = [DOUBLE.as_pointer(), self.numbers]
        return subroutine(self.v, "pack", kinds, write, small=False, result=BIT)

    def descent(self) -> Any:
        """descent(job, rank): a thread's part of a `Job`."""

        def write(v: Vectors, pointer: Any, rank: Any) -> None:
            job = Job.fields(v, pointer)
            write_descent(self.frame(v, job["theta"], job["scratch"]), job, rank)

        kinds = [Job.pointer, INDEX]
        return subroutine(self.v, "descent", kinds, write, small=False, noalias=False)

    def one_sample(self, call: Call, x: Any, result: Any, ready: bool = False) -> None:
        """h[L] of one sample, an array, into another array, in a call from Python.

        The network's shift is subtracted, unless the sample is `ready`.
        """
        with self.scratch_for(call, self.sample_memory, result) as scratch:
            parameters = call.parameters()
            arguments = [*(call.data(one) for one in (parameters, x, result)), scratch]
            function = self.ready() if ready else self.sample()
            compute = partial(call.builder.call, function, arguments)
            if self.work.sample_is_long:
                call.unlocked(TRUE, [parameters, x, result], compute)
            else:
                compute()

    # --- memory ---------------------------------------------------------------------------------

    def _off_stack(self, needed: list[int]) -> int:
        """Numbers of scratch memory for what does not fit the stack."""
        return 0 if self.layout.fits_the_stack(needed) else sum(needed)

    @property
    def sample_memory(self) -> int:
        """Numbers of scratch memory that one sample needs, for its layers and for its shift."""
        return self._off_stack(self.layout.forward_memory) + self._shifted_memory

    @property
    def _shifted_memory(self) -> int:
        return self._off_stack(self.layout.shifted_memory)

    @cached_property
    def most_memory(self) -> int:
        """Numbers of scratch memory that any operation needs; a plan has one memory for all."""
        needed = [self.sample_memory]
        if "forward_batch" in self.operations:
            needed.append(batch.scratch_size(self.layout))
        if self.has_gradients:
            needed += [
                batch_gradient.room(self.layout).size,
                self._off_stack(self.layout.gradient_memory) + self._shifted_memory,
            ]
        return self.layout.whole(max(needed))

    @property
    def call_memory(self) -> int:
        """Numbers of scratch memory that a call in one thread needs."""
        return 0 if small_batch.is_small(self.layout) else self.most_memory

    @contextmanager
    def scratch_for(self, call: Call, needed: int, result: Any) -> Iterator[Any]:
        """Scratch memory of a call from Python, if it needs any; `result` is what it returns."""
        if not needed:
            yield self.numbers(None)
            return
        array, start = call.take_scratch(self.most_memory, result)
        yield start
        call.give_scratch(array)
