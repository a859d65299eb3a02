"""The results of a plan's `gradient` and `train`."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

import numpy as np

from kernels.network import Network, parameter_count, views
from kernels.support import checks
from kernels.support.checks import Array


@dataclass(frozen=True, slots=True)
class Gradient:
    """The gradient of the cost J over m samples.

    Attributes
    ----------
    cost : float, J = 1/m sum of the samples' loss, which is 1/2 ||y - h||^2 or the log-loss
    theta : array (n,) in the plan's dtype, dJ/dtheta, laid out as `Network.theta`
    sizes : nodes per layer
    W, b : tuples of views into `theta`, dJ/dW[l] and dJ/db[l]
    """

    cost: float
    theta: Array
    sizes: tuple[int, ...]

    @property
    def W(self) -> tuple[Array, ...]:  # noqa: N802  # the article's letter
        """dJ/dW[l], shape (s_{l+1}, s_l)."""
        return views(self.theta, self.sizes)[0]

    @property
    def b(self) -> tuple[Array, ...]:
        """dJ/db[l], shape (s_{l+1},)."""
        return views(self.theta, self.sizes)[1]


def rewritten(
    out: Any, dtype: np.dtype[Any], sizes: tuple[int, ...], sources: Iterable[Array]
) -> Array:
    """Return theta of the Gradient that is to take a new one over `sources`, after checking it.

    Raises
    ------
    TypeError, ValueError
        If it is none of a network of these sizes and this dtype, or shares memory with a source.
    """
    if not isinstance(out, Gradient):
        raise TypeError(f"out must be a Gradient, got {type(out).__name__}")
    # one that was made by hand may have anything in its fields, or nothing
    found: Any = getattr(out, "sizes", None)
    theta: Array | None = getattr(out, "theta", None)
    if not isinstance(found, (tuple, list)) or tuple(found) != sizes:
        raise ValueError(f"out must be of a network of sizes {sizes}, got {found}")
    if theta is None:
        raise TypeError("the theta of out must be a NumPy array, got None")
    for source in sources:
        checks.output(theta, dtype, (parameter_count(sizes),), source, "the theta of out")
    return theta


@dataclass(frozen=True, slots=True)
class Training:
    """The result of a training.

    Attributes
    ----------
    network : Network with the parameters after the last iteration
    cost : float64 array (iterations,), J before each step; where a pass has several steps, its mean
        over all samples, each before the step of its batch
    error : float64 array (iterations,), the mean of ||y - h||, likewise
        We take it for the "average cost" that the article plots (§5.4).
    """

    network: Network
    cost: Array
    error: Array
