"""A thread's share of the work that several threads do together, and its part of a descent step.

Every thread has computed the gradient over its share of the samples. Then each thread takes a share
of the parameters: it adds up all threads' gradients for these, and moves them.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from kernels.codegen.emit.arrays import Matrix
from kernels.codegen.llvm.functions import Struct
from kernels.codegen.llvm.vectors import Registers
from kernels.codegen.llvm.writing import counting, index, smaller


@dataclass(frozen=True)
class Thread(Struct):
    """One of several threads that compute one thing together."""

    rank: Any
    """Its number, from 0."""
    threads: Any
    """How many they are."""

    def share(self, builder: Any, count: Any, whole: int) -> tuple[Any, Any]:
        """First and end index of this thread's share of `count` items.

        All shares but the last, or the last few, are multiples of `whole`.
        """
        b = builder
        portion = b.mul(self.threads, index(whole))
        each = b.udiv(b.add(count, b.sub(portion, index(1))), portion)
        most = b.mul(each, index(whole))
        first = smaller(b, b.mul(self.rank, most), count)
        return first, smaller(b, b.add(first, most), count)


def write_step(
    thread: Thread, count: int, theta: Any, step: Any, others: Matrix, alpha: Any
) -> None:
    """step += the other threads' gradients, and theta -= alpha step, for this thread's share.

    Row k of `others` is the gradient of thread k; that of thread 0 is `step`.
    """
    v, b = others.v, others.v.builder
    whole, left = divmod(count, v.lanes)
    minus = v.splat(b.fneg(alpha))
    moves = b.fcmp_unordered("!=", alpha, v.scalar(0.0))

    def advance(place: Any, lanes: int) -> None:
        total = Registers(v, [v.load_first(lanes, step, place)])
        with counting(b, index(1), thread.threads) as other:
            gradient = v.load_first(lanes, others.data, b.add(others.start(other), place))
            total[0] = v.add(total[0], gradient)
        v.store_first(lanes, total[0], step, place)
        with b.if_then(moves):
            value = v.fma(minus, total[0], v.load_first(lanes, theta, place))
            v.store_first(lanes, value, theta, place)

    first, last = thread.share(b, index(whole), 1)
    with counting(b, first, last) as turn:
        advance(b.mul(turn, index(v.lanes)), v.lanes)
    if left:
        with b.if_then(b.icmp_signed("==", thread.rank, index(0))):
            advance(index(whole * v.lanes), left)
