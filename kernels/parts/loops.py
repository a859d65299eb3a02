"""Activations and losses of one sample as loops over nodes, run by Python or compiled by Numba.

These loops turn functions of one number into functions of vectors. Activations over all nodes have
loops of their own (`kernels.parts.activations.softmax`).
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any


def filling(value: Callable[[Any], Any]) -> Callable[[Any, Any], None]:
    """A function that writes h = f(z), node by node."""

    def fill(z: Any, h: Any) -> None:
        for i in range(z.size):
            h[i] = value(z[i])

    return fill


def carrying(slope: Callable[[Any, Any], Any]) -> Callable[[Any, Any, Any], None]:
    """A function that multiplies delta by f'(z), node by node."""

    def carry(delta: Any, z: Any, h: Any) -> None:
        for i in range(z.size):
            delta[i] *= slope(z[i], h[i])

    return carry


def summing(share: Callable[[Any, Any, Any], Any]) -> Callable[[Any, Any, Any], Any]:
    """A function that adds up the nodes' shares of a loss."""

    def add(z: Any, h: Any, y: Any) -> Any:
        total = 0.0
        for i in range(z.size):
            total += share(z[i], h[i], y[i])
        return total

    return add


def differ(delta: Any, h: Any, y: Any) -> None:
    """Write delta = h - y."""
    for i in range(h.size):
        delta[i] = h[i] - y[i]


def leave(z: Any) -> None:
    """Leave z unchanged: a loss reads z itself where each output depends on its own z alone."""
