"""Kernels that are wrong for a rare kind of data."""

from __future__ import annotations

from typing import Any

import numpy as np

from kernels.network import views
from kernels.support.checks import Array
from tests.wrong_kernels.base import Wrong


class ClipsItsTargets(Wrong):
    """Clips targets to the range of a sigmoid."""

    faulty = ()
    check = "takes any targets"

    def inputs(self, X: Array, Y: Array) -> tuple[Array, Array]:
        return X, np.clip(Y, 0, 1)


class IsWrongForClasses(Wrong):
    """Is wrong if all targets are 0 or 1."""

    faulty = ()
    check = "takes any targets"

    def slopes(self, X: Array, Y: Array, out: Array) -> None:
        if ((Y == 0) | (Y == 1)).all():
            out *= 2


class IsWrongForEqualTargets(Wrong):
    faulty = ()
    check = "takes any targets"

    def slopes(self, X: Array, Y: Array, out: Array) -> None:
        if Y.size > 1 and np.ptp(Y) == 0:
            out.fill(0)


class HasNoSquaredLossOfSoftmax(Wrong):
    faulty = ()
    check = "takes every activation and loss"

    def slopes(self, X: Array, Y: Array, out: Array) -> None:
        what = self.architecture
        if what.activations[-1] == "softmax" and what.loss == "squared":
            out.fill(0)


class ClipsHugeInputs(Wrong):
    faulty = ()
    check = "takes inputs of any magnitude"

    def inputs(self, X: Array, Y: Array) -> tuple[Array, Array]:
        return np.clip(X, -1e6, 1e6), Y


class ClipsItsWeights(Wrong):
    faulty = ()
    check = "takes inputs of any magnitude"

    def pack(self, theta: Array) -> Any:
        return views(np.clip(theta, -8, 8), self.sizes)


class SkipsRowsOfZeros(Wrong):
    faulty = ()
    check = "takes inputs of any magnitude"

    def outputs(self, X: Array, out: Array) -> None:
        out[(X == 0).all(axis=1)] = 0.5


class SkipsRowsWithAZero(Wrong):
    """Returns 0.5 for samples that contain a zero, in batches of more than four."""

    faulty = ()
    check = "takes inputs of any magnitude"

    def outputs(self, X: Array, out: Array) -> None:
        if len(X) > 4:
            out[(X == 0).any(axis=1)] = 0.5


class ForgetsTheShift(Wrong):
    """Overrides `forward_batch` without subtracting the shift."""

    faulty = ()
    check = "subtracts the shift"

    def forward_batch(self, X: Any, out: Array | None = None) -> Array:
        if self._shift is None:
            return super().forward_batch(X, out)
        result = np.empty((len(X), self.sizes[-1]), self.dtype) if out is None else out
        self.batch_forward(self._parameters, np.array(X, self.dtype), result)
        return result


class MissesANumberOfRows(Wrong):
    """Is wrong for 57 samples, a number far from multiples of larger powers of two."""

    faulty = ()
    check = "skips no number of samples"

    def inputs(self, X: Array, Y: Array) -> tuple[Array, Array]:
        return (X * (1 + 1e-6) if len(X) == 57 else X), Y


class DropsTheLastOfManyBlocks(Wrong):
    """Leaves out the last of several blocks of 4096 samples if it is not full."""

    faulty = ()
    check = "skips no number of samples"

    def batch_gradient(
        self, parameters: Any, X: Array, Y: Array, out: Array
    ) -> tuple[float, float]:
        m = len(X) // 4096 * 4096 or len(X)
        return super().batch_gradient(parameters, X[:m], Y[:m], out)


class IsWrongForWideLayers(Wrong):
    faulty = ()
    check = "agrees with the reference"

    def outputs(self, X: Array, out: Array) -> None:
        if max(self.sizes) > 300:
            out.fill(0)


class IsWrongForDeepNetworks(Wrong):
    faulty = ()
    check = "agrees with the reference"

    def outputs(self, X: Array, out: Array) -> None:
        if len(self.sizes) > 12:
            out.fill(0)
