"""Architectures with every activation and loss, and networks and samples for them."""

from __future__ import annotations

import itertools
from typing import Any

import numpy as np

from kernels import Network
from kernels.parts.architecture import HIDDEN, OUTPUT, Architecture
from tests.pairwise import pairwise

SHAPES = [
    Architecture((5, 9, 4), (hidden, output), loss)
    for hidden, output, loss in itertools.product(HIDDEN, OUTPUT, ("squared", "log"))
    if loss == "squared" or output != "identity"
]
WITH_DTYPES = [
    (Architecture((5, 9, 4), (hidden, output), loss), dtype)
    for hidden, (output, loss), dtype in pairwise(
        HIDDEN,
        sorted({(what.activations[-1], what.loss) for what in SHAPES}),
        ("float64", "float32"),
    )
]
"""Pairs of architecture and dtype: each activation occurs in both dtypes."""
DEEP = Architecture(
    (3, 17, 1, 40, 9, 33), ("relu", "tanh", "identity", "logistic", "softmax"), "log"
)


def network(what: Architecture, seed: int = 3) -> Network:
    return Network.centred(what.sizes, seed, what.activations)


def data(what: Architecture, m: int = 7) -> tuple[Any, Any]:
    generator = np.random.default_rng(7)
    return generator.standard_normal((m, what.sizes[0])), generator.random((m, what.sizes[-1]))
