"""Where threads that compute one thing together wait for each other, in compiled code.

Waiting takes a microsecond as a rule, far less than any lock of the operating system takes, so a
thread checks again and again whether the others have arrived. A thread that has checked for long
sleeps between checks: another may have been taken off its core, perhaps because there are fewer
cores than threads, and must be let on again. Python may call the meeting off at any time, as when
it is interrupted.
"""

from __future__ import annotations

import os
from typing import Any

import numpy as np
from llvmlite import ir

from kernels.codegen.llvm.vectors import Vectors
from kernels.codegen.llvm.writing import BIT, INDEX, INT, external, index, subroutine, variable
from kernels.support.checks import Array

ARRIVALS, CALLED_OFF, SIZE = 0, 8, 16
"""Places in the memory that the threads share, each in a cache line of its own."""
LOOKS = 2000
"""Number of checks before a thread sleeps; they take about 30 microseconds."""
SLEEP_MICROSECONDS = 50


def meeting() -> Array:
    """The memory that threads which are to meet share."""
    return np.zeros(SIZE, np.int64)


def call_off(shared: Array) -> None:
    """Let no thread wait any longer."""
    shared[CALLED_OFF] = 1


def meet(v: Vectors, shared: Any, threads: Any) -> Any:
    """Write a call that waits for so many threads; its value is false if it was called off."""
    builder = v.builder
    place = builder.gep(shared, [index(CALLED_OFF)], inbounds=True)
    off = builder.icmp_signed("!=", builder.load_atomic(place, "acquire", 8), index(0))
    arrived = variable(builder, builder.not_(off))
    with builder.if_then(builder.icmp_signed(">", threads, index(1))):
        function = subroutine(v, "meet", [shared.type, INDEX], write_meeting, result=BIT)
        builder.store(builder.call(function, [shared, threads]), arrived)
    return builder.load(arrived)


def write_meeting(v: Vectors, shared: Any, threads: Any) -> Any:
    """Instructions for `meet`."""
    builder = v.builder
    arrivals, called_off = (
        builder.gep(shared, [index(k)], inbounds=True) for k in (ARRIVALS, CALLED_OFF)
    )
    before = builder.atomic_rmw("add", arrivals, index(1), "acq_rel")
    goal = builder.mul(builder.add(builder.udiv(before, threads), index(1)), threads)
    looks = variable(builder, index(0))
    look, wait, end = (builder.append_basic_block(name) for name in ("look", "wait", "end"))
    builder.branch(look)

    builder.position_at_end(look)
    off = builder.icmp_signed("!=", builder.load_atomic(called_off, "acquire", 8), index(0))
    here = builder.icmp_signed(">=", builder.load_atomic(arrivals, "acquire", 8), goal)
    builder.cbranch(builder.or_(off, here), end, wait)

    builder.position_at_end(wait)
    looked = builder.add(builder.load(looks), index(1))
    builder.store(looked, looks)
    long = builder.icmp_signed(">", looked, index(LOOKS))
    with builder.if_else(long, likely=False) as (tired, fresh):
        with tired:
            write_sleep(v)
        with fresh:
            write_pause(v)
    builder.branch(look)

    builder.position_at_end(end)
    return builder.not_(off)


def write_pause(v: Vectors) -> None:
    """Tell the processor that this is a loop that waits."""
    if v.target.is_x86:
        v.builder.call(external(v.builder, "llvm.x86.sse2.pause", ir.VoidType()), [])


def write_sleep(v: Vectors) -> None:
    """Leave the core to others for a moment, where the operating system has POSIX's usleep."""
    if os.name != "posix":
        write_pause(v)
        return
    v.builder.call(external(v.builder, "usleep", INT, INT), [INT(SLEEP_MICROSECONDS)])
