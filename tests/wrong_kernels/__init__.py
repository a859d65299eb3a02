"""Kernels with one deliberate fault each, which the gate or the contract must catch.

Each class names the operations in which the gate must catch it, the networks on which its fault has
an effect, or the check of the contract that must catch it instead.
"""

from __future__ import annotations

from tests.wrong_kernels import (
    batches,
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
    for module in (
        layers,
        rows,
        memory,
        numbers,
        data,
        state,
        trainings,
        batches,
        interface,
        options,
    )
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
"""Code that makes the rung `vectorized` wrong, for the start of a process."""
