"""The NumPy sigmoid f(z) = 1 / (1 + exp(-z)) that is right for every input (rungs 2 and 3), and
softmax.

exp(-z) overflows to infinity below z = -709 (float32: -88), and 1 / (1 + inf) = 0 is then the
right answer to within the smallest normal number: what is wrong with the textbook formula is not
its value but the warning, so callers compute inside `quiet()`. A NaN or an infinity in the data
is passed on as IEEE 754 says, silently too.
"""

from __future__ import annotations

import numpy as np

from kernels.support.checks import Array


def quiet() -> np.errstate:
    """The context (or decorator) in which overflow and NaN pass without a warning."""
    return np.errstate(over="ignore", invalid="ignore")


def sigmoid(z: Array) -> Array:
    """f(z), elementwise, as a fresh array; scalars are taken too."""
    result: Array = 1 / (1 + np.exp(-z))
    return result


def sigmoid_in_place(z: Array) -> None:
    """z becomes f(z): four passes over the array and no allocation."""
    np.negative(z, out=z)
    np.exp(z, out=z)
    z += 1
    np.reciprocal(z, out=z)


def softmax_in_place(z: Array) -> None:
    """Each row becomes exp(z_i) / sum exp(z_k), none of which overflows."""
    z -= z.max(axis=1, keepdims=True)
    np.exp(z, out=z)
    z /= z.sum(axis=1, keepdims=True)
