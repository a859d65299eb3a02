"""The layout of a network's parameters in memory."""

from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from kernels.codegen.layout import Layout
from kernels.network import parameter_count, views
from kernels.parts import architecture
from kernels.support import aligned
from tests.kernels.examples import RELAXED


@given(
    sizes=st.lists(st.integers(1, 70), min_size=2, max_size=5).map(tuple),
    width=st.sampled_from([2, 4, 8, 16]),
    most=st.integers(1, 14),
)
@RELAXED
def test_every_parameter_is_stored_at_its_offsets(
    sizes: tuple[int, ...], width: int, most: int
) -> None:
    layout = Layout(architecture.of(sizes), width, most)
    theta = np.arange(1.0, parameter_count(sizes) + 1)
    parameters = layout.pack(theta)
    assert parameters.shape == (layout.size,)
    assert parameters.ctypes.data % aligned.LINE == 0
    np.testing.assert_array_equal(parameters[: theta.size], theta)
    assert sorted(parameters[parameters != 0]) == sorted([*theta, *theta])
    for layer, W, b in zip(layout.layers, *views(theta, sizes), strict=True):
        assert layer.packed % width == 0
        np.testing.assert_array_equal(parameters[layer.weights :][: W.size], W.ravel())
        np.testing.assert_array_equal(parameters[layer.biases :][: b.size], b)
        assert sum(layer.blocks) == layer.vectors
        assert max(layer.blocks) <= most
        place, node = layer.packed, 0
        for vectors in layer.blocks:
            for row in range(layer.inputs + 1):
                for lane in range(min(vectors * width, b.size - node)):
                    want = W[node + lane, row - 1] if row else b[node + lane]
                    assert parameters[place + row * vectors * width + lane] == want
            place += (layer.inputs + 1) * vectors * width
            node += vectors * width


def test_a_layout_prints_its_layers() -> None:
    text = str(Layout(architecture.of((64, 30, 10)), 8, 14))
    assert "layer 0, packed: (1 + 64) rows of 4 vectors (2 lanes of padding), 1 block of 4" in text
    assert "layer 1" in text
