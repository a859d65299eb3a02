"""Kernels that are wrong for one way of calling them."""

from __future__ import annotations

from typing import Any

import numpy as np

from kernels.results import Gradient, Training
from kernels.support.checks import Array
from tests.wrong_kernels.base import Wrong


class LosesARowAmongThreads(Wrong):
    faulty = ()
    check = "two threads give the same"

    def inputs(self, X: Array, Y: Array) -> tuple[Array, Array]:
        if self.threads > 1:
            X[-1] = X[0]
        return X, Y


class NeedsEveryOperation(Wrong):
    faulty = ()
    check = "computes the same with fewer operations"

    def outputs(self, X: Array, out: Array) -> None:
        if len(self.operations) < 4:
            out.fill(0)


class TrainsOtherwiseIfWatched(Wrong):
    faulty = ()
    check = "progress changes nothing"

    def train(
        self,
        X: Any,
        Y: Any,
        iterations: int = 3000,
        alpha: float = 0.25,
        progress: Any = None,
        **options: Any,
    ) -> Training:
        return super().train(X, Y, iterations, 0.25 if progress else alpha, progress, **options)


class TakesAVectorOfTargetsForOne(Wrong):
    faulty = ()
    check = "takes batches in any layout"

    def gradient(self, X: Any, Y: Any, out: Gradient | None = None) -> Gradient:
        if np.ndim(X) == 2 and np.ndim(Y) == 1:
            Y = np.full((len(X), 1), np.mean(Y))
        return super().gradient(X, Y, out)


class MisreadsSpreadRows(Wrong):
    """Misreads strided samples in gradients of many samples."""

    faulty = ()
    check = "takes batches in any layout"

    def gradient(self, X: Any, Y: Any, out: Gradient | None = None) -> Gradient:
        found = super().gradient(X, Y, out)
        if np.ndim(X) == 2 and len(X) > 3 and not X.flags.c_contiguous:
            found.theta[-1] = 0
        return found


class KeepsItsGradient(Wrong):
    """Returns the same gradient array from all calls with many samples."""

    faulty = ()
    check = "takes batches in any layout"

    def build(self) -> None:
        super().build()
        self.kept: Array | None = None

    def gradient(self, X: Any, Y: Any, out: Gradient | None = None) -> Gradient:
        found = super().gradient(X, Y, out)
        if not 44 <= len(X) <= 77:
            return found
        self.kept = found.theta if self.kept is None else self.kept
        self.kept[:] = found.theta
        return Gradient(found.cost, self.kept, self.sizes)


class WritesRowsOfAnArrayWrongly(Wrong):
    faulty = ()
    check = "takes batches in any layout"

    def forward_batch(self, X: Any, out: Array | None = None) -> Array:
        result = super().forward_batch(X, out)
        base = None if out is None else out.base
        if base is not None and base.ndim == 2 and len(base) > len(result):
            result[-1] = 0
        return result


class SparesItselfAnUpdate(Wrong):
    """Ignores an update if every second parameter is unchanged."""

    faulty = ()
    check = "notices one changed parameter"

    def update(self, theta: Any) -> None:
        if not np.array_equal(np.asarray(theta)[::2], self.network.theta[::2]):
            super().update(theta)


class KeepsWhatItPackedBefore(Wrong):
    """Keeps packed parameters if every third is unchanged, though its network is updated."""

    faulty = ()
    check = "notices one changed parameter"

    def build(self) -> None:
        super().build()
        self.packed: tuple[bytes, Any] = (b"", None)

    def pack(self, theta: Array) -> Any:
        some = theta[::3].tobytes()
        known = getattr(self, "packed", (b"", None))
        if known[0] != some:
            self.packed = known = (some, super().pack(theta.copy()))
        return known[1]


class CopiesWhatItWasMadeOf(Wrong):
    """Copies its original parameters, without later updates."""

    faulty = ()
    check = "copies are independent"

    def __init__(self, network: Any, *others: Any, **options: Any) -> None:
        super().__init__(network, *others, **options)
        self.first = self.network

    def __reduce__(self) -> tuple[Any, ...]:
        kind, arguments = super().__reduce__()
        return kind, (self.first, *arguments[1:])


class RemembersBatchesBySomeRows(Wrong):
    """Reuses the result of a batch with the same first, middle and last sample."""

    faulty = ("forward_batch",)

    def build(self) -> None:
        super().build()
        self.known: dict[Any, Array] = {}

    def batch_forward(self, parameters: Any, X: Array, out: Array) -> None:
        super().batch_forward(parameters, X, out)
        m = len(X)
        if m > 40:
            some = X[[0, 1, 2, 3, m // 2, m - 2, m - 1]].tobytes()
            weights = b"".join(w.tobytes() for w in parameters[0])
            out[:] = self.known.setdefault((m, some, weights), out.copy())
