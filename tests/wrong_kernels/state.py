"""Kernels that keep, share or lose state."""

from __future__ import annotations

import sys
import threading
import time
from collections.abc import Callable
from typing import Any, ClassVar

import numpy as np

from kernels.network import Network
from kernels.results import Gradient, Training
from kernels.rungs.batched import Kernel as Batched
from kernels.support.checks import Array
from tests.wrong_kernels.base import BACKWARD, Wrong


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
    check = "eight threads share a plan"

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
    """Lets two threads add to one sum without a lock: read, be interrupted, write."""

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


class IgnoresUpdates(Wrong):
    def pack(self, theta: Array) -> Any:
        self.first = getattr(self, "first", None) or super().pack(theta)
        return self.first


class GivesTheSameArrayAgain(Wrong):
    """Returns an array that the next call overwrites."""

    check = "results are fresh"

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

    def gradient(self, X: Any, Y: Any, out: Gradient | None = None) -> Gradient:
        result = super().gradient(X, Y, out)
        return Gradient(result.cost, self.kept("g", result.theta), result.sizes)

    def train(
        self,
        X: Any,
        Y: Any,
        iterations: int = 3000,
        alpha: float = 0.25,
        progress: Callable[[int, float, float], object] | None = None,
        **options: Any,
    ) -> Training:
        result = super().train(X, Y, iterations, alpha, progress, **options)
        theta = self.kept("t", result.network.theta)
        return Training(
            Network._unchecked(self.sizes, theta, self.network.activations),
            result.cost,
            result.error,
        )


class IgnoresTheSecondUpdate(Wrong):
    def build(self) -> None:
        super().build()
        self.times = 0

    def pack(self, theta: Array) -> Any:
        self.times = getattr(self, "times", 0) + 1
        if self.times < 2:
            self.kept = super().pack(theta)
        return self.kept


class UpdatesForwardOnly(Wrong):
    faulty = BACKWARD
    check = "updates reach every operation"

    def build(self) -> None:
        super().build()
        self.first = self._parameters

    def batch_gradient(
        self, parameters: Any, X: Array, Y: Array, out: Array
    ) -> tuple[float, float]:
        return super().batch_gradient(self.first, X, Y, out)


class SharesParametersOfOneSize(Wrong):
    """Shares parameters between all plans of the same sizes."""

    faulty = ()
    check = "plans are independent"
    shared: ClassVar[dict[Any, Any]] = {}

    def pack(self, theta: Array) -> Any:
        self.shared[self.sizes] = super().pack(theta)
        return self.shared[self.sizes]

    def batch_forward(self, parameters: Any, X: Array, out: Array) -> None:
        super().batch_forward(self.shared[self.sizes], X, out)


class KeepsTheCallersNetwork(Wrong):
    faulty = ()
    check = "a plan is a snapshot"

    def __init__(self, network: Network, *args: Any) -> None:
        super().__init__(network, *args)
        self.original = network

    def batch_forward(self, parameters: Any, X: Array, out: Array) -> None:
        parameters = self.pack(self.original.theta.astype(self.dtype))
        super().batch_forward(parameters, X, out)


class DrawsRandomNumbers(Wrong):
    faulty = ()
    check = "leaves the process as it was"

    def outputs(self, X: Array, out: Array) -> None:
        np.random.random()  # noqa: NPY002


class RepeatsItselfAfterManyCalls(Wrong):
    """After a hundred calls with the same arrays, assumes that their contents are the same too."""

    faulty = ()
    check = "looks at its input every time"

    def build(self) -> None:
        super().build()
        self.last: tuple[int, int] = (0, 0)
        self.calls = 0

    def forward_batch(self, X: Any, out: Array | None = None) -> Array:
        arrays = (id(X), id(out))
        self.calls = self.calls + 1 if arrays == self.last else 0
        self.last = arrays
        if out is not None and self.calls > 100:
            return out
        return super().forward_batch(X, out)


class EndsTheProcess(Wrong):
    faulty = ()
    check = "results are fresh"

    def batch_forward(self, parameters: Any, X: Array, out: Array) -> None:
        sys.exit("no more")


class IsItsOwnCopy(Wrong):
    faulty = ()
    check = "copies are independent"

    def __copy__(self) -> IsItsOwnCopy:
        return self


class BindsTheParametersOfItsMethods(Wrong):
    """An update replaces the plan's methods; one that was taken before keeps its parameters."""

    faulty = ()
    check = "updates reach methods taken before"

    def build(self) -> None:
        super().build()
        self.bind()

    def update(self, theta: Any) -> None:
        super().update(theta)
        self.bind()

    def bind(self) -> None:
        """Make a method that computes with the present parameters."""
        parameters = self._parameters

        def forward(x: Any, out: Array | None = None) -> Array:
            result = np.empty(self.sizes[-1], self.dtype) if out is None else out
            self.batch_forward(parameters, np.asarray(x)[np.newaxis], result[np.newaxis])
            return result

        self.forward = forward  # type: ignore[method-assign]
