"""Checks of what says how a pass over the data is made: batch sizes, orders, weights of samples."""

from __future__ import annotations

import itertools
import warnings
from collections.abc import Callable, Iterator
from functools import partial
from typing import Any

import numpy as np

from kernels.support import callers, checks
from kernels.support.checks import Array

Take = Callable[[int], Array | None]
"""A function that returns the orders (count, m) of the next passes, int64; None: 0, 1, 2 ..."""
Permuted = Callable[[Any, int, int], Array]
"""A function like `permutations`; the name of NumPy's class would load `numpy.random`."""
CLIPPED = "Got `batch_size` less than 1 or larger than sample size. It is going to be clipped"


def of_batches(batch_size: Any, m: int) -> int:
    """The samples of a batch."""
    if batch_size is None:
        return m
    size = checks.integer(batch_size, "batch_size", minimum=1)
    if size > m:
        warnings.warn(CLIPPED, UserWarning, stacklevel=callers.stack_level())
    return min(size, m)


def orders(shuffle: Any, passes: int, m: int, permuted: Permuted) -> Take:
    """The orders of m samples in the passes of a training.

    `Plan.train` says what `shuffle` may be. `permuted` draws random ones.
    """
    if shuffle is None:
        return lambda _: None
    if isinstance(shuffle, np.random.RandomState):
        return partial(stacked, by_scikit_learn(shuffle, m))
    if isinstance(shuffle, np.random.Generator):
        return lambda count: permuted(shuffle, count, m)
    if isinstance(shuffle, bool | str) or np.ndim(shuffle) == 0:
        kinds = "shuffle, a seed, Generator, RandomState or array of orders,"
        seed = checks.integer(shuffle, kinds, minimum=0)
        generator = np.random.default_rng(seed)
        return lambda count: permuted(generator, count, m)
    given = np.asarray(shuffle)
    if given.shape != (passes, m):
        raise ValueError(f"shuffle must have shape ({passes}, {m}), got {given.shape}")
    return partial(stacked, iter([in_order(order, m, "shuffle") for order in given]))


def stacked(orders: Iterator[Array], count: int) -> Array:
    """The next orders: (count, m)."""
    return np.array(list(itertools.islice(orders, count)), np.int64)


def permutations(generator: np.random.Generator, count: int, m: int) -> Array:
    """Random orders (count, m), the same as so many calls of `generator.permutation(m)`."""
    return generator.permuted(np.tile(np.arange(m, dtype=np.int64), (count, 1)), axis=1)


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
