"""Wrong in the equations."""

from __future__ import annotations

from typing import Any

import numpy as np

from kernels.interface import Plan
from kernels.network import views
from kernels.parts.sigmoid import quiet, sigmoid
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
    """Hands the inputs of a square layer on as its outputs, or leaves its gradient out."""

    @staticmethod
    def applies(sizes: tuple[int, ...], operation: str) -> bool:
        return square(sizes) is not None

    @quiet()
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


class ForgetsASlope(WrongDelta):
    """A hidden delta without its f'(z)."""

    def hidden_delta(self, delta: Array, weight: Array, h: Array) -> Array:
        result: Array = delta @ weight
        return result


class ForgetsATranspose(WrongDelta):
    """W[l] delta[l+1] in place of W[l]^T delta[l+1], where W[l] is square and both can be had."""

    check = "agrees with the reference"

    @staticmethod
    def applies(sizes: tuple[int, ...], operation: str) -> bool:
        return square(sizes[1:]) is not None  # the first layer of weights gives no delta

    def hidden_delta(self, delta: Array, weight: Array, h: Array) -> Array:
        rows, n = weight.shape
        return super().hidden_delta(delta, weight.T if rows == n else weight, h)


class MultipliesElementwise(Wrong):
    """delta[l+1] * h[l] in place of delta[l+1] h[l]^T, which a square dJ/dW[l] takes as its rows.

    The elementwise products are the diagonal of the matrix, over any number of samples.
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
