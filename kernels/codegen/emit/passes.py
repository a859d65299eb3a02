"""A pass over the data in batches, for networks of any sizes: gather, gradient, penalty, step.

The gradient is that of the network's own code (`descent`), called by its address with a step size
of 0; so this code depends on the optimizer alone and is compiled once for each. The network's code
takes the samples in their order; only for small networks they are gathered before. Threads share
the gathering, the gradient, and the parameters that are moved, and wait for each other in between::

    thread 0   gather, sum of weights    meet   gradient (meets)   penalty, step of a share    meet
    thread 1   gather                    meet   gradient (meets)   penalty, step of a share    meet

Costs: a step of Adam reads and writes three arrays and divides once a parameter, which is what
takes the time; gathering reads and writes each sample once more.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from types import SimpleNamespace
from typing import Any

from llvmlite import ir

from kernels.codegen.emit import barrier, permuting
from kernels.codegen.emit.jobs import Job, PassJob
from kernels.codegen.emit.mathematics import Mathematics
from kernels.codegen.emit.steps import Thread
from kernels.codegen.llvm.target import Target
from kernels.codegen.llvm.vectors import Registers, Vectors
from kernels.codegen.llvm.writing import (
    BYTES,
    DOUBLE,
    INDEX,
    counting,
    index,
    smaller,
    subroutine,
    variable,
)
from kernels.codegen.python import objects
from kernels.parts.optimizer import Optimizer
from kernels.passes import SUMS


def written(optimizer: Optimizer, dtype: str, target: Target) -> Any:
    """A module with the functions `pass_over(pass job, rank)` and `permute`."""
    module = ir.Module("passes")
    module.triple = target.triple
    v = Vectors(SimpleNamespace(module=module), dtype, target)

    def write(inside: Vectors, pointer: Any, rank: Any) -> None:
        Writer(inside, PassJob.fields(inside, pointer), rank, optimizer).write()

    found = subroutine(v, "pass_over", [BYTES, INDEX], write, noalias=False, small=False)
    found.linkage = "external"
    permuting.write_permute(v)
    return module


class Writer:
    """The writer of a thread's part of a pass.

    Parameters
    ----------
    v : the writer of vectors, inside the function
    job : the fields of its `PassJob`
    rank : which thread it is
    optimizer : of which the `form` counts
    """

    def __init__(self, v: Vectors, job: dict[str, Any], rank: Any, optimizer: Optimizer) -> None:
        self.v, self.b, self.job, self.rank = v, v.builder, job, rank
        self.optimizer = optimizer
        self.thread = Thread(rank, job["threads"])
        self.leads = self.b.icmp_signed("==", rank, index(0))
        self.order: Any = None
        """The order of the pass at hand."""
        self.found: Any = None
        """Where its `SUMS` are added up."""

    def write(self) -> None:
        """All steps."""
        b, job = self.b, self.job
        end = b.append_basic_block("end")
        with counting(b, job["first"], job["last"]) as step:
            number = b.udiv(step, job["batches"])
            start = b.mul(b.sub(step, b.mul(number, job["batches"])), job["batch"])
            self.order = b.gep(job["order"], [b.mul(number, job["samples"])])
            self.found = b.gep(job["found"], [b.mul(number, index(len(SUMS)))])
            rows = smaller(b, job["batch"], b.sub(job["samples"], start))
            X, Y, order = self.samples(start, rows)
            total = variable(b, b.uitofp(rows, DOUBLE))
            squares = variable(b, DOUBLE(0.0))
            with b.if_then(self.leads):
                self.write_weights(start, rows, total)
                with b.if_then(b.fcmp_ordered("!=", job["l2"], DOUBLE(0.0))):
                    self.write_squares(squares)
                self.write_job(X, Y, order, rows, b.load(total))
            self.meet_or(end)
            kind = ir.FunctionType(ir.VoidType(), [BYTES, INDEX]).as_pointer()
            b.call(b.bitcast(job["descend"], kind), [job["job"], self.rank])
            with b.if_then(self.leads):
                self.write_found(rows, b.load(total), b.load(squares))
            self.write_penalty(self.of_job("total"))
            self.write_step(step)
            self.meet_or(end)
        b.branch(end)
        b.position_at_end(end)

    def meet_or(self, end: Any) -> None:
        """Wait for the other threads; go to `end` if that is called off."""
        go_on = self.b.append_basic_block("go_on")
        met = barrier.meet(self.v, self.job["meeting"], self.job["threads"])
        self.b.cbranch(met, go_on, end)
        self.b.position_at_end(go_on)

    # --- samples ----------------------------------------------------------------------------------

    def samples(self, start: Any, rows: Any) -> tuple[Any, Any, Any]:
        """Where a batch's samples and targets lie, and the order in which they are to be taken.

        The order leads nowhere if they are taken as they lie, or are gathered here.
        """
        b, job = self.b, self.job
        found = []
        first, last = self.thread.share(b, rows, 1)
        ordered = b.not_(objects.is_null(b, job["order"]))
        gathers = b.not_(objects.is_null(b, job["rows_X"]))
        for name, width in (("X", job["inputs"]), ("Y", job["outputs"])):
            begins = b.select(ordered, index(0), b.mul(start, width))
            place = variable(b, b.gep(job[name], [begins]))
            with b.if_then(gathers):
                target = job[f"rows_{name}"]
                with counting(b, first, last) as row:
                    chosen = self.chosen(start, row)
                    self.copy(job[name], b.mul(chosen, width), target, b.mul(row, width), width)
                b.store(target, place)
            found.append(b.load(place))
        left = b.and_(ordered, b.not_(gathers))
        nowhere = ir.Constant(job["order"].type, None)
        return found[0], found[1], b.select(left, b.gep(self.order, [start]), nowhere)

    def chosen(self, start: Any, row: Any) -> Any:
        """The index of a sample of an ordered batch."""
        return self.b.load(self.b.gep(self.order, [self.b.add(start, row)], inbounds=True))

    def copy(self, source: Any, start: Any, target: Any, place: Any, width: Any) -> None:
        """Copy a row of so many numbers."""
        for v, offset in self.vectors(index(0), width):
            value = v.load(source, self.b.add(start, offset))
            v.store(value, target, self.b.add(place, offset))

    def write_weights(self, start: Any, rows: Any, total: Any) -> None:
        """Gather the batch's weights, if there are any, and add them up to `total`."""
        b, job, v = self.b, self.job, self.v
        with b.if_then(b.not_(objects.is_null(b, job["weights"]))):
            b.store(DOUBLE(0.0), total)
            ordered = b.not_(objects.is_null(b, job["order"]))
            with counting(b, index(0), rows) as row:
                place = variable(b, b.add(start, row))
                with b.if_then(ordered):
                    b.store(self.chosen(start, row), place)
                weight = b.load(b.gep(job["weights"], [b.load(place)], inbounds=True))
                b.store(weight, b.gep(job["rows_weights"], [row], inbounds=True))
                wide = weight if v.dtype == "float64" else b.fpext(weight, DOUBLE)
                b.store(b.fadd(b.load(total), wide), total)

    # --- gradient ---------------------------------------------------------------------------------

    def of_job(self, name: str) -> Any:
        """A field of the gradient's job."""
        kinds = {"total": DOUBLE, "cost": DOUBLE.as_pointer(), "error": DOUBLE.as_pointer()}
        return objects.field(self.b, self.job["job"], getattr(Job, name).offset, kinds[name])

    def write_job(self, X: Any, Y: Any, order: Any, rows: Any, total: Any) -> None:
        """Ask for the gradient of these samples."""
        values = {"X": X, "Y": Y, "order": order, "rows": rows, "total": total}
        for name, value in values.items():
            place = objects.place(self.b, self.job["job"], getattr(Job, name).offset, value.type)
            self.b.store(value, place)

    def write_found(self, rows: Any, total: Any, squares: Any) -> None:
        """Add `SUMS` of the batch to what was found."""
        b, job = self.b, self.job
        penalty = b.fdiv(b.fmul(b.fmul(DOUBLE(0.5), job["l2"]), squares), total)
        times = b.uitofp(rows, DOUBLE)
        values = b.load(self.of_job("cost")), b.load(self.of_job("error")), penalty
        for k, value in enumerate(values):
            place = b.gep(self.found, [index(k)])
            b.store(b.fadd(b.load(place), b.fmul(value, times)), place)

    # --- penalty and step -------------------------------------------------------------------------

    @contextmanager
    def stretches(self) -> Iterator[tuple[Any, Any]]:
        """A loop over the stretches of theta that hold weights: where each begins and ends."""
        b, places = self.b, self.job["weights_at"]
        with counting(b, index(0), self.job["stretches"]) as k:
            ends = [
                b.load(b.gep(places, [b.add(b.mul(k, index(2)), index(side))], inbounds=True))
                for side in range(2)
            ]
            yield ends[0], ends[1]

    def write_squares(self, total: Any) -> None:
        """Add up the squares of all weights."""
        b = self.b
        sums = {v.lanes: Registers(v, 1) for v in (self.v, self.v.single())}
        with self.stretches() as (start, end):
            for v, place in self.vectors(start, end):
                theta, squares = v.load(self.job["theta"], place), sums[v.lanes]
                squares[0] = v.fma(theta, theta, squares[0])
        for squares in sums.values():
            found = squares.total()
            wide = found if self.v.dtype == "float64" else b.fpext(found, DOUBLE)
            b.store(b.fadd(b.load(total), wide), total)

    def write_penalty(self, total: Any) -> None:
        """Add l2 W / total to this thread's share of the gradient."""
        b, job, v = self.b, self.job, self.v
        with b.if_then(b.fcmp_ordered("!=", job["l2"], DOUBLE(0.0))):
            factor = b.fdiv(job["l2"], total)
            narrow = factor if v.dtype == "float64" else b.fptrunc(factor, v.scalar)
            first, last = self.share()
            with self.stretches() as (start, end):
                start = b.select(b.icmp_signed(">", start, first), start, first)
                for one, place in self.vectors(start, smaller(b, end, last)):
                    theta, g = (one.load(job[name], place) for name in ("theta", "step"))
                    one.store(one.fma(one.splat(narrow), theta, g), job["step"], place)

    def share(self) -> tuple[Any, Any]:
        """This thread's share of the parameters."""
        return self.thread.share(self.b, self.job["parameters"], self.v.lanes)

    def write_step(self, step: Any) -> None:
        """Move this thread's share of the parameters."""
        b, job, optimizer = self.b, self.job, self.optimizer
        count = optimizer.rates(1, 1, 0.0).shape[1]
        start = b.mul(step, index(count))
        rates = [
            b.load(b.gep(job["rates"], [b.add(start, index(k))], inbounds=True))
            for k in range(count)
        ]
        first, last = self.share()
        rows = [
            b.gep(job["slots"], [b.mul(index(k), job["parameters"])])
            for k in range(optimizer.slots)
        ]
        for v, place in self.vectors(first, last):
            theta, g, *slots = (v.load(one, place) for one in (job["theta"], job["step"], *rows))
            m = Mathematics(v)
            moved = optimizer.emit(m, theta, g, slots, [v.splat(rate) for rate in rates])
            for value, one in zip(moved, (job["theta"], *rows), strict=True):
                v.store(value, one, place)

    def vectors(self, start: Any, end: Any) -> Iterator[tuple[Vectors, Any]]:
        """Loops over the numbers from `start` to `end`: whole vectors, then one by one.

        Gives the writer of a vector, or of a single number, and where it lies.
        """
        b, lanes = self.b, index(self.v.lanes)
        count = b.sub(end, start)
        some = b.icmp_signed(">", count, index(0))
        whole = b.select(some, b.sdiv(count, lanes), index(0))
        with counting(b, index(0), whole) as turn:
            yield self.v, b.add(start, b.mul(turn, lanes))
        with counting(b, b.add(start, b.mul(whole, lanes)), end) as place:
            yield self.v.single(), place
