"""Networks that subtract a shift, samples around it, and tolerances of their results."""

from __future__ import annotations

from typing import Any

import numpy as np

from kernels import Network

NEAR_ONE, KELVIN, SECONDS = 1.0, 300.0, 1.7e9
CLOSE: dict[str, Any] = {
    "float64": {"rtol": 0, "atol": 1e-14},
    "float32": {"rtol": 0, "atol": 1e-6},
}


def shifted(
    sizes: tuple[int, ...], scale: float, activations: tuple[str, ...] | None = None
) -> Network:
    """A network for inputs around `scale`, in which nothing saturates."""
    shift = scale * (1 + np.random.default_rng(2).random(sizes[0]))
    return Network.centred(sizes, 1, activations, shift)


def samples(network: Network, m: int) -> tuple[Any, Any]:
    """Inputs (m, s_1), normally distributed around the shift, and targets (m, s_L)."""
    generator = np.random.default_rng(3)
    assert network.shift is not None
    X = generator.standard_normal((m, network.sizes[0])) + network.shift
    return X, generator.random((m, network.sizes[-1]))
