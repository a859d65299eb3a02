"""Checks of what says how a pass over the data is made: batch sizes, orders, weights of samples."""

from __future__ import annotations

import itertools
import warnings
from collections.abc import Iterator
from typing import Any

import numpy as np

from kernels.support import callers, checks
from kernels.support.checks import Array

DRAWN = 1 << 15
"""Numbers of orders that are drawn in one call, roughly."""
CLIPPED = "Got `batch_size` less than 1 or larger than sample size. It is going to be clipped"


def of_batches(batch_size: Any, m: int) -> int:
    """The samples of a batch."""
    if batch_size is None:
        return m
    size = checks.integer(batch_size, "batch_size", minimum=1)
    if size > m:
        warnings.warn(CLIPPED, UserWarning, stacklevel=callers.stack_level())
    return min(size, m)


def orders(shuffle: Any, passes: int, m: int) -> Iterator[Array | None]:
    """The order of m samples in each pass; `Plan.train` says what `shuffle` may be."""
    if shuffle is None:
        return itertools.repeat(None)
    if isinstance(shuffle, np.random.RandomState):
        return by_scikit_learn(shuffle, m)
    if isinstance(shuffle, np.random.Generator):
        return random_orders(shuffle, m)
    if isinstance(shuffle, bool | str) or np.ndim(shuffle) == 0:
        kinds = "shuffle, a seed, Generator, RandomState or array of orders,"
        seed = checks.integer(shuffle, kinds, minimum=0)
        return seeded_orders(np.random.default_rng(seed), passes, m)
    given = np.asarray(shuffle)
    if given.shape != (passes, m):
        raise ValueError(f"shuffle must have shape ({passes}, {m}), got {given.shape}")
    return iter([in_order(order, m, "shuffle") for order in given])


def random_orders(generator: np.random.Generator, m: int) -> Iterator[Array]:
    """Permutations."""
    while True:
        yield generator.permutation(m)


def seeded_orders(generator: np.random.Generator, passes: int, m: int) -> Iterator[Array]:
    """The permutations of `random_orders`, many of them drawn in one call."""
    several = max(1, DRAWN // m)
    for start in range(0, passes, several):
        count = min(several, passes - start)
        yield from generator.permuted(np.tile(np.arange(m), (count, 1)), axis=1)


def by_scikit_learn(state: np.random.RandomState, m: int) -> Iterator[Array]:
    """The orders of scikit-learn's MLPs: each permutes the one before (`sklearn.utils.shuffle`)."""
    order = np.arange(m)
    while True:
        places = np.arange(m)
        state.shuffle(places)
        order = order[places]
        yield order


def in_order(order: Any, m: int, name: str = "order") -> Array:
    """An order of m samples as int64."""
    found = np.asarray(order)
    if found.dtype.kind not in "iu":
        raise TypeError(f"{name} must hold integers, got dtype {found.dtype}")
    if found.shape != (m,):
        raise ValueError(f"{name} must have shape ({m},), got {found.shape}")
    if found.min() < 0 or found.max() >= m:
        wrong = found[(found < 0) | (found >= m)][0]
        raise ValueError(f"{name} must hold indices from 0 to {m - 1}, got {wrong}")
    return np.ascontiguousarray(found, np.int64)


def of_samples(weights: Any, m: int, dtype: np.dtype[Any]) -> Array:
    """Weights of m samples."""
    found = checks.array(weights, dtype, (m,), "sample_weight")
    wrong = np.flatnonzero(~(found >= 0) | np.isinf(found))
    if wrong.size:
        k = int(wrong[0])
        raise ValueError(f"sample_weight must be finite and at least 0, got {found[k]} at {k}")
    return found
