"""Logarithms of probabilities, from the output layer's z where the probabilities underflow."""

from __future__ import annotations

import numpy as np

from kernels.support.checks import Array


def logarithms(P: Array) -> Array:
    """Replace each number of P by its logarithm; return P."""
    return np.log(P, out=P)


def log_softmax(Z: Array) -> Array:
    """Replace each row of Z (m, s_L) by log h_i = z_i - max - log sum exp(z_k - max); return Z.

    The sum is 1 (the largest z) plus the rest, so log1p of the rest keeps the digits of an h
    near 1.
    """
    largest = Z.argmax(axis=1)[:, np.newaxis]
    Z -= np.take_along_axis(Z, largest, axis=1)
    others = np.exp(Z)
    np.put_along_axis(others, largest, 0, axis=1)
    Z -= np.log1p(others.sum(axis=1, keepdims=True))
    return Z


def log_sigmoid(Z: Array) -> Array:
    """Replace each z of Z by log h = -log(1 + exp(-z)); return Z."""
    np.negative(Z, out=Z)
    np.logaddexp(0, Z, out=Z)
    return np.negative(Z, out=Z)
