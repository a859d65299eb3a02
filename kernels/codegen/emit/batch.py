"""A batch through the network: the samples are the lanes.

Samples go through all layers group by group (`groups`). A group's outputs lie node by node::

    X, row by row            H[l], a row a node             H[l+1]
    sample 0: x0 x1 ...      node 0: sample 0 1 2 .. 39     node 0: sample 0 1 2 .. 39
    sample 1: x0 x1 ...  ->  node 1: sample 0 1 2 .. 39  -> ...
    ...                      ...

A tile computes the z of some nodes for a group in registers, one multiply-add for each register and
input: the input's row of H[l] is read once for all nodes of the tile, and each weight is put into
every lane. No lane is lost to padding, whatever the sizes.

Costs: a tile of 5 nodes and 5 vectors does 25 multiply-adds for 10 reads, so it is arithmetic that
takes the time. Activations of few instructions, such as relu, are computed in the registers that
hold the sums; others follow in a loop of their own over what is still in the first-level cache. X
is read and outputs are written by transposing squares (`transposing`).
"""

from __future__ import annotations

from typing import Any

from kernels.codegen.emit import small_batch
from kernels.codegen.emit.activations import activate_group, write_activation
from kernels.codegen.emit.arrays import Matrix
from kernels.codegen.emit.frame import Frame
from kernels.codegen.emit.groups import Group, Tile, each_group, each_tile, tiles
from kernels.codegen.emit.layout import Layer, Layout
from kernels.codegen.emit.transposing import write_to_nodes, write_to_rows
from kernels.codegen.llvm.functions import call
from kernels.codegen.llvm.vectors import Registers
from kernels.codegen.llvm.writing import index, repeat
from kernels.parts.activation import Activation
from kernels.parts.activations.identity import PART as IDENTITY


def scratch_size(layout: Layout) -> int:
    """Numbers of scratch memory that a batch needs: two layers of a group."""
    return 2 * max(layout.sizes) * tiles(layout.target)[0].vectors * layout.lanes


def write_batch(frame: Frame, X: Any, rows: Any, out: Any) -> None:
    """Instructions for h[L] of every row of X (rows, s_1) into out (rows, s_L).

    The scratch memory has `scratch_size` numbers.
    """
    if small_batch.is_small(frame.layout):
        small_batch.write_small_batch(frame, X, rows, out)
        return

    def write(tile: Tile, first: Any, valid: Any) -> None:
        name = f"group_by_{tile.vectors}_vectors"
        x, y = frame.inputs(X).row(first), frame.outputs(out).row(first)
        call(name, write_group, frame, tile, x, valid, y)

    each_group(frame.v, rows, write)


def write_group(frame: Frame, tile: Tile, X: Any, valid: Any, out: Any) -> None:
    """A group of samples through all layers; only the first `valid` of them exist."""
    layout = frame.layout
    group = Group(frame.v, tile, valid)
    H, Z = (group.by_node(frame.scratch_at(place)) for place in (0, scratch_size(layout) // 2))
    write_to_nodes(group, layout.sizes[0], frame.inputs(X), H)
    for layer in layout.layers:
        write_layer(frame, layer, group, H, Z)
        H, Z = Z, H
    write_to_rows(group, layout.sizes[-1], H, frame.outputs(out))


def write_layer(
    frame: Frame, layer: Layer, group: Group, H: Matrix, Z: Matrix, slopes: Any = None
) -> None:
    """f(W H + b) of a group into Z, node by node; with `slopes`, f'(z) goes there."""
    b, f = frame.v.builder, layer.function
    has_loop = f.is_long or f.over_nodes or slopes is not None
    in_tile = IDENTITY if has_loop else f

    def write(part: Tile, node: Any, column: Any) -> None:
        name = f"tile_of_{part.nodes}_nodes_{part.vectors}_vectors_{in_tile}"
        weight = b.add(index(layer.weights), b.mul(node, index(layer.inputs)))
        bias = b.add(index(layer.biases), node)
        W, biases = (b.gep(frame.parameters, [one], inbounds=True) for one in (weight, bias))
        matrix = Matrix(frame.v, W, index(layer.inputs))
        target = Z.from_row(node).from_column(column)
        call(name, write_tile, part, matrix, biases, H.from_column(column), target.data, in_tile)

    each_tile(group, layer.outputs, write)
    if has_loop:
        activate_group(group, layer, Z, slopes)


def write_tile(tile: Tile, W: Matrix, biases: Any, H: Matrix, target: Any, f: Activation) -> None:
    """f(b + W h) of a tile, to `target`, whose rows are as far apart as those of H.

    The rows of W follow each other, so their distance is the number of inputs.
    """
    v = W.v
    nodes = (v.broadcast(biases, index(r)) for r in range(tile.nodes))
    sums = Registers(v, [bias for bias in nodes for _ in range(tile.vectors)])
    add_products(sums, tile, W, W.length, H)
    for k, place in enumerate(places(tile, H)):
        v.store(write_activation(v, f, sums[k]), target, place)


def places(tile: Tile, nodes: Matrix) -> list[Any]:
    """Where the vectors of a tile lie in a matrix that has a row for each node."""
    v = nodes.v
    return [
        v.builder.add(nodes.start(index(r)), index(k * v.lanes))
        for r in range(tile.nodes)
        for k in range(tile.vectors)
    ]


def add_products(sums: Registers, tile: Tile, W: Matrix, count: Any, H: Matrix) -> None:
    """sums[r] += W[r][j] H[j], for j = 0 .. count-1 and every node r of a tile.

    W is read number by number, H vector by vector.
    """
    v, b = W.v, W.v.builder
    vectors = range(tile.vectors)
    starts = [W.start(index(r)) for r in range(tile.nodes)]
    with repeat(b, count) as j:
        start = H.start(j)
        h = [v.load(H.data, b.add(start, index(k * v.lanes))) for k in vectors]
        for r in range(tile.nodes):
            weight = v.broadcast(W.data, b.add(starts[r], j))
            for k in vectors:
                place = r * tile.vectors + k
                sums[place] = v.fma(weight, h[k], sums[place])
