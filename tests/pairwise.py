"""Few combinations in which every two values meet: instead of a grid of all combinations."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from itertools import combinations, product
from typing import Any


def pairs(combination: Iterable[Any]) -> set[Any]:
    """Every two values of a combination, each with the number of its axis."""
    return set(combinations(enumerate(combination), 2))


def pairwise(*axes: Sequence[Any]) -> list[tuple[Any, ...]]:
    """Combinations of one value an axis that hold every two values of two axes together.

    Greedily: the next combination is the first that brings the most new pairs.
    """
    grid = list(product(*axes))
    missing = set().union(*map(pairs, grid))
    chosen = []
    while missing:
        best = max(grid, key=lambda one: len(pairs(one) & missing))
        chosen.append(best)
        missing -= pairs(best)
    return chosen
