"""The layout of a network's parameters in memory."""

from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from kernels.codegen.emit.layout import Layout
from kernels.codegen.llvm.target import Target
from kernels.network import parameter_count, views
from kernels.parts import architecture
from kernels.support import aligned
from tests.kernels.codegen.emit.packed import packed
from tests.kernels.examples import RELAXED

TARGETS = {
    2: Target("x86_64-unknown-linux-gnu", "x86-64", "+sse,+sse2"),
    4: Target("x86_64-unknown-linux-gnu", "haswell", "+avx,+avx2,+fma"),
    8: Target("x86_64-unknown-linux-gnu", "skylake-avx512", "+avx,+avx2,+fma,+avx512f"),
}
"""Processors by the lanes of their vectors of float64."""
SIZES = st.lists(st.integers(1, 150), min_size=2, max_size=5).map(tuple)


@given(sizes=SIZES, lanes=st.sampled_from([*TARGETS]), shifted=st.booleans())
@RELAXED
def test_every_parameter_is_stored_at_its_offsets(
    sizes: tuple[int, ...], lanes: int, shifted: bool
) -> None:
    target = TARGETS[lanes]
    layout = Layout(architecture.of(sizes)._replace(shifted=shifted), "float64", target)
    assert layout.lanes == lanes
    theta = np.arange(1.0, parameter_count(sizes) + 1)
    shift = -np.arange(1.0, sizes[0] + 1) if shifted else None
    parameters = packed(layout, theta, shift)
    assert parameters.shape == (layout.size,)
    assert parameters.ctypes.data % aligned.LINE == 0
    stored = [*theta, *theta, *(() if shift is None else shift)]
    assert sorted(parameters[parameters != 0]) == sorted(stored)  # nothing overlaps
    for layer, W, b in zip(layout.layers, *views(theta, sizes), strict=True):
        assert layer.packed % lanes == 0
        assert sum(layer.blocks) == layer.vectors == -(-b.size // lanes)
        assert max(layer.blocks) <= target.most_vectors
        np.testing.assert_array_equal(parameters[layer.weights :][: W.size], W.ravel())
        np.testing.assert_array_equal(parameters[layer.biases :][: b.size], b)


@given(count=st.integers(1, 10_000), lanes=st.sampled_from([*TARGETS]))
@RELAXED
def test_distances_between_rows_are_odd_numbers_of_vectors(count: int, lanes: int) -> None:
    layout = Layout(architecture.of((1, 1)), "float64", TARGETS[lanes])
    vectors, rest = divmod(layout.apart(count), lanes)
    assert rest == 0
    assert vectors % 2 == 1
    assert count <= layout.apart(count) < count + 2 * lanes


def test_a_layout_prints_its_layers() -> None:
    what = architecture.of((64, 30, 10))._replace(shifted=True)
    text = str(Layout(what, "float64", TARGETS[8]))
    assert "layer 0, packed: (1 + 64) rows of 4 vectors (2 lanes of padding), 1 block of 4" in text
    few = str(Layout(architecture.of((3, 7)), "float64", TARGETS[8]))
    assert "(1 + 3) rows of 1 vector (1 lane of padding), 1 block of 1 vector, logistic" in few
    assert "layer 1" in text
    assert "shift, in float64: 64" in text
