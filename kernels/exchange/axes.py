"""Samples with more than one axis: which of them a chain of layers takes, and how.

A network takes samples (n,). What it is read from may flatten images first, or compute along one
of several axes; then it says so here, and what would mean something else in a network is refused.
"""

from __future__ import annotations

import math

from kernels.support.checks import Array

LAST, SAMPLES, ROWS, TWO = KINDS = ("last", "samples", "rows", "two")
"""How samples of more axes are taken: along the last axis, each flattened to its numbers, all
flattened to rows, or not at all."""


class Axes:
    """What the layers so far do to samples with more than one axis.

    Parameters
    ----------
    rank : how many axes the input of the whole has, with that of the samples; None if not known
    """

    def __init__(self, rank: int | None = None) -> None:
        self._rank = rank
        self._kind = LAST

    @property
    def kind(self) -> str:
        """One of `KINDS`."""
        return self._kind

    @property
    def is_plain(self) -> bool:
        """True if what comes here has two axes, or one."""
        return self._kind != LAST or self._rank == 2

    def flatten(self, kind: str, place: str, is_first: bool) -> None:
        """Take in that a layer flattens; raises ValueError if others computed on the axes."""
        if self._kind == LAST and is_first:
            self._kind = kind
        elif self.is_plain:  # it changes nothing
            self._kind = TWO if self._kind == LAST else self._kind
        else:
            raise ValueError(
                f"{place}: it flattens what layers before it computed along the last axis: "
                "flatten before the first layer"
            )

    def second(self, place: str) -> None:
        """Take in that a layer works on axis 1; raises ValueError if that is not the last one."""
        if self._kind != LAST:
            return
        if self._rank not in (None, 2):
            raise ValueError(
                f"{place}: it works on axis 1, which is not the last of {self._rank} axes: "
                "flatten before the first layer"
            )
        self._kind = TWO


def shaped(array: Array, kind: str, n: int) -> Array:
    """Samples of more than two axes as the layers of a kind take them, (..., n).

    Raises
    ------
    ValueError
        If they have another shape.
    """
    shape = array.shape
    if kind == TWO:
        raise ValueError(
            f"X must have shape (m, {n}): what was compiled computes along axis 1, got {shape}"
        )
    if kind == SAMPLES and math.prod(shape[1:]) == n:
        return array.reshape(len(array), n)
    if kind == ROWS and math.prod(shape) % n == 0:
        return array.reshape(-1, n)
    if kind == LAST and shape[-1] == n:
        return array
    expected = {SAMPLES: f"(m, ...) with {n} numbers a sample", LAST: f"(..., {n})"}
    raise ValueError(
        f"X must have shape {expected.get(kind, f'(...) of rows of {n} numbers')}, got {shape}"
    )
