"""Arrays as the emitters see them: a matrix, a block of its columns, and the layer below.

Each is a few LLVM values that belong together, with the `Vectors` that reads and writes them. They
can be arguments of generated functions (`kernels.codegen.llvm.functions`).
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

from kernels.codegen.llvm.functions import Struct
from kernels.codegen.llvm.vectors import Vectors
from kernels.codegen.llvm.writing import as_index, at, index
from kernels.parts.activation import Activation


@dataclass(frozen=True)
class Matrix(Struct):
    """Numbers in rows of equal length.

    A layer of samples lies sample by sample, as X does, or node by node, a row for each node.
    """

    v: Vectors
    data: Any
    """Where row 0 begins."""
    distance: Any
    """How many numbers after one row the next begins: an int, or an LLVM value."""
    order: Any = None
    """An array of the rows' numbers, in the order in which they count; None if they lie so."""

    @property
    def length(self) -> Any:
        """The distance as an LLVM value."""
        return as_index(self.distance)

    def start(self, row: Any) -> Any:
        """The index of a row's first number."""
        b = self.v.builder
        if self.order is not None:
            row = b.load(b.gep(self.order, [row], inbounds=True))
        return b.mul(row, self.length)

    def row(self, row: Any) -> Any:
        """Where a row begins."""
        return self.v.builder.gep(self.data, [self.start(row)], inbounds=True)

    def from_row(self, row: Any) -> Matrix:
        """The same rows without those before `row`."""
        return replace(self, data=self.row(row))

    def from_column(self, column: Any) -> Matrix:
        """The same rows without their numbers before `column`."""
        return self.beginning(self.v.builder.gep(self.data, [column], inbounds=True))

    def beginning(self, data: Any) -> Matrix:
        """Other numbers, whose rows are as far apart."""
        return replace(self, data=data)


@dataclass(frozen=True)
class Block(Struct):
    """A few neighbouring vectors of every row of a matrix, as many as there are registers for.

    Where rows are no whole number of vectors long, the last vector overlaps the one before.
    """

    matrix: Matrix
    """The rows from the block's first column on."""
    vectors: int
    last: Any
    """The column at which the last vector begins: an int, or an LLVM value."""

    @property
    def v(self) -> Vectors:
        """The writer of the matrix."""
        return self.matrix.v

    @property
    def columns(self) -> list[Any]:
        """The columns at which the vectors begin."""
        before = (index(k * self.v.lanes) for k in range(self.vectors - 1))
        return [*before, as_index(self.last)]

    def places(self, row: Any) -> list[Any]:
        """The indices at which the vectors of a row begin."""
        start = self.matrix.start(row)
        return [self.v.builder.add(start, column) for column in self.columns]


@dataclass(frozen=True)
class Below(Struct):
    """The layer below, to which deltas are carried back."""

    v: Vectors
    function: Activation
    """Its activation f."""
    kept: Any
    """Its outputs, or f'(z) where that does not follow from them."""
    delta: Any
    """Where its delta goes, which lies as `kept` does."""

    def beginning(self, kept: Any, delta: Any) -> Below:
        """The same layer with other numbers."""
        return replace(self, kept=kept, delta=delta)

    def from_place(self, place: int) -> Below:
        """The same layer without the numbers before a place."""
        return self.beginning(*(at(self.v.builder, one, place) for one in (self.kept, self.delta)))
