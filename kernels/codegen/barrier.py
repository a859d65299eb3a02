"""Where threads that compute one thing together wait for each other, in compiled code.

Waiting is a matter of a microsecond as a rule, far less than any lock of the operating system
takes, so a thread looks again and again whether the others have come. One that has looked for long
sleeps between looks: somebody may have been taken off his core, perhaps because there are fewer
cores than threads, and must be let on again. Python may call the meeting off at any time, as when
it is interrupted.
"""

from __future__ import annotations

import os
from typing import Any

import numpy as np
from llvmlite import ir
from numba import types
from numba.core import cgutils
from numba.extending import intrinsic

from kernels.codegen.subroutines import index
from kernels.codegen.vectors import features
from kernels.support.checks import Array

ARRIVALS, CALLED_OFF, SIZE = 0, 8, 16
"""Where what stands in a meeting, a cache line each."""
LOOKS = 2000
"""How often a thread looks before it sleeps; about 30 microseconds."""
SLEEP_MICROSECONDS = 50


def meeting() -> Array:
    """What threads that are to meet have in common."""
    return np.zeros(SIZE, np.int64)


def call_off(shared: Array) -> None:
    """Nobody waits any longer."""
    shared[CALLED_OFF] = 1


@intrinsic
def meet(typingctx: Any, shared: Any, threads: Any) -> Any:
    """Wait until so many threads are here; False if the meeting was called off."""

    def code(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        array = context.make_array(signature.args[0])(context, builder, arguments[0])
        arrivals, called_off = (
            builder.gep(array.data, [index(k)], inbounds=True) for k in (ARRIVALS, CALLED_OFF)
        )
        count = context.cast(builder, arguments[1], signature.args[1], types.intp)
        before = builder.atomic_rmw("add", arrivals, index(1), "acq_rel")
        goal = builder.mul(builder.add(builder.udiv(before, count), index(1)), count)
        looks = cgutils.alloca_once_value(builder, index(0))
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
                sleep(builder)
            with fresh:
                pause(builder)
        builder.branch(look)

        builder.position_at_end(end)
        return builder.not_(off)

    return types.boolean(shared, threads), code


def pause(builder: Any) -> None:
    """Tell the processor that this is a loop that waits."""
    if "sse2" in features():
        kind = ir.FunctionType(ir.VoidType(), [])
        name = "llvm.x86.sse2.pause"
        builder.call(cgutils.get_or_insert_function(builder.module, kind, name), [])


def sleep(builder: Any) -> None:
    """Leave the core to others for a moment, where the operating system has POSIX's usleep."""
    if os.name != "posix":
        pause(builder)
        return
    unsigned = ir.IntType(32)
    function = cgutils.get_or_insert_function(
        builder.module, ir.FunctionType(unsigned, [unsigned]), "usleep"
    )
    builder.call(function, [unsigned(SLEEP_MICROSECONDS)])
