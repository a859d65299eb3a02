"""What the tests of conversions share: networks of every activation, and samples for them."""

from __future__ import annotations

import re
from typing import Any

import numpy as np

import kernels
from kernels.parts.architecture import HIDDEN, OUTPUT

SHIFT = (1e6, 0.0, -3.0, 273.15)
PAIRS = [(hidden, OUTPUT[i % len(OUTPUT)]) for i, hidden in enumerate(HIDDEN)]
PAIRS += [("relu", output) for output in OUTPUT if output not in {one for _, one in PAIRS}]
"""Every activation of a hidden layer, and every one of the output layer."""


def network(pair: tuple[str, str], shift: Any = None) -> kernels.Network:
    """A network with activations of a pair."""
    return kernels.Network.centred((4, 6, 3), 7, pair, shift)


def samples(shift: Any = None, count: int = 9) -> Any:
    """Samples for `network`, which a shift moves."""
    X = np.random.default_rng(3).normal(size=(count, 4))
    return X if shift is None else X + np.array(shift)


def outputs(what: kernels.Network, X: Any) -> Any:
    """What a network computes, in NumPy."""
    return kernels.plan(what, "batched").forward_batch(X)


def exactly(text: str) -> str:
    """A pattern for `pytest.raises` that is this text."""
    return re.escape(text)
