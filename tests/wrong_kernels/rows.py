"""Kernels that are wrong for some samples, or for some numbers of samples."""

from __future__ import annotations

from typing import Any

import numpy as np

from kernels.support.checks import Array
from tests.wrong_kernels.base import BACKWARD, ROWS, Wrong


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
    """Computes only whole groups of eight outputs or samples."""

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


class CopiesTheFirstRow(Wrong):
    """Replaces all samples after the sixteenth by the first."""

    faulty = ROWS

    def inputs(self, X: Array, Y: Array) -> tuple[Array, Array]:
        X[16:] = X[0]
        return X, Y


class IgnoresLaterTargets(Wrong):
    faulty = BACKWARD

    def inputs(self, X: Array, Y: Array) -> tuple[Array, Array]:
        Y[16:] = Y[0]
        return X, Y


class SwapsTwoRows(Wrong):
    faulty = ROWS

    def inputs(self, X: Array, Y: Array) -> tuple[Array, Array]:
        if len(X) > 33:
            X[[20, 33]] = X[[33, 20]]
        return X, Y


class ShiftsItsRows(Wrong):
    """Rolls the samples of large batches by one."""

    faulty = ROWS

    def inputs(self, X: Array, Y: Array) -> tuple[Array, Array]:
        return (np.roll(X, 1, axis=0) if len(X) > 16 else X), Y


class BeginsAnewAfterAGroup(Wrong):
    """Computes every group of 40 samples from the first group."""

    faulty = ROWS

    def inputs(self, X: Array, Y: Array) -> tuple[Array, Array]:
        return X[np.arange(len(X)) % 40], Y


class CountsARowTwice(Wrong):
    """Replaces the last sample of a large batch by the one before it."""

    faulty = BACKWARD

    def inputs(self, X: Array, Y: Array) -> tuple[Array, Array]:
        if len(X) > 40:
            X[-1], Y[-1] = X[-2], Y[-2]
        return X, Y


class IsOffInTheLastGroup(Wrong):
    faulty = ROWS

    def inputs(self, X: Array, Y: Array) -> tuple[Array, Array]:
        X[len(X) // 40 * 40 :] *= 1 + 1e-6
        return X, Y


class IsWrongForOneRow(Wrong):
    def inputs(self, X: Array, Y: Array) -> tuple[Array, Array]:
        return (X * (1 + 1e-6) if len(X) == 1 else X), Y


class IsWrongForOddNumbersOfRows(Wrong):
    faulty = ROWS

    def inputs(self, X: Array, Y: Array) -> tuple[Array, Array]:
        return (X * (1 + 1e-6) if len(X) > 1 and len(X) % 2 else X), Y


class IsWrongForOneNumberOfRows(Wrong):
    faulty = ()
    check = "takes any number of samples"

    def inputs(self, X: Array, Y: Array) -> tuple[Array, Array]:
        return (X * (1 + 1e-6) if len(X) == 121 else X), Y


class SpreadsNaN(Wrong):
    """Spreads a NaN in one sample to all samples."""

    faulty = ()
    check = "keeps samples apart"

    def outputs(self, X: Array, out: Array) -> None:
        if np.isnan(X).any():
            out.fill(np.nan)
