"""Kernels that are wrong for some numbers, or too inaccurate."""

from __future__ import annotations

from typing import Any

import numpy as np

from kernels.network import views
from kernels.support.checks import Array
from tests.wrong_kernels.base import BACKWARD, FORWARD, Wrong


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


class ClipsItsInput(Wrong):
    def inputs(self, X: Array, Y: Array) -> tuple[Array, Array]:
        return np.clip(X, -10, 10), Y


class IgnoresSmallInputs(Wrong):
    def inputs(self, X: Array, Y: Array) -> tuple[Array, Array]:
        return np.where(np.abs(X) < 1e-4, 0, X), Y


class ClipsItsOutputs(Wrong):
    """Clips outputs away from 0 and 1, as if to take logarithms."""

    faulty = FORWARD
    check = "passes extremes on"

    @staticmethod
    def applies(sizes: tuple[int, ...], operation: str) -> bool:
        return sizes[0] > 3  # where outputs saturate

    def outputs(self, X: Array, out: Array) -> None:
        np.clip(out, 1e-5, 1 - 1e-5, out=out)


class ClipsItsGradient(Wrong):
    faulty = BACKWARD

    def slopes(self, X: Array, Y: Array, out: Array) -> None:
        np.clip(out, -1e-3, 1e-3, out=out)


class ComputesInFloat32(Wrong):
    def pack(self, theta: Array) -> Any:
        return views(theta.astype(np.float32).astype(theta.dtype), self.sizes)


class RoundsItsOutputs(Wrong):
    """Rounds outputs to float32."""

    faulty = FORWARD

    def outputs(self, X: Array, out: Array) -> None:
        out[:] = out.astype(np.float32)


class IsWrongInFloat32(Wrong):
    shows_in = "float32"

    def inputs(self, X: Array, Y: Array) -> tuple[Array, Array]:
        return (X.round(3) if X.dtype == np.float32 else X), Y


class ApproximatesTheSigmoid(Wrong):
    faulty = FORWARD

    def outputs(self, X: Array, out: Array) -> None:
        out += 1e-9 * out * (1 - out)


class IsOffInTheLastDigits(Wrong):
    faulty = ()
    check = "worked example"

    def outputs(self, X: Array, out: Array) -> None:
        out *= 1 + 4e-15


class LosesNaN(Wrong):
    faulty = ()
    check = "passes extremes on"

    def inputs(self, X: Array, Y: Array) -> tuple[Array, Array]:
        return np.where(np.isnan(X), 0, X), Y


class LosesNaNWithOtherActivations(Wrong):
    faulty = ()
    check = "passes extremes on through every activation"

    def outputs(self, X: Array, out: Array) -> None:
        if not self.architecture.is_article:
            out[np.isnan(out)] = 0


class LosesNaNInGradients(Wrong):
    faulty = ()
    check = "keeps samples apart"

    def slopes(self, X: Array, Y: Array, out: Array) -> None:
        np.nan_to_num(out, copy=False)
