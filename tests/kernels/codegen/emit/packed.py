"""The layout of parameters in plain NumPy, number by number."""

from __future__ import annotations

from typing import Any

import numpy as np

from kernels.codegen.emit.layout import Layout
from kernels.network import views
from kernels.support import aligned


def packed(layout: Layout, theta: Any, shift: Any = None, padding: float = 0.0) -> Any:
    """Return the parameters; `padding` stands where nothing of the network is."""
    parameters = aligned.empty((layout.size,), theta.dtype)
    parameters[:] = padding
    parameters[: theta.size] = theta
    if shift is not None:
        parameters[layout.shift :].view(np.float64)[: shift.size] = shift
    for layer, W, b in zip(layout.layers, *views(theta, layout.sizes), strict=True):
        place, node = layer.packed, 0
        for vectors in layer.blocks:
            width = vectors * layout.lanes
            for row in range(layer.inputs + 1):
                for lane in range(width):
                    number = 0.0
                    if node + lane < layer.outputs:
                        number = W[node + lane, row - 1] if row else b[node + lane]
                    parameters[place + row * width + lane] = number
            place += (layer.inputs + 1) * width
            node += width
    return parameters
