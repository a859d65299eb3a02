"""Architectures with every activation and loss, and networks and samples for them."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from kernels import Network
from kernels.parts.architecture import HIDDEN, Architecture
from kernels.proof import results
from kernels.support.checks import DTYPES

ENDS = results.ends()
STEP = next(step for step in range(3, 9) if math.gcd(step, len(ENDS)) == 1)


def shape(hidden: int, turn: int) -> Architecture:
    """With each turn, every hidden activation goes with another end."""
    output, loss = ENDS[(STEP * hidden + turn) % len(ENDS)]
    return Architecture((5, 9, 4), (HIDDEN[hidden % len(HIDDEN)], output), loss)


COUNT = max(len(HIDDEN), len(ENDS))
SHAPES = [shape(k, turn) for turn in range(3) for k in range(COUNT)]
WITH_DTYPES = [(what, dtype) for what in results.others() for dtype in DTYPES]
"""Each activation and loss in both dtypes, in the contract's networks, whose code is shared."""
DEEP = Architecture(
    (3, 17, 1, 40, 9, 33), ("relu", "tanh", "identity", "logistic", "softmax"), "log"
)


def network(what: Architecture, seed: int = 3) -> Network:
    return Network.centred(what.sizes, seed, what.activations)


def data(what: Architecture, m: int = 7) -> tuple[Any, Any]:
    generator = np.random.default_rng(7)
    return generator.standard_normal((m, what.sizes[0])), generator.random((m, what.sizes[-1]))
