"""The two ways in which the nodes of a layer lie, for what needs all of them: softmax and losses.

    NodeLanes      one sample        node 0 1 2 3 | 4 5 6 7 | 8 9 . .     side by side, padded
    SampleLanes    as many samples   sample 0 1 2 3   of node 0           one below the other
                   as lanes          sample 0 1 2 3   of node 1
                                     ...

Softmax, losses and deltas are written once, over what both can do: go through a layer vector by
vector, load and store, add all nodes up, find the greatest. A sum over nodes is a *number a
sample*: of one sample a scalar, of as many samples as lanes a vector. `spread` makes a vector of
either, to compute with a layer's vectors.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, NamedTuple

from kernels.codegen.llvm.vectors import Registers, Vectors
from kernels.codegen.llvm.writing import repeat, vectors_of


class Place(NamedTuple):
    """A vector of a layer."""

    start: Any
    """The index at which it begins."""
    nodes: int
    """How many of its lanes hold nodes, if nodes are the lanes."""


class Arrangement(ABC):
    """A layer of one sample, or of as many samples as lanes."""

    v: Vectors

    @abstractmethod
    def vectors(self) -> Iterator[Place]:
        """A loop over the vectors of the layer."""

    @abstractmethod
    def load_given(self, data: Any, place: Place) -> Any:
        """A vector of an array from outside, which is not padded; 0 in lanes without a node."""

    @abstractmethod
    def store_result(self, value: Any, data: Any, place: Place) -> None:
        """Write a vector of an array from outside, which is not padded."""

    @abstractmethod
    def store_delta(self, value: Any, data: Any, place: Place) -> None:
        """Write a vector of deltas, with 0 for nodes and samples that do not exist."""

    @abstractmethod
    def nodes_only(self, value: Any, place: Place, other: float = 0.0, /) -> Any:
        """A vector with another number in lanes without a node."""

    @abstractmethod
    def total(self, sums: Registers) -> Any:
        """The sum over all nodes, from the sum of all vectors: a number a sample."""

    @abstractmethod
    def greatest(self, found: Registers) -> Any:
        """The greatest of all nodes, from the greatest of all vectors: a number a sample."""

    @abstractmethod
    def constant(self, value: float) -> Any:
        """A constant as a number a sample."""

    @abstractmethod
    def spread(self, number: Any) -> Any:
        """A number a sample, as a vector."""

    def load(self, data: Any, place: Place) -> Any:
        """A vector of an array of ours."""
        return self.v.load(data, place.start)

    def store(self, value: Any, data: Any, place: Place) -> None:
        """Write a vector of an array of ours."""
        self.v.store(value, data, place.start)


@dataclass(frozen=True)
class NodeLanes(Arrangement):
    """One sample: its nodes lie side by side."""

    v: Vectors
    width: int
    """Nodes of the layer."""

    def vectors(self) -> Iterator[Place]:
        for start, nodes in vectors_of(self.v, self.width):
            yield Place(start, nodes)

    def load_given(self, data: Any, place: Place) -> Any:
        return self.v.load_first(place.nodes, data, place.start)

    def store_result(self, value: Any, data: Any, place: Place) -> None:
        self.v.store_first(place.nodes, value, data, place.start)

    def store_delta(self, value: Any, data: Any, place: Place) -> None:
        self.store(self.nodes_only(value, place), data, place)

    def nodes_only(self, value: Any, place: Place, other: float = 0.0) -> Any:
        return self.v.first(place.nodes, value, other)

    def total(self, sums: Registers) -> Any:
        return sums.total()

    def greatest(self, found: Registers) -> Any:
        return self.v.greatest(found[0])

    def constant(self, value: float) -> Any:
        return self.v.scalar(value)

    def spread(self, number: Any) -> Any:
        return self.v.splat(number)


@dataclass(frozen=True)
class SampleLanes(Arrangement):
    """As many samples as lanes: their nodes lie one below the other."""

    v: Vectors
    width: int
    """Nodes of the layer."""
    distance: Any
    """From one node to the next, in numbers."""
    first: Any
    """The place of the first sample within a node's."""
    exists: Any = None
    """A mask of the samples that exist; None for all."""

    def vectors(self) -> Iterator[Place]:
        b = self.v.builder
        with repeat(b, self.width) as node:
            yield Place(b.add(b.mul(node, self.distance), self.first), 1)

    def load_given(self, data: Any, place: Place) -> Any:
        return self.load(data, place)

    def store_result(self, value: Any, data: Any, place: Place) -> None:
        self.store(value, data, place)

    def store_delta(self, value: Any, data: Any, place: Place) -> None:
        self.store(self.samples_only(value), data, place)

    def nodes_only(self, value: Any, _place: Place, _other: float = 0.0) -> Any:
        return value

    def samples_only(self, value: Any) -> Any:
        """A vector with 0 in the lanes of samples that do not exist."""
        if self.exists is None:
            return value
        return self.v.builder.select(self.exists, value, self.v.constant(0.0))

    def total(self, sums: Registers) -> Any:
        return sums[0]

    def greatest(self, found: Registers) -> Any:
        return found[0]

    def constant(self, value: float) -> Any:
        return self.v.constant(value)

    def spread(self, number: Any) -> Any:
        return number
