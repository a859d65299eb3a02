"""Random orders by compiled code: the same as NumPy's, in one call without Python's lock."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from kernels.codegen.python import objects
from kernels.support import batches
from kernels.support.checks import Array

Permute = Callable[..., Any]
"""The compiled function of `emit.permuting`."""
SEEDS, COUNT, M = 4, 3, 50
"""What is drawn to compare compiled code with NumPy: orders from so many seeds."""
KNOWN: dict[str, bool] = {}
"""Whether they agree, once that is known."""


def permutations(permute: Permute, generator: np.random.Generator, count: int, m: int) -> Array:
    """Orders (count, m) of m samples, the same as `batches.permutations`.

    NumPy makes them itself if it makes others than compiled code does.
    """
    if not agrees(permute):
        return batches.permutations(generator, count, m)
    return made(permute, generator, count, m)


def made(permute: Permute, generator: np.random.Generator, count: int, m: int) -> Array:
    """The orders that compiled code makes."""
    orders = np.empty((count, m), np.int64)
    bits = generator.bit_generator
    with bits.lock:
        start = objects.pointer_in(bits.capsule, b"BitGenerator")
        permute(start, objects.address(orders), count, m)
    return orders


def agrees(permute: Permute) -> bool:
    """True if compiled code makes the orders of this NumPy; found out at the first call."""
    if np.__version__ not in KNOWN:
        KNOWN[np.__version__] = all(is_same(permute, seed) for seed in range(SEEDS))
    return KNOWN[np.__version__]


def is_same(permute: Permute, seed: int) -> bool:
    """True if orders from a seed are equal, and the generators at the same point afterwards."""
    one, other = np.random.default_rng(seed), np.random.default_rng(seed)
    found = made(permute, one, COUNT, M)
    expected = batches.permutations(other, COUNT, M)
    return bool(np.array_equal(found, expected)) and one.random() == other.random()
