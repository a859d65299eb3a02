"""What the emitters of a network share while they write one function, and memory for a function."""

from __future__ import annotations

from dataclasses import dataclass, replace
from itertools import accumulate
from typing import Any

from kernels.codegen.emit.arrays import Matrix
from kernels.codegen.emit.layout import Layer, Layout
from kernels.codegen.llvm.functions import Struct
from kernels.codegen.llvm.vectors import Vectors
from kernels.codegen.llvm.writing import array, at


@dataclass(frozen=True)
class Frame(Struct):
    """A writer of vectors, the network's layout, and the memory that the function was given."""

    v: Vectors
    layout: Layout
    parameters: Any
    """The parameters, as the layout says."""
    scratch: Any
    """Memory for what is computed on the way."""

    def weights(self, layer: Layer) -> Matrix:
        """W[l], whose rows follow each other."""
        return Matrix(self.v, at(self.v.builder, self.parameters, layer.weights), layer.inputs)

    def inputs(self, X: Any) -> Matrix:
        """Samples row by row, (m, s_1)."""
        return Matrix(self.v, X, self.layout.sizes[0])

    def outputs(self, Y: Any) -> Matrix:
        """Outputs row by row, (m, s_L)."""
        return Matrix(self.v, Y, self.layout.sizes[-1])

    def scratch_at(self, place: int) -> Any:
        """Scratch memory from a place on."""
        return at(self.v.builder, self.scratch, place)

    def with_scratch(self, scratch: Any) -> Frame:
        """The same with other memory."""
        return replace(self, scratch=scratch)

    def memory(self, counts: list[int]) -> list[Any]:
        """Memory for so many numbers each: on the stack if there is room, else scratch memory.

        On the stack it begins at a cache line. None where the count is 0.
        """
        if self.layout.fits_the_stack(counts):
            return [stack(self.v, count) if count else None for count in counts]
        places = accumulate(counts[:-1], initial=0)
        found = zip(counts, places, strict=True)
        return [self.scratch_at(place) if count else None for count, place in found]


def stack(v: Vectors, count: int) -> Any:
    """Memory for so many numbers on the stack, from a cache line on."""
    return array(v.builder, v.scalar, count)
