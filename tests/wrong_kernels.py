"""Kernels that are wrong on purpose, each in one way; the gate must catch every one.

Each says to which operations its fault applies, and to which networks.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from itertools import pairwise
from typing import Any, ClassVar

import numpy as np

from kernels.batched import Kernel as Batched
from kernels.checks import Array
from kernels.interface import OPERATIONS, Plan
from kernels.network import Network
from kernels.results import Gradient, Training

FORWARD = ("forward", "forward_batch")
BACKWARD = ("gradient", "train")
WRONG: list[type[Wrong]] = []

SPOIL_VECTORIZED = """
import kernels.vectorized as rung
right = rung.Kernel.sample_forward
def wrong(self, parameters, x, out):
    right(self, parameters, x, out)
    out *= 1 + 1e-9
rung.Kernel.sample_forward = wrong
"""
"""For a process of its own: a rung of the ladder made wrong before anything is timed."""


class Wrong(Batched):
    """A correct kernel, to be spoiled."""

    faulty: ClassVar[tuple[str, ...]] = OPERATIONS

    def __init_subclass__(cls) -> None:
        cls.name = cls.__name__
        WRONG.append(cls)

    @staticmethod
    def applies(sizes: tuple[int, ...], operation: str) -> bool:
        """Whether the fault makes a difference there at all."""
        return True


def square(sizes: tuple[int, ...]) -> int | None:
    """The first layer of weights with as many inputs as outputs."""
    return next((layer for layer, (n, rows) in enumerate(pairwise(sizes)) if n == rows), None)


class DropsFirstBias(Wrong):
    def pack(self, theta: Array) -> Any:
        W, b = super().pack(theta)
        b[0][:] = 0
        return W, b


class DropsLastBias(Wrong):
    def pack(self, theta: Array) -> Any:
        W, b = super().pack(theta)
        b[-1][:] = 0
        return W, b


class TransposesASquareWeight(Wrong):
    @staticmethod
    def applies(sizes: tuple[int, ...], operation: str) -> bool:
        return square(sizes) is not None

    def pack(self, theta: Array) -> Any:
        W, b = super().pack(theta)
        layer = square(self.sizes)
        assert layer is not None
        return (*W[:layer], W[layer].T.copy(), *W[layer + 1 :]), b


class IgnoresItsInput(Wrong):
    def batch_forward(self, parameters: Any, X: Array, out: Array) -> None:
        super().batch_forward(parameters, np.full_like(X, 0.5), out)

    def batch_gradient(
        self, parameters: Any, X: Array, Y: Array, out: Array
    ) -> tuple[float, float]:
        return super().batch_gradient(parameters, np.full_like(X, 0.5), Y, out)


class SkipsALayer(Wrong):
    """Hands the inputs of a square layer on as its outputs, or leaves its gradient out."""

    @staticmethod
    def applies(sizes: tuple[int, ...], operation: str) -> bool:
        return square(sizes) is not None

    def batch_forward(self, parameters: Any, X: Array, out: Array) -> None:
        skipped = square(self.sizes)
        h = X
        for layer, (W, b) in enumerate(zip(*parameters, strict=True)):
            if layer != skipped:
                h = 1 / (1 + np.exp(-(h @ W.T + b)))
        out[:] = h

    def batch_gradient(
        self, parameters: Any, X: Array, Y: Array, out: Array
    ) -> tuple[float, float]:
        result = super().batch_gradient(parameters, X, Y, out)
        layer = square(self.sizes)
        assert layer is not None
        Plan.pack(self, out)[0][layer][:] = 0
        return result


class LeavesTheLastElementUnwritten(Wrong):
    def batch_forward(self, parameters: Any, X: Array, out: Array) -> None:
        whole = np.empty_like(out)
        super().batch_forward(parameters, X, whole)
        out.flat[:-1] = whole.flat[:-1]

    def batch_gradient(
        self, parameters: Any, X: Array, Y: Array, out: Array
    ) -> tuple[float, float]:
        whole = np.empty_like(out)
        result = super().batch_gradient(parameters, X, Y, whole)
        out[:-1] = whole[:-1]
        return result


class LeavesTheRemainderUnwritten(Wrong):
    """Handles whole groups of eight: outputs of a sample, samples of a batch or a sum."""

    @staticmethod
    def applies(sizes: tuple[int, ...], operation: str) -> bool:
        return operation != "forward" or sizes[-1] % 8 != 0

    def sample_forward(self, parameters: Any, x: Array, out: Array) -> None:
        whole = np.empty_like(out)
        super().batch_forward(parameters, x[None], whole[None])
        lanes = out.size // 8 * 8
        out[:lanes] = whole[:lanes]

    def batch_forward(self, parameters: Any, X: Array, out: Array) -> None:
        rows = len(X) // 8 * 8
        super().batch_forward(parameters, X[:rows], out[:rows])

    def batch_gradient(
        self, parameters: Any, X: Array, Y: Array, out: Array
    ) -> tuple[float, float]:
        rows = max(1, len(X) // 8 * 8)
        return super().batch_gradient(parameters, X[:rows], Y[:rows], out)


class UsesAStaleWorkspace(Wrong):
    """Computes with the samples of the first call that had as many."""

    def build(self) -> None:
        super().build()
        self.kept: dict[Any, Array] = {}

    def batch_forward(self, parameters: Any, X: Array, out: Array) -> None:
        super().batch_forward(parameters, self.kept.setdefault(X.shape, X.copy()), out)

    def batch_gradient(
        self, parameters: Any, X: Array, Y: Array, out: Array
    ) -> tuple[float, float]:
        kept = self.kept.setdefault(X.shape, X.copy())
        return super().batch_gradient(parameters, kept, Y, out)


class AddsToTheLastGradient(Wrong):
    faulty = BACKWARD

    def build(self) -> None:
        super().build()
        self.total = np.zeros(self.network.theta.size, self.dtype)

    def batch_gradient(
        self, parameters: Any, X: Array, Y: Array, out: Array
    ) -> tuple[float, float]:
        result = super().batch_gradient(parameters, X, Y, out)
        self.total += out
        out[:] = self.total
        return result


class SharesAWorkspaceBetweenThreads(Wrong):
    def build(self) -> None:
        super().build()
        self.shared: Array | None = None

    def batch_forward(self, parameters: Any, X: Array, out: Array) -> None:
        self.shared = X.copy()
        time.sleep(0.002)
        if len(self.shared) == len(X):
            super().batch_forward(parameters, self.shared, out)

    def batch_gradient(
        self, parameters: Any, X: Array, Y: Array, out: Array
    ) -> tuple[float, float]:
        self.shared = X.copy()
        time.sleep(0.002)
        kept = self.shared if len(self.shared) == len(X) else np.zeros_like(X)
        return super().batch_gradient(parameters, kept, Y, out)


class RacesForItsSum(Wrong):
    """Two threads add their half of the samples to one sum: read, be interrupted, write."""

    faulty = BACKWARD

    @staticmethod
    def applies(sizes: tuple[int, ...], operation: str) -> bool:
        return True

    def batch_gradient(
        self, parameters: Any, X: Array, Y: Array, out: Array
    ) -> tuple[float, float]:
        out.fill(0)
        results: list[tuple[float, float]] = []
        both_have_read = threading.Barrier(2)

        def work(rows: slice) -> None:
            part = np.empty_like(out)
            share = len(X[rows]) / len(X)
            cost, error = Batched.batch_gradient(self, parameters, X[rows], Y[rows], part)
            read = out.copy()
            both_have_read.wait()
            out[:] = read + part * share
            results.append((cost * share, error * share))

        if len(X) < 2:
            return super().batch_gradient(parameters, X, Y, out)
        middle = len(X) // 2
        halves = [slice(0, middle), slice(middle, None)]
        threads = [threading.Thread(target=work, args=(half,)) for half in halves]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        return sum(cost for cost, _ in results), sum(error for _, error in results)


class OverwritesItsInput(Wrong):
    def sample_forward(self, parameters: Any, x: Array, out: Array) -> None:
        super().sample_forward(parameters, x, out)
        x[-1] = 0.125

    def batch_forward(self, parameters: Any, X: Array, out: Array) -> None:
        super().batch_forward(parameters, X, out)
        X[-1] = 0.125

    def batch_gradient(
        self, parameters: Any, X: Array, Y: Array, out: Array
    ) -> tuple[float, float]:
        result = super().batch_gradient(parameters, X, Y, out)
        X[-1] = 0.125
        return result


class GivesTheSameArrayAgain(Wrong):
    """A result that the next call overwrites."""

    def build(self) -> None:
        super().build()
        self.results: dict[Any, Array] = {}

    def kept(self, key: Any, value: Array) -> Array:
        array = self.results.setdefault((key, value.shape), value)
        array[:] = value
        return array

    def forward(self, x: Any, out: Array | None = None) -> Array:
        return super().forward(x, out) if out is not None else self.kept("x", super().forward(x))

    def forward_batch(self, X: Any, out: Array | None = None) -> Array:
        if out is not None:
            return super().forward_batch(X, out)
        return self.kept("X", super().forward_batch(X))

    def gradient(self, X: Any, Y: Any) -> Gradient:
        result = super().gradient(X, Y)
        return Gradient(result.cost, self.kept("g", result.theta), result.sizes)

    def train(
        self,
        X: Any,
        Y: Any,
        iterations: int = 3000,
        alpha: float = 0.25,
        progress: Callable[[int, float, float], object] | None = None,
    ) -> Training:
        result = super().train(X, Y, iterations, alpha, progress)
        theta = self.kept("t", result.network.theta)
        return Training(
            Network._unchecked(self.sizes, theta, self.network.activations),
            result.cost,
            result.error,
        )


class IsOffByOneInABillion(Wrong):
    def batch_forward(self, parameters: Any, X: Array, out: Array) -> None:
        super().batch_forward(parameters, X, out)
        out *= 1 + 1e-9

    def batch_gradient(
        self, parameters: Any, X: Array, Y: Array, out: Array
    ) -> tuple[float, float]:
        result = super().batch_gradient(parameters, X, Y, out)
        out *= 1 + 1e-9
        return result


class SumsInsteadOfAveraging(Wrong):
    """A gradient without the 1/m."""

    faulty = BACKWARD

    def batch_gradient(
        self, parameters: Any, X: Array, Y: Array, out: Array
    ) -> tuple[float, float]:
        result = super().batch_gradient(parameters, X, Y, out)
        out *= len(X)
        return result


class SwapsCostAndError(Wrong):
    faulty = BACKWARD

    def batch_gradient(
        self, parameters: Any, X: Array, Y: Array, out: Array
    ) -> tuple[float, float]:
        cost, error = super().batch_gradient(parameters, X, Y, out)
        return error, cost


class TrainsItsOwnParameters(Wrong):
    """Leaves the plan with the trained parameters."""

    faulty = ("train",)

    def descend(
        self, theta: Array, X: Array, Y: Array, alpha: float, cost: Array, error: Array
    ) -> None:
        super().descend(theta, X, Y, alpha, cost, error)
        self._parameters = self.pack(theta.copy())


class IgnoresUpdates(Wrong):
    def pack(self, theta: Array) -> Any:
        self.first = getattr(self, "first", None) or super().pack(theta)
        return self.first
