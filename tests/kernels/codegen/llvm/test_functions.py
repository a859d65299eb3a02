"""Structs as arguments of generated functions."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import pytest
from llvmlite import ir

from kernels.codegen.llvm.functions import Struct, call
from kernels.codegen.llvm.vectors import Vectors
from kernels.codegen.llvm.writing import INDEX, index
from tests.kernels.codegen.emitting import run, writer


@dataclass(frozen=True)
class Numbers(Struct):
    v: Vectors
    data: Any
    first: Any


@dataclass(frozen=True)
class Pair(Struct):
    source: Numbers
    name: str
    target: Numbers


def write_copy(pair: Pair, count: int) -> Any:
    """Copy so many numbers from one array to the other; returns `count`."""
    v, source, target = pair.source.v, pair.source, pair.target
    assert target.v is v
    for k in range(count):
        place = v.builder.add(source.first, index(k))
        number = v.builder.load(v.builder.gep(source.data, [place]))
        place = v.builder.add(target.first, index(k))
        v.builder.store(number, v.builder.gep(target.data, [place]))
    return index(count)


def test_structs_arrive_as_they_were_passed() -> None:
    data, out = np.arange(8.0), np.zeros(8)

    def write(v: Vectors, source: Any, target: Any) -> None:
        for first, last in ((0, 1), (4, 5)):
            pair = Pair(Numbers(v, source, index(first)), "x", Numbers(v, target, index(last)))
            count = call("copy", write_copy, pair, 2, result=INDEX)
            assert count.type == INDEX

    run(write, data, out)
    assert out.tolist() == [0, 0, 1, 0, 0, 4, 5, 0]


def test_llvm_values_alone_are_arguments() -> None:
    v = outer(writer("float64"))
    one = Numbers(v, v.scalar.as_pointer()(None), index(3))
    call("copy", write_copy, Pair(one, "x", one), 2, result=INDEX)
    kinds = [one.type for one in v.builder.module.globals["copy"].args]
    assert kinds == [v.scalar.as_pointer(), INDEX] * 2


def outer(v: Vectors) -> Vectors:
    """Return a writer in a new function."""
    kind = ir.FunctionType(ir.VoidType(), [])
    return v.inside(ir.Function(v.builder.module, kind, "outer"))


@pytest.mark.parametrize(("name", "count"), [("x", 3), ("y", 2)])
def test_a_name_stands_for_one_function(name: str, count: int) -> None:
    """Constants are part of the code: another constant under the same name is an error."""
    v = outer(writer("float64"))
    one = Numbers(v, v.scalar.as_pointer()(None), index(3))
    for _ in range(2):
        call("copy", write_copy, Pair(one, "x", one), 2, result=INDEX)
    with pytest.raises(ValueError, match="the function copy was written for"):
        call("copy", write_copy, Pair(one, name, one), count, result=INDEX)
