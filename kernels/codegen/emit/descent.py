"""Gradient descent over a batch, by threads that take a share of the samples each.

In every step each thread computes the gradient over its samples, waits for the others, and then
adds up a share of the numbers of all gradients and moves those of theta (`steps`)::

    thread 0   gradient of samples 0 ..    meet   cost, error; theta[0 ..] moves     meet   ...
    thread 1   gradient of samples m/2 ..  meet                theta[n/2 ..] moves   meet   ...

The first thread writes its gradient where the caller wants the sum; the others write into their
own scratch memory.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from kernels.codegen.emit import barrier, batch_gradient
from kernels.codegen.emit.arrays import Matrix
from kernels.codegen.emit.batch_gradient import Samples
from kernels.codegen.emit.frame import Frame
from kernels.codegen.emit.jobs import TOTALS
from kernels.codegen.emit.steps import Thread, write_step
from kernels.codegen.emit.sums import Mean
from kernels.codegen.llvm.writing import DOUBLE, at, counting, index, repeat, variable
from kernels.network import parameter_count


@dataclass(frozen=True)
class Team:
    """The threads that compute a gradient together, as one of them sees them: LLVM values."""

    thread: Thread
    totals: Any
    """`TOTALS` numbers for each thread: sums of the loss and of ||y - h||."""
    meeting: Any
    """Where they wait for each other (`barrier`)."""


def write_part(frame: Frame, samples: Samples, out: Any, team: Team, total: Any) -> None:
    """Instructions for a thread's part of the mean gradient: to `out`, or to its own memory.

    `total` is the sum of all weights.
    """
    v, b, thread = frame.v, frame.v.builder, team.thread
    places = batch_gradient.room(frame.layout)
    first, last = thread.share(b, samples.rows, v.lanes)
    own = frame.with_scratch(Matrix(v, frame.scratch, places.size).row(thread.rank))
    leads = b.icmp_signed("==", thread.rank, index(0))
    narrow = total if v.dtype == "float64" else b.fptrunc(total, v.scalar)
    factor = b.fdiv(v.scalar(1.0), narrow)
    batch_gradient.write_gradient(
        own,
        samples.part(frame, first, b.sub(last, first)),
        Mean(factor, b.select(leads, out, own.scratch_at(places.means))),
        b.gep(team.totals, [b.mul(thread.rank, index(TOTALS))]),
        at(b, team.meeting, barrier.CALLED_OFF),
    )


def write_descent(frame: Frame, job: dict[str, Any], rank: Any) -> None:
    """Instructions for a thread's part of a job: one step for each entry of `cost`."""
    v, b = frame.v, frame.v.builder
    samples = Samples(job["X"], job["Y"], job["rows"], job["weights"], job["order"])
    team = Team(Thread(rank, job["threads"]), job["totals"], job["meeting"])
    places = batch_gradient.room(frame.layout)
    means = Matrix(v, frame.scratch_at(places.means), places.size)
    alpha = job["alpha"] if v.dtype == "float64" else b.fptrunc(job["alpha"], v.scalar)
    count = parameter_count(frame.layout.sizes)
    end = b.append_basic_block("end")
    with counting(b, index(0), job["steps"]) as k:
        write_part(frame, samples, job["step"], team, job["total"])
        write_meeting_or(frame, team, end)
        with b.if_then(b.icmp_signed("==", rank, index(0))):
            write_means(frame, job, k)
        write_step(team.thread, count, job["theta"], job["step"], means, alpha)
        write_meeting_or(frame, team, end)
    b.branch(end)
    b.position_at_end(end)


def write_means(frame: Frame, job: dict[str, Any], k: Any) -> None:
    """Instructions for the k-th cost and error: the threads' totals divided by the weights."""
    b = frame.v.builder
    for which, series in enumerate(("cost", "error")):
        total = variable(b, DOUBLE(0.0))
        with repeat(b, job["threads"]) as one:
            place = b.add(b.mul(one, index(TOTALS)), index(which))
            b.store(b.fadd(b.load(total), b.load(b.gep(job["totals"], [place]))), total)
        mean = b.fdiv(b.load(total), job["total"])
        b.store(mean, b.gep(job[series], [k]))


def write_meeting_or(frame: Frame, team: Team, end: Any) -> None:
    """Instructions to wait for the other threads, and to go to `end` if that is called off."""
    b = frame.v.builder
    go_on = b.append_basic_block("go_on")
    b.cbranch(barrier.meet(frame.v, team.meeting, team.thread.threads), go_on, end)
    b.position_at_end(go_on)
