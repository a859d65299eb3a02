"""Random orders of samples, drawn from a generator of NumPy as NumPy draws them.

Each order starts as 0, 1, 2 ... From the last place on, the index there changes places with one at
random among those up to it (R. Durstenfeld, Algorithm 235, 1964). For place i NumPy takes as many
random bits as i has, and draws again as long as they are above i. The bits come from the
generator's own function, through the struct `bitgen_t` of NumPy's C interface::

    state, next_uint64, next_uint32, next_double, next_raw
"""

from __future__ import annotations

from typing import Any

from llvmlite import ir

from kernels.codegen.llvm.vectors import Vectors
from kernels.codegen.llvm.writing import BYTES, FALSE, INDEX, INT, at, counting, index, subroutine

NEXT_UINT32 = 2
"""The place of that function in the struct."""


def write_permute(v: Vectors) -> None:
    """`permute(generator, orders, count, m)`, which writes `count` orders of m samples."""
    kinds = [BYTES.as_pointer(), INDEX.as_pointer(), INDEX, INDEX]
    found = subroutine(v, "permute", kinds, permute, small=False)
    found.linkage = "external"


def permute(v: Vectors, generator: Any, orders: Any, count: Any, m: Any) -> None:
    """The body of the function."""
    b = v.builder
    kind = ir.FunctionType(INT, [BYTES]).as_pointer()
    state, draw = b.load(generator), b.bitcast(b.load(at(b, generator, NEXT_UINT32)), kind)
    with counting(b, index(0), count) as row:
        order = b.gep(orders, [b.mul(row, m)], inbounds=True)
        with counting(b, index(0), m) as k:
            b.store(k, b.gep(order, [k], inbounds=True))
        with counting(b, index(1), m) as turn:
            place = b.sub(m, turn)
            chosen = below(b, draw, state, place)
            ends = [b.gep(order, [one], inbounds=True) for one in (place, chosen)]
            here, there = map(b.load, ends)
            b.store(there, ends[0])
            b.store(here, ends[1])


def below(b: Any, draw: Any, state: Any, most: Any) -> Any:
    """A random number from 0 to `most`."""
    mask = b.lshr(index(-1), b.ctlz(most, FALSE))
    again, found = b.append_basic_block("again"), b.append_basic_block("found")
    b.branch(again)
    b.position_at_end(again)
    number = b.and_(b.zext(b.call(draw, [state]), INDEX), mask)
    b.cbranch(b.icmp_unsigned("<=", number, most), found, again)
    b.position_at_end(found)
    return number
