"""Kernels that reuse old inputs, or access memory outside their arrays."""

from __future__ import annotations

from collections.abc import Hashable
from typing import Any

import numpy as np

from kernels.support.checks import Array
from tests.wrong_kernels.base import BACKWARD, FORWARD, Wrong


def beside(array: Array, places: int) -> Array | None:
    """Return the number at an offset from an array's first, or None if no array is there."""
    root = array
    while isinstance(root.base, np.ndarray):
        root = root.base
    start = array.ctypes.data + places * array.itemsize - root.ctypes.data
    if not 0 <= start <= root.nbytes - array.itemsize:
        return None
    return root.reshape(-1).view(np.uint8)[start : start + array.itemsize].view(array.dtype)


class IgnoresItsInput(Wrong):
    def batch_forward(self, parameters: Any, X: Array, out: Array) -> None:
        super().batch_forward(parameters, np.full_like(X, 0.5), out)

    def batch_gradient(
        self, parameters: Any, X: Array, Y: Array, out: Array
    ) -> tuple[float, float]:
        return super().batch_gradient(parameters, np.full_like(X, 0.5), Y, out)


class UsesAStaleWorkspace(Wrong):
    """Computes with the samples of the first call that had the same number of them."""

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


class Remembers(Wrong):
    """Returns the previous result for inputs with the same key, by default their address."""

    def build(self) -> None:
        super().build()
        self.known: dict[Hashable, Any] = {}

    def key(self, X: Array) -> Hashable:
        return X.ctypes.data

    def batch_forward(self, parameters: Any, X: Array, out: Array) -> None:
        key = (X.shape, self.key(X), parameters[0][0].ctypes.data)
        if key not in self.known:
            super().batch_forward(parameters, X, out)
            self.known[key] = out.copy()
        out[:] = self.known[key]

    def batch_gradient(
        self, parameters: Any, X: Array, Y: Array, out: Array
    ) -> tuple[float, float]:
        key = (X.shape, self.key(X), Y.tobytes(), parameters[0][0].ctypes.data, "gradient")
        if key not in self.known:
            result = super().batch_gradient(parameters, X, Y, out)
            self.known[key] = (out.copy(), result)
        out[:], (cost, error) = self.known[key]
        return cost, error


class RemembersTheFirstElement(Remembers):
    def key(self, X: Array) -> Hashable:
        return float(X.flat[0])


class RemembersTheEnds(Remembers):
    @staticmethod
    def applies(sizes: tuple[int, ...], operation: str) -> bool:
        return sizes[0] > 2  # else the ends are all there is

    def key(self, X: Array) -> Hashable:
        return (float(X.flat[0]), float(X.flat[-1]))


class RemembersGradientsWithoutTargets(Wrong):
    faulty = BACKWARD

    def build(self) -> None:
        super().build()
        self.known: dict[Hashable, Any] = {}

    def batch_gradient(
        self, parameters: Any, X: Array, Y: Array, out: Array
    ) -> tuple[float, float]:
        key = (X.tobytes(), *(W.tobytes() for W in parameters[0]))
        if key not in self.known:
            result = super().batch_gradient(parameters, X, Y, out)
            self.known[key] = (out.copy(), result)
        out[:], (cost, error) = self.known[key]
        return cost, error


class WritesBehindItsOutput(Wrong):
    faulty = FORWARD

    def outputs(self, X: Array, out: Array) -> None:
        if (number := beside(out, out.size)) is not None:
            number[:] = 0


class WritesBeforeItsOutput(Wrong):
    faulty = FORWARD

    def outputs(self, X: Array, out: Array) -> None:
        if (number := beside(out, -1)) is not None:
            number[:] = 0


class WritesBehindItsInput(Wrong):
    """Writes a zero after its input, as if padding it to a whole vector."""

    def batch_forward(self, parameters: Any, X: Array, out: Array) -> None:
        self.pad(X)
        super().batch_forward(parameters, X, out)

    def batch_gradient(
        self, parameters: Any, X: Array, Y: Array, out: Array
    ) -> tuple[float, float]:
        self.pad(Y)
        return super().batch_gradient(parameters, X, Y, out)

    def pad(self, array: Array) -> None:
        if (number := beside(array, array.size)) is not None:
            number[:] = 0


class ReadsBehindItsInput(Wrong):
    """Reads after its input and multiplies the value by 0."""

    faulty = FORWARD

    def outputs(self, X: Array, out: Array) -> None:
        if (number := beside(X, X.size)) is not None:
            out += 0 * number


class WritesToItsLastOutput(Wrong):
    faulty = FORWARD

    def build(self) -> None:
        super().build()
        self.last: Array | None = None

    def outputs(self, X: Array, out: Array) -> None:
        if self.last is not None and self.last.size == out.size:
            self.last.fill(0.5)
        self.last = out
