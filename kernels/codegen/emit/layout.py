"""Where the parameters of a network lie for compiled code: twice, once for each way to read them.

A batch multiplies a vector of samples by one weight, and reads theta as it is. A single sample
multiplies the weights of a vector of neighbouring nodes by one input; for it each layer is packed,
padded with zeros to whole vectors, and cut into *blocks* of as many vectors as there are registers
to add them up in. docs/how-it-works/codegen.md shows one. Behind the layers lies the network's
shift, if it has one, in float64.

A block is read from its first number to its last, once: memory at its fastest. 100 nodes on AVX2
make 25 vectors, which go into blocks of 9, 9 and 7, each with all its rows, one after another.
`pack` writes all of it.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise

import numpy as np

from kernels.codegen.llvm.target import Target
from kernels.network import parameter_count
from kernels.parts.activation import Activation
from kernels.parts.architecture import Architecture

STACK_VECTORS = 64
"""Vectors that a call may have on the stack, of at most 64 bytes each: 4 KiB."""


@dataclass(frozen=True)
class Layer:
    """A layer of the network; places are indices into the parameters."""

    inputs: int
    outputs: int
    function: Activation
    """Its activation."""
    weights: int
    """Where W[l] begins, which lies row by row."""
    biases: int
    """Where b[l] begins."""
    packed: int
    """Where the packed layer begins."""
    vectors: int
    """Vectors of one row of the packed layer."""
    block: int
    """Vectors of a block; the last block may have fewer."""

    @property
    def blocks(self) -> list[int]:
        """How many vectors each block has."""
        full, rest = divmod(self.vectors, self.block)
        return [self.block] * full + [rest] * (rest > 0)


@dataclass(frozen=True)
class Layout:
    """The parameters of a network of this architecture, in this dtype, for this processor."""

    architecture: Architecture
    dtype: str
    target: Target

    @property
    def lanes(self) -> int:
        """Numbers in a vector."""
        return self.target.lanes(self.dtype)

    @property
    def few(self) -> int:
        """Fewer samples than this are computed one by one."""
        return max(2, self.lanes // 2)

    @property
    def sizes(self) -> tuple[int, ...]:
        """Nodes per layer."""
        return self.architecture.sizes

    @property
    def layers(self) -> list[Layer]:
        """All layers, l = 0 .. L-2."""
        found = []
        start, packed = 0, self.whole(parameter_count(self.sizes))
        functions = self.architecture.functions
        for function, (inputs, outputs) in zip(functions, pairwise(self.sizes), strict=True):
            vectors = -(-outputs // self.lanes)
            blocks = -(-vectors // self.target.most_vectors)
            end = start + inputs * outputs
            block = -(-vectors // blocks)
            found.append(Layer(inputs, outputs, function, start, end, packed, vectors, block))
            start = end + outputs
            packed += (inputs + 1) * vectors * self.lanes
        return found

    def whole(self, count: int) -> int:
        """The next multiple of the lanes."""
        return -(-count // self.lanes) * self.lanes

    def apart(self, count: int) -> int:
        """A distance between rows of so many numbers: an odd number of vectors.

        Rows that begin a power of two apart share few places of a cache, and drive each other out.
        """
        return (-(-count // self.lanes) | 1) * self.lanes

    @property
    def shift(self) -> int:
        """Where the shift begins, behind the packed layers."""
        last = self.layers[-1]
        return last.packed + (last.inputs + 1) * last.vectors * self.lanes

    @property
    def forward_memory(self) -> list[int]:
        """Numbers that one sample needs: outputs of two hidden layers, and z of softmax."""
        widths = [self.whole(n) for n in self.sizes[1:]]
        over_nodes = self.architecture.functions[-1].over_nodes
        return [max(widths[:-1], default=0)] * 2 + [widths[-1] if over_nodes else 0]

    @property
    def gradient_memory(self) -> list[int]:
        """Numbers that the gradient of one sample needs: two deltas, outputs of every layer, and
        the slopes that do not follow from them."""
        widths = [self.whole(n) for n in self.sizes[1:]]
        functions = self.architecture.functions
        slopes = [n if f.needs_z else 0 for n, f in zip(widths, functions, strict=True)]
        return [max(widths), max(widths), *widths, *slopes]

    @property
    def shifted_memory(self) -> list[int]:
        """Numbers that a sample less the network's shift needs."""
        return [self.whole(self.sizes[0])] * self.architecture.shifted

    def fits_the_stack(self, memory: list[int]) -> bool:
        """True if so many numbers may lie on the stack."""
        return sum(memory) <= STACK_VECTORS * self.lanes

    @property
    def size(self) -> int:
        """Numbers in the dtype that all of it takes; the shift has room for two a number."""
        return self.shift + 2 * self.whole(self.sizes[0]) * self.architecture.shifted

    def __str__(self) -> str:
        lines = [f"parameters: {self.size} numbers, vectors of {self.lanes}"]
        lines.append(f"  {0:>8}  theta, as Network.theta: {parameter_count(self.sizes)}")
        for l, layer in enumerate(self.layers):
            padded = layer.vectors * self.lanes - layer.outputs
            blocks = " + ".join(map(str, np.unique(layer.blocks)[::-1]))
            counts = numbered(len(layer.blocks), "block")
            lines.append(
                f"  {layer.packed:>8}  layer {l}, packed: (1 + {layer.inputs}) rows of "
                f"{numbered(layer.vectors, 'vector')} ({numbered(padded, 'lane')} of padding), "
                f"{counts} of {numbered(blocks, 'vector')}, {layer.function}"
            )
        if self.architecture.shifted:
            lines.append(f"  {self.shift:>8}  shift, in float64: {self.sizes[0]}")
        return "\n".join(lines)


def numbered(count: int | str, noun: str) -> str:
    """A number of things: `1 block`, `2 blocks`."""
    return f"{count} {noun}" + "s" * (str(count) != "1")
