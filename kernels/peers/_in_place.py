"""Activations as NumPy computes them fastest, for `kernels.peers.numpy_expert`.

Constants are arrays: NumPy would convert a number in each call, which takes 0.4 µs.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from kernels.parts.activation import Activation
from kernels.support.checks import Array

Layers = tuple[tuple[Array, ...], tuple[Array, ...]]
"""W and b, or the derivatives by them."""
InPlace = Callable[[Array], object]
"""Replaces z (m, s) by f(z)."""
ToOut = Callable[[Array, Array], object]
"""Writes f(z) of z (s,) to another array, or to z itself; z may change."""
Through = Callable[[Array, Any, Array, Array], object]
"""`Activation.through_in_place`."""


def vector_function(f: Activation, width: int, dtype: np.dtype[Any]) -> ToOut:
    """The function for one sample; threads must not share it."""
    from scipy.special import expit

    zero = np.zeros((), dtype)
    fastest: dict[str, ToOut] = {
        "logistic": expit,
        "tanh": np.tanh,
        "relu": lambda z, out: np.maximum(z, zero, out=out),
        "identity": lambda z, out: None if out is z else np.copyto(out, z),
        "softmax": softmax_of_vector(width, dtype),
    }
    if f.name in fastest:
        return fastest[f.name]
    replace = matrix_function(f, width, dtype)

    def other(z: Array, out: Array) -> None:
        replace(z[np.newaxis])
        if out is not z:
            np.copyto(out, z)

    return other


def matrix_function(f: Activation, width: int, dtype: np.dtype[Any]) -> InPlace:
    """The function for a batch."""
    zero, rest = np.zeros((), dtype), negated_sigmoid(dtype)

    def sigmoid(z: Array) -> None:
        np.negative(z, z)
        rest(z)

    fastest: dict[str, InPlace] = {
        "logistic": sigmoid,
        "softmax": softmax_of_rows(width, dtype),
        "relu": lambda z: np.maximum(z, zero, out=z),
    }
    return fastest.get(f.name, f.in_place)


def negated_sigmoid(dtype: np.dtype[Any]) -> InPlace:
    """A function that replaces -z by the sigmoid of z."""
    one = np.ones((), dtype)

    def replace(z: Array) -> None:
        np.exp(z, z)
        np.add(z, one, z)
        np.reciprocal(z, z)

    return replace


def softmax_of_rows(width: int, dtype: np.dtype[Any]) -> InPlace:
    """Softmax for a batch; a product with ones adds up rows faster than a reduction."""
    ones = np.ones(width, dtype)

    def replace(z: Array) -> None:
        np.subtract(z, np.maximum.reduce(z, 1, keepdims=True), z)
        np.exp(z, z)
        np.divide(z, z.dot(ones)[:, np.newaxis], z)

    return replace


def softmax_of_vector(width: int, dtype: np.dtype[Any]) -> ToOut:
    """Softmax for one sample; threads must not share it."""
    top, total, ones = np.empty(1, dtype), np.empty((), dtype), np.ones(width, dtype)

    def write(z: Array, out: Array) -> None:
        np.subtract(z, np.maximum.reduce(z, out=top, keepdims=True), z)
        np.exp(z, z)
        np.divide(z, ones.dot(z, total), out)

    return write


def through_function(f: Activation, dtype: np.dtype[Any]) -> Through:
    """`Activation.through_in_place` without conversions."""
    one = np.ones((), dtype)

    def sigmoid(delta: Array, _z: Any, h: Array, work: Array) -> None:
        np.subtract(one, h, work)
        np.multiply(work, h, work)
        np.multiply(delta, work, delta)

    def tanh(delta: Array, _z: Any, h: Array, work: Array) -> None:
        for combine in (np.subtract, np.add):  # (1 - h) (1 + h)
            combine(one, h, work)
            np.multiply(delta, work, delta)

    def relu(delta: Array, _z: Any, h: Array, work: Array) -> None:
        np.sign(h, work)  # 0 or 1, as h is never negative
        np.multiply(delta, work, delta)

    fastest: dict[str, Through] = {"logistic": sigmoid, "tanh": tanh, "relu": relu}
    return fastest.get(f.name, f.through_in_place)
