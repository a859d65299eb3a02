"""Kernels with an error in an equation."""

from __future__ import annotations

from typing import Any

import numpy as np

from kernels.interface import Plan
from kernels.network import views
from kernels.parts.sigmoid import sigmoid, without_warnings
from kernels.support.checks import Array
from tests.wrong_kernels.base import BACKWARD, Wrong, WrongDelta, square


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


class SkipsALayer(Wrong):
    """Returns the inputs of a square layer as its outputs, and no gradient for it."""

    @staticmethod
    def applies(sizes: tuple[int, ...], operation: str) -> bool:
        return square(sizes) is not None

    @without_warnings()
    def batch_forward(self, parameters: Any, X: Array, out: Array) -> None:
        skipped = square(self.sizes)
        h = X
        for layer, (W, b) in enumerate(zip(*parameters, strict=True)):
            if layer != skipped:
                h = sigmoid(h @ W.T + b)
        out[:] = h

    def batch_gradient(
        self, parameters: Any, X: Array, Y: Array, out: Array
    ) -> tuple[float, float]:
        result = super().batch_gradient(parameters, X, Y, out)
        layer = square(self.sizes)
        assert layer is not None
        Plan.pack(self, out)[0][layer][:] = 0
        return result


class SumsInsteadOfAveraging(Wrong):
    """Leaves 1/m out of the gradient."""

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


class ForgetsASlope(WrongDelta):
    """Leaves f'(z) out of a hidden delta."""

    def hidden_delta(self, delta: Array, weight: Array, h: Array) -> Array:
        result: Array = delta @ weight
        return result


class ForgetsATranspose(WrongDelta):
    """Computes W[l] delta[l+1] instead of W[l]^T delta[l+1] if W[l] is square."""

    check = "agrees with the reference"

    @staticmethod
    def applies(sizes: tuple[int, ...], operation: str) -> bool:
        return square(sizes[1:]) is not None  # the first layer of weights gives no delta

    def hidden_delta(self, delta: Array, weight: Array, h: Array) -> Array:
        rows, n = weight.shape
        return super().hidden_delta(delta, weight.T if rows == n else weight, h)


class MultipliesElementwise(Wrong):
    """Computes delta[l+1] * h[l] instead of delta[l+1] h[l]^T if dJ/dW[l] is square.

    Each row of the matrix becomes the vector of elementwise products, which is the right diagonal.
    """

    faulty = BACKWARD
    check = "agrees with the reference"

    @staticmethod
    def applies(sizes: tuple[int, ...], operation: str) -> bool:
        return square(sizes) is not None

    def slopes(self, X: Array, Y: Array, out: Array) -> None:
        layer = square(self.sizes)
        if layer is not None:
            weight = views(out, self.sizes)[0][layer]
            weight[:] = np.diagonal(weight).copy()


class TransposesItsGradient(Wrong):
    faulty = BACKWARD

    @staticmethod
    def applies(sizes: tuple[int, ...], operation: str) -> bool:
        return square(sizes) is not None

    def slopes(self, X: Array, Y: Array, out: Array) -> None:
        layer = square(self.sizes)
        assert layer is not None
        weight = views(out, self.sizes)[0][layer]
        weight[:] = weight.T.copy()


class ForgetsOtherActivations(Wrong):
    faulty = ()
    check = "takes every activation and loss"

    def outputs(self, X: Array, out: Array) -> None:
        if not self.architecture.is_article:
            out *= 1 + 1e-9
