"""Plans for networks that estimators train, by what their code depends on."""

from __future__ import annotations

import functools
import math
from collections.abc import Sequence
from itertools import pairwise
from typing import Any, NamedTuple

import numpy as np

import kernels
from kernels.interface import Plan
from kernels.network import Network, parameter_count, views
from kernels.parts.losses import LOSSES
from kernels.sklearn.models import OURS
from kernels.support import aligned
from kernels.support.checks import Array

THEIR_LOSSES = {loss.libraries["scikit-learn"]: name for name, loss in LOSSES.items()}
"""Our names of the losses of scikit-learn's MLPs."""
WORTH_THREADS = 1 << 16
"""Weights of a network from which on threads share its batches."""
MOST_PLANS = 64
"""Plans that are kept for further estimators: the last ones used."""


class Shape(NamedTuple):
    """What a network's code depends on."""

    sizes: tuple[int, ...]
    activations: tuple[str, ...]
    loss: str
    dtype: str

    @classmethod
    def of(cls, mlp: Any) -> Shape:
        """Of an MLP with `coefs_`, fitted or about to be; its activation is one of `OURS`."""
        coefs = mlp.coefs_
        sizes = coefs[0].shape[0], *(W.shape[1] for W in coefs)
        hidden = (OURS[mlp.activation],) * (len(coefs) - 1)
        activations = *hidden, OURS[mlp.out_activation_]
        return cls(sizes, activations, THEIR_LOSSES[mlp.loss], coefs[0].dtype.name)


@functools.lru_cache(MOST_PLANS)
def fitting(shape: Shape, threads: int) -> Plan:
    """A plan for training networks of this shape, whose own parameters are 0."""
    from kernels.sklearn.training.fit_kernel import FitKernel  # needs llvmlite

    return kernels.plan(nothing(shape), FitKernel, shape.dtype, threads, ("train",), shape.loss)


@functools.lru_cache(MOST_PLANS)
def predicting(shape: Shape, threads: int) -> Plan:
    """A plan for predictions of networks of this shape, whose own parameters are 0."""
    return kernels.plan(nothing(shape), "specialized", shape.dtype, threads, ("forward_batch",))


def nothing(shape: Shape) -> Network:
    """A network whose parameters are 0."""
    theta = np.zeros(parameter_count(shape.sizes))
    return Network.from_theta(shape.sizes, theta, shape.activations)


class Packed:
    """Parameters, or what an optimizer keeps of them: one vector, and scikit-learn's view of it.

    Parameters
    ----------
    vector : (n,), laid out as `Network.theta`
    """

    def __init__(self, vector: Array, sizes: Sequence[int]) -> None:
        self.vector = vector
        weights, biases = views(vector, sizes)
        self.arrays = [*(W.T for W in weights), *biases]
        """Views: `coefs_`, (s_l, s_{l+1}) each, then `intercepts_`."""

    def is_finite(self) -> bool:
        """True if all numbers are."""
        return is_finite(self.vector)

    def hold(self, given: list[Array]) -> list[Array]:
        """Take the values of arrays, unless they are the views; return the views."""
        for view, array in zip(self.arrays, given, strict=True):
            if view is array:
                continue
            if np.shape(array) != view.shape:
                raise ValueError(f"expected an array of shape {view.shape}, got {np.shape(array)}")
            view[...] = array
        return list(self.arrays)


def packed(coefs: list[Array], intercepts: list[Array], dtype: Any) -> Array:
    """A vector laid out as `Network.theta`, (n,), of `coefs_` and `intercepts_`."""
    sizes = coefs[0].shape[0], *(len(b) for b in intercepts)
    found = aligned.empty((parameter_count(sizes),), dtype)
    Packed(found, sizes).hold([*coefs, *intercepts])
    return found


def usual_threads(sizes: Sequence[int]) -> int:
    """How many threads may share a batch of a network.

    As many as scikit-learn's own compiled code would use, which is 1 in joblib's workers and where
    scikit-learn does not tell; 1 for small networks, whose threads would wait for each other more
    than they compute as soon as a core is busy otherwise.
    """
    if weight_count(sizes) < WORTH_THREADS:
        return 1
    try:
        from sklearn.utils._openmp_helpers import _openmp_effective_n_threads
    except ImportError:
        return 1
    return int(_openmp_effective_n_threads())


def is_finite(numbers: Array) -> bool:
    """True if all of these numbers (n,) are."""
    # squares have a finite sum unless they are huge, and are summed in a third of the time
    if numbers.dtype == np.float64 and math.isfinite(numbers.dot(numbers)):
        return True
    return bool(np.isfinite(numbers).all())


def weight_count(sizes: Sequence[int]) -> int:
    """How many weights a network has: multiply-adds for one sample."""
    return sum(n * m for n, m in pairwise(sizes))
