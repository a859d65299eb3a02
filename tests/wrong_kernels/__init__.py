"""Kernels that are wrong on purpose, each in one way; the gate or the contract must catch it.

Each says in which operations the gate must catch it, on which networks its fault makes a
difference, and, where the gate is not who should, by which check of the contract.
"""

from __future__ import annotations

from tests.wrong_kernels import (
    data,
    interface,
    layers,
    memory,
    numbers,
    options,
    rows,
    state,
    trainings,
)
from tests.wrong_kernels.base import Wrong

__all__ = ["SPOIL_VECTORIZED", "WRONG", "Wrong"]

WRONG: list[type[Wrong]] = [
    kernel
    for module in (layers, rows, memory, numbers, data, state, trainings, interface, options)
    for kernel in vars(module).values()
    if isinstance(kernel, type)
    and issubclass(kernel, Wrong)
    and kernel.__module__ == module.__name__
]

SPOIL_VECTORIZED = """
import kernels.rungs.vectorized as rung
right = rung.Kernel.sample_forward
def wrong(self, parameters, x, out):
    right(self, parameters, x, out)
    out *= 1 + 1e-9
rung.Kernel.sample_forward = wrong
"""
"""For a process of its own: a rung of the ladder made wrong before anything is timed."""
