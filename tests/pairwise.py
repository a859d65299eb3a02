"""Pairwise test design: few combinations that contain every pair of values of two axes."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from itertools import combinations, product
from typing import Any


def pairs(combination: Iterable[Any]) -> set[Any]:
    """Return all pairs of values in a combination, each value with the number of its axis."""
    return set(combinations(enumerate(combination), 2))


def pairwise(*axes: Sequence[Any]) -> list[tuple[Any, ...]]:
    """Return combinations of one value per axis that contain every pair of values of two axes.

    Greedy: each step takes the first combination that contains the most missing pairs.
    """
    grid = list(product(*axes))
    missing = set().union(*map(pairs, grid))
    chosen = []
    while missing:
        best = max(grid, key=lambda one: len(pairs(one) & missing))
        chosen.append(best)
        missing -= pairs(best)
    return chosen
