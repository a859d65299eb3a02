"""Samples from rows to nodes and back: X lies sample by sample, a group's layers node by node.

Squares of numbers, as many samples as nodes, are transposed in registers. The last square of a row
overlaps the one before. A row too short for a square is padded with zeros in registers; if it has
fewer numbers than a square takes steps to transpose, it goes number by number. In place of samples
that do not exist the last one is read again, and its results are written again to the same place.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from kernels.codegen.emit.arrays import Matrix
from kernels.codegen.emit.groups import Group
from kernels.codegen.llvm.vectors import Vectors
from kernels.codegen.llvm.writing import index, repeat, smaller


def write_to_nodes(group: Group, width: int, rows: Matrix, nodes: Matrix) -> None:
    """`rows` (valid, width), sample by sample, into `nodes`, node by node."""
    v = group.v
    with squares(group, width, rows, nodes) as (samples, place, count):
        if count > 1:
            vectors = v.transposed([v.load_first(count, rows.data, start) for start in samples])
            for k, vector in enumerate(vectors[:count]):
                v.store(vector, nodes.data, place(k))
        else:
            v.store(v.gather(rows.data, samples), nodes.data, place(0))


def write_to_rows(group: Group, width: int, nodes: Matrix, rows: Matrix) -> None:
    """`nodes`, node by node, into `rows` (valid, width), sample by sample."""
    v = group.v
    with squares(group, width, rows, nodes) as (samples, place, count):
        if count > 1:
            padding = [v.constant(0.0)] * (v.lanes - count)
            vectors = v.transposed([v.load(nodes.data, place(k)) for k in range(count)] + padding)
            for start, vector in zip(samples, vectors, strict=True):
                v.store_first(count, vector, rows.data, start)
        else:
            v.scatter(v.load(nodes.data, place(0)), rows.data, samples)


@contextmanager
def squares(
    group: Group, width: int, rows: Matrix, nodes: Matrix
) -> Iterator[tuple[list[Any], Callable[[int], Any], int]]:
    """Loops over a vector of samples and at most as many nodes at a time.

    Gives the indices of the first of these nodes in each sample's row; a function from k to the
    index of the k-th node's samples in `nodes`; and how many nodes there are.
    """
    v, b = group.v, group.v.builder
    with repeat(b, group.vectors) as vector:
        sample = b.mul(vector, index(v.lanes))
        starts = row_starts(group, rows, sample)
        with columns(v, width) as (node, count):

            def place(k: int) -> Any:
                return b.add(nodes.start(b.add(node, index(k))), sample)

            yield [b.add(start, node) for start in starts], place, count


def row_starts(group: Group, rows: Matrix, first: Any) -> list[Any]:
    """Where the rows of a vector of samples begin; the last sample's in place of those missing."""
    b = group.v.builder
    last = b.sub(group.valid, index(1))
    samples = (smaller(b, b.add(first, index(lane)), last) for lane in range(group.v.lanes))
    return [rows.start(sample) for sample in samples]


@contextmanager
def columns(v: Vectors, width: int) -> Iterator[tuple[Any, int]]:
    """A loop over the nodes of a row: a square of them at a time, or one by one in a short row.

    Gives the first node and how many there are.
    """
    b = v.builder
    steps = v.lanes.bit_length() - 1
    if width >= v.lanes:
        with repeat(b, -(-width // v.lanes)) as turn:
            yield smaller(b, b.mul(turn, index(v.lanes)), index(width - v.lanes)), v.lanes
    elif width > steps:
        yield index(0), width
    else:
        with repeat(b, width) as node:
            yield node, 1
