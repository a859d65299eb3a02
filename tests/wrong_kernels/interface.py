"""Kernels that accept, refuse or report something else than the common interface says."""

from __future__ import annotations

import dataclasses
from typing import Any

import numpy as np

from kernels.network import Network
from kernels.results import Gradient
from kernels.support.checks import Array
from tests.wrong_kernels.base import Wrong


class WantsArrays(Wrong):
    faulty = ()
    check = "takes what converts"

    def forward(self, x: Any, out: Array | None = None) -> Array:
        if not isinstance(x, np.ndarray):
            raise TypeError("x must be an array")
        return super().forward(x, out)


class TakesComplexNumbers(Wrong):
    faulty = ()
    check = "refuses what does not"

    def forward(self, x: Any, out: Array | None = None) -> Array:
        return super().forward(np.real(x) if np.iscomplexobj(x) else x, out)


class ConvertsItsOut(Wrong):
    faulty = ()
    check = "out must be exact"

    def forward(self, x: Any, out: Any = None) -> Array:
        result = super().forward(x)
        if out is None:
            return result
        out[...] = result
        converted: Array = out
        return converted


class TakesAnyNumberOfThreads(Wrong):
    """Declares one thread and accepts more."""

    faulty = ()
    check = "says what it does not offer"
    max_threads = 1  # type: ignore[assignment]  # Batched has any number

    def __init__(self, network: Network, dtype: Any, threads: int, *args: Any) -> None:
        super().__init__(network, dtype, min(threads, 1), *args)


class LeavesTheCostOfOut(Wrong):
    faulty = ()
    check = "rewrites a gradient"

    def gradient(self, X: Any, Y: Any, out: Gradient | None = None) -> Gradient:
        cost = out.cost if out is not None else 0.0
        result = super().gradient(X, Y, out)
        if out is not None:
            object.__setattr__(out, "cost", cost)
        return result


class ReturnsAnotherGradientThanOut(Wrong):
    faulty = ()
    check = "rewrites a gradient"

    def gradient(self, X: Any, Y: Any, out: Gradient | None = None) -> Gradient:
        return dataclasses.replace(super().gradient(X, Y, out))


class AddsToTheGradientInOut(Wrong):
    faulty = ()
    check = "rewrites a gradient"

    def gradient(self, X: Any, Y: Any, out: Gradient | None = None) -> Gradient:
        before = 0.0 if out is None else out.theta.copy()
        result = super().gradient(X, Y, out)
        result.theta[:] += before
        return result


class KeepsOutForLaterGradients(Wrong):
    """Computes every gradient in the memory of the last `out`."""

    faulty = ()
    check = "rewrites a gradient"

    def build(self) -> None:
        super().build()
        self.kept: Gradient | None = None

    def gradient(self, X: Any, Y: Any, out: Gradient | None = None) -> Gradient:
        if out is not None:
            self.kept = out
        elif self.kept is not None:
            self.kept.theta[:] = super().gradient(X, Y).theta
        return super().gradient(X, Y, out)


class WritesToAnyGradient(Wrong):
    faulty = ()
    check = "refuses other gradients"

    def gradient(self, X: Any, Y: Any, out: Gradient | None = None) -> Gradient:
        result = super().gradient(X, Y)
        if not isinstance(out, Gradient):
            return super().gradient(X, Y, out)
        out.theta[:] = result.theta
        object.__setattr__(out, "cost", result.cost)
        return out


class OverlooksThatOutOverlaps(Wrong):
    faulty = ()
    check = "refuses other gradients"

    def gradient(self, X: Any, Y: Any, out: Gradient | None = None) -> Gradient:
        return super().gradient(np.array(X), np.array(Y), out)
