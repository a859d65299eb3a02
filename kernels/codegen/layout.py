"""Where the parameters of a network lie for compiled code: twice, once for each way to use them.

A batch wants every weight by itself, to multiply a vector of samples by it; it reads theta as it
is. A single sample wants the weights of neighbouring nodes side by side, to multiply a vector of
them by one input; for it each layer is packed, padded with zeros to whole vectors, and cut into
*blocks* of so many vectors as there are registers to add them up in::

    parameters = [ theta, padded | layer 0, packed | layer 1, packed | ...
                   | shift | x - shift | workspace ]

    a packed layer from n inputs to 30 nodes, 8 lanes: 4 vectors a row, one block of four

        bias      b0 .. b7       b8 .. b15      b16 .. b23     b24 .. b29 0 0
        input 0   W[0..7][0]     W[8..15][0]    W[16..23][0]   W[24..29][0] 0 0
        ...
        input n-1 W[0..7][n-1]   ...

What lies behind the layers is there only where it is needed: the float64 numbers of a network's
shift, and room for a sample less the shift; and memory for a sample's outputs and deltas where
layers are too wide for the stack.

A block is read from its first number to its last, just once: memory at its fastest. 100 nodes on
AVX2 make 25 vectors, which go into blocks of 9, 9 and 7, each with all its rows, one after another.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise
from typing import Any

import numpy as np

from kernels.network import parameter_count, views
from kernels.parts.architecture import Architecture
from kernels.support import aligned
from kernels.support.checks import Array

STACK_VECTORS = 64
"""Vectors that a call may have on the stack, of at most 64 bytes each: 4 KiB."""


@dataclass(frozen=True)
class Layer:
    """A layer of the network; places are indices into the parameters."""

    inputs: int
    outputs: int
    function: str
    """Its activation."""
    weights: int
    """Where W[l] begins, row by row,"""
    biases: int
    """b[l],"""
    packed: int
    """and the packed layer."""
    vectors: int
    """That hold one row of the packed layer."""
    block: int
    """Vectors a block; the last block may have fewer."""

    @property
    def blocks(self) -> list[int]:
        """How many vectors each block has."""
        full, rest = divmod(self.vectors, self.block)
        return [self.block] * full + [rest] * (rest > 0)


@dataclass(frozen=True)
class Layout:
    """The parameters of a network of this architecture, for vectors of so many lanes."""

    architecture: Architecture
    lanes: int
    most: int
    """How many vectors a block may have."""

    @property
    def sizes(self) -> tuple[int, ...]:
        """Nodes per layer."""
        return self.architecture.sizes

    @property
    def layers(self) -> list[Layer]:
        """All layers, l = 0 .. L-2."""
        found = []
        start, packed = 0, self.whole(parameter_count(self.sizes))
        functions = self.architecture.activations
        for function, (inputs, outputs) in zip(functions, pairwise(self.sizes), strict=True):
            vectors = -(-outputs // self.lanes)
            blocks = -(-vectors // self.most)
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

        Where rows begin a power of two apart, a few fill the places a cache has for all of them.
        """
        return (-(-count // self.lanes) | 1) * self.lanes

    @property
    def shift(self) -> int:
        """Where the shift begins, behind the packed layers."""
        last = self.layers[-1]
        return last.packed + (last.inputs + 1) * last.vectors * self.lanes

    @property
    def forward_memory(self) -> list[int]:
        """How many numbers one sample needs: outputs of two hidden layers, and z of softmax."""
        widths = [self.whole(n) for n in self.sizes[1:]]
        softmax = self.architecture.activations[-1] == "softmax"
        return [max(widths[:-1], default=0)] * 2 + [widths[-1] if softmax else 0]

    @property
    def gradient_memory(self) -> list[int]:
        """How many numbers its gradient needs: the outputs of every layer, and two deltas."""
        widths = [self.whole(n) for n in self.sizes[1:]]
        return [*widths, max(widths), max(widths)]

    def fits_the_stack(self, memory: list[int]) -> bool:
        """True if so many numbers may lie on the stack."""
        return sum(memory) <= STACK_VECTORS * self.lanes

    @property
    def shifted(self) -> int:
        """Where the shifted sample begins; a float64 takes the room of two float32."""
        return self.shift + 2 * self.whole(self.sizes[0]) * self.architecture.shifted

    @property
    def workspace(self) -> int:
        """Where memory begins that is too large for the stack."""
        return self.shifted + self.whole(self.sizes[0]) * self.architecture.shifted

    @property
    def size(self) -> int:
        """How many numbers the parameters are, and what lies behind them."""
        needed = self.gradient_memory
        return self.workspace + (0 if self.fits_the_stack(needed) else sum(needed))

    def pack(self, theta: Array, shift: Array | None = None) -> Array:
        """The parameters, beginning at a cache line, from theta and the network's shift."""
        parameters = aligned.empty((self.size,), theta.dtype)
        parameters[: theta.size] = theta
        parameters[theta.size :] = 0
        if shift is not None:
            parameters[self.shift : self.shifted].view(np.float64)[: shift.size] = shift
        for layer, W, b in zip(self.layers, *views(theta, self.sizes), strict=True):
            place, node = layer.packed, 0
            for vectors in layer.blocks:
                width = vectors * self.lanes
                end = place + (layer.inputs + 1) * width
                block: Any = parameters[place:end].reshape(layer.inputs + 1, width)
                nodes = W[node : node + width].T
                block[0, : nodes.shape[1]] = b[node : node + width]
                block[1:, : nodes.shape[1]] = nodes
                place, node = end, node + width
        return parameters

    def __str__(self) -> str:
        lines = [f"parameters: {self.size} numbers, vectors of {self.lanes}"]
        lines.append(f"  {0:>8}  theta, as Network.theta: {parameter_count(self.sizes)}")
        for l, layer in enumerate(self.layers):
            padded = layer.vectors * self.lanes - layer.outputs
            blocks = " + ".join(map(str, np.unique(layer.blocks)[::-1]))
            counts = f"{len(layer.blocks)} block" + "s" * (len(layer.blocks) > 1)
            lines.append(
                f"  {layer.packed:>8}  layer {l}, packed: (1 + {layer.inputs}) rows of "
                f"{layer.vectors} vectors ({padded} lanes of padding), {counts} of {blocks} "
                f"vectors, {layer.function}"
            )
        if self.architecture.shifted:
            lines.append(f"  {self.shift:>8}  shift, in float64: {self.sizes[0]}")
            lines.append(f"  {self.shifted:>8}  a sample, shifted: {self.sizes[0]}")
        return "\n".join(lines)
