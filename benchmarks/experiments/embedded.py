"""One sample at a time as a compiled program computes it, without a call from Python.

Other projects publish such times: those of C++ libraries, which are called from C++. Compiled code
computes many samples here, one after the other, as a program does that gets them one by one. The
time of a sample is the difference between many and one, which leaves the call from Python out.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import replace

import numpy as np

import kernels
from benchmarks.measure import choices, limits, statistics, timing
from benchmarks.measure.errors import FailedError
from benchmarks.measure.question import Question
from benchmarks.measure.rows import Row, interval_fields
from benchmarks.measure.statistics import Interval
from benchmarks.measure.timing import Call
from kernels.proof import gate

OPERATION = "embedded"
"""The operation's name in rows: not one of a plan's, since no public method does it."""
KERNELS = (kernels.LADDER[-1], "c")
"""The kernels whose compiled code takes samples one by one."""
SAMPLES = 4096
"""Samples of the longer call, beside which the uncertainty of a call from Python vanishes."""


def question(asked: Question) -> Question:
    """The question with as many samples as one call computes.

    Raises ValueError if it is not about a forward pass.
    """
    choices.check("the operation", asked.operation, ("forward",))
    return replace(asked, operation="forward_batch", rows=SAMPLES)


def rows(asked: Question, found: limits.Limits, seconds: float) -> Iterator[Row]:
    """Rows of each kernel's time of a sample, which take turns, after a check of each.

    Raises GateError for a kernel that computes something wrong.
    """
    many = question(asked)
    X, Y = many.samples(many.network)
    out = np.empty_like(Y)
    calls, errors = {}, {}
    names = [name for name in KERNELS if kernels.is_installed(name)]
    for name in names:
        plan = kernels.plan(asked.network, name, asked.dtype, operations="forward")
        errors[name] = gate.check(plan, "forward_batch", X[:8], Y[:8])
        for count in (1, SAMPLES):
            arguments = (plan._parameters, X[:count], out[:count])
            calls[f"{name} {count}"] = Call(plan.batch_forward, arguments)
    samples = timing.alternate(calls, seconds * len(calls))
    for name in names:
        one, all_of_them = (
            statistics.median(samples[f"{name} {count}"].ns) for count in (1, SAMPLES)
        )
        yield Row(
            "time",
            asked.name,
            OPERATION,
            name,
            asked.dtype,
            **interval_fields(each(one, all_of_them), "ns"),
            floor_ns=0.0,
            limit_ns=limits.limit_ns(found, asked),
            samples=len(samples[f"{name} {SAMPLES}"].ns),
            error=errors[name],
        )


def each(one: Interval, many: Interval) -> Interval:
    """The time of a sample from that of one and of many, with the widest interval.

    There is no interval if it would reach down to 0.

    Raises FailedError if many samples did not take longer than one.
    """
    value, low, high = (
        (a - b) / (SAMPLES - 1)
        for a, b in ((many.value, one.value), (many.low, one.high), (many.high, one.low))
    )
    if value <= 0:
        raise FailedError("the machine is too busy: many samples took no longer than one")
    return Interval(value, low, high) if low > 0 else Interval(value, math.nan, math.nan)
