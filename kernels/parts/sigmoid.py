"""The sigmoid f(z) = 1 / (1 + exp(-z)) in NumPy, for rungs 1 to 3.

exp(-z) overflows to infinity below z = -709 (float32: -88). The result 1 / (1 + inf) = 0 is still
right to within the smallest normal number, so the formula needs no other branch; only NumPy's
overflow warning is unwanted, and callers compute inside `without_warnings()`. NaN and infinity in
the data propagate as IEEE 754 says, without a warning either.
"""

from __future__ import annotations

import numpy as np

from kernels.support.checks import Array


def without_warnings() -> np.errstate:
    """Return a context manager and decorator that silences overflow and NaN warnings."""
    return np.errstate(over="ignore", invalid="ignore")


def sigmoid(z: Array) -> Array:
    """Return f(z), element by element, as a new array; z may be a scalar."""
    result: Array = 1 / (1 + np.exp(-z))
    return result


def sigmoid_in_place(z: Array) -> None:
    """Replace z by f(z), element by element: four passes over the array, no allocation."""
    np.negative(z, out=z)
    np.exp(z, out=z)
    z += 1
    np.reciprocal(z, out=z)
