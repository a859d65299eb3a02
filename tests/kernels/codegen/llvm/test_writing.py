"""Loops, local variables and functions in LLVM IR."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from kernels.codegen.llvm.vectors import Vectors
from kernels.codegen.llvm.writing import (
    BIT,
    INDEX,
    counting,
    index,
    repeat,
    smaller,
    subroutine,
    variable,
    vectors_of,
)
from tests.kernels.codegen.emitting import lanes, run, writer


def add(v: Vectors, data: Any, place: Any, number: float = 1.0) -> None:
    """Add to a number in memory."""
    b = v.builder
    where = b.gep(data, [place])
    b.store(b.fadd(b.load(where), v.scalar(number)), where)


@pytest.mark.parametrize("known", [True, False])
@pytest.mark.parametrize("count", [0, 1, 2, 5])
def test_a_loop_runs_as_often_as_it_says(count: int, known: bool) -> None:
    out = np.zeros(6)

    def write(v: Vectors, target: Any) -> None:
        with repeat(v.builder, count if known else index(count)) as turn:
            add(v, target, turn)

    run(write, out)
    assert out.tolist() == [1.0] * count + [0.0] * (6 - count)


@pytest.mark.parametrize(("start", "stop"), [(0, 0), (2, 5), (4, 4), (5, 2)])
def test_a_loop_counts_from_start_to_stop(start: int, stop: int) -> None:
    out = np.zeros(8)

    def write(v: Vectors, target: Any) -> None:
        with counting(v.builder, index(start), index(stop)) as k:
            add(v, target, k)

    run(write, out)
    assert np.flatnonzero(out).tolist() == list(range(start, stop))


def test_loops_can_be_nested_and_change_variables() -> None:
    out = np.zeros(2)

    def write(v: Vectors, target: Any) -> None:
        b = v.builder
        total = variable(b, index(0))
        with repeat(b, 3) as i, repeat(b, 4) as j:
            b.store(b.add(b.load(total), smaller(b, i, j)), total)
        b.store(b.uitofp(b.load(total), v.scalar), b.gep(target, [index(0)]))

    run(write, out)
    assert out.tolist() == [sum(min(i, j) for i in range(3) for j in range(4)), 0]


@pytest.mark.parametrize("width", [1, 2, 7, 8, 9, 16, 21])
def test_every_number_of_a_layer_is_in_one_vector(width: int) -> None:
    out = np.zeros(width + 1)

    def write(v: Vectors, target: Any) -> None:
        for place, count in vectors_of(v, width):
            assert 1 <= count <= lanes("float64")
            for lane in range(count):
                add(v, target, v.builder.add(place, index(lane)))

    run(write, out)
    assert out.tolist() == [1.0] * width + [0.0]


def test_a_subroutine_is_written_once_and_called_twice() -> None:
    out, written = np.zeros(4), []

    def write_sum(v: Vectors, data: Any, place: Any) -> Any:
        written.append(v)
        add(v, data, place)
        return v.builder.icmp_signed("==", place, index(2))

    def write(v: Vectors, target: Any) -> None:
        for place in (2, 3):
            function = subroutine(v, "sum", [target.type, INDEX], write_sum, result=BIT)
            assert function.linkage == "internal"
            with v.builder.if_then(v.builder.call(function, [target, index(place)])):
                add(v, target, index(0), 5.0)

    run(write, out)
    assert out.tolist() == [5, 0, 1, 1]
    assert len(written) == 1


@pytest.mark.parametrize("noalias", [True, False])
@pytest.mark.parametrize("small", [True, False])
def test_attributes_of_a_subroutine_are_what_was_asked_for(noalias: bool, small: bool) -> None:
    v = writer("float64")
    kinds = [v.scalar.as_pointer(), INDEX]
    subroutine(v, "nothing", kinds, lambda *_: None, noalias=noalias, small=small)
    text = str(v.builder.module)
    assert ("noalias" in text) == noalias
    assert ("optsize" in text) == small
    assert "noinline" in text
