"""Base classes of wrong kernels: correct kernels with hooks at which a fault is inserted."""

from __future__ import annotations

from itertools import pairwise
from typing import Any, ClassVar

from kernels.interface import OPERATIONS
from kernels.network import views
from kernels.parts.sigmoid import sigmoid, without_warnings
from kernels.passes import Passes
from kernels.rungs.batched import Kernel as Batched
from kernels.support.checks import Array

FORWARD = ("forward", "forward_batch")
BACKWARD = ("gradient", "train")
ROWS = ("forward_batch", *BACKWARD)


class Wrong(Batched):
    """A correct kernel whose subclasses change its inputs, its outputs or its gradient."""

    faulty: ClassVar[tuple[str, ...]] = OPERATIONS
    """The operations in which the gate must catch it."""
    check: ClassVar[str | None] = None
    """Title of the contract's check that must catch it, instead of the gate or besides it."""
    shows_in: ClassVar[str] = "float64"

    def __init_subclass__(cls) -> None:
        cls.name = cls.__name__

    @staticmethod
    def applies(sizes: tuple[int, ...], operation: str) -> bool:
        """Return True if the fault has an effect on networks of these sizes."""
        return True

    def inputs(self, X: Array, Y: Array) -> tuple[Array, Array]:
        """Return the inputs to compute with; both are copies (Y is X if there are no targets)."""
        return X, Y

    def outputs(self, X: Array, out: Array) -> None:
        """Change the outputs for X in place."""

    def slopes(self, X: Array, Y: Array, out: Array) -> None:
        """Change the gradient for X and Y in place."""

    def batch_forward(self, parameters: Any, X: Array, out: Array) -> None:
        super().batch_forward(parameters, self.inputs(X.copy(), X.copy())[0], out)
        self.outputs(X, out)

    def batch_gradient(
        self, parameters: Any, X: Array, Y: Array, out: Array
    ) -> tuple[float, float]:
        result = super().batch_gradient(parameters, *self.inputs(X.copy(), Y.copy()), out)
        self.slopes(X, Y, out)
        return result


class WrongTraining(Wrong):
    """A kernel that is wrong in training only."""

    faulty: ClassVar[tuple[str, ...]] = ("train",)


class WrongBatches(Wrong):
    """A kernel that is wrong in training in batches only."""

    faulty: ClassVar[tuple[str, ...]] = ()
    check: ClassVar[str | None] = "trains in batches as in extended precision"
    by_gate: ClassVar[bool] = True
    """True if `gate.check_batches` must catch it too."""

    def changed(self, one: Passes) -> Passes:
        """What is computed instead."""
        return one

    def pass_over(self, theta: Array, one: Passes, first: int, last: int, found: Array) -> None:
        super().pass_over(theta, self.changed(one), first, last, found)


class WrongDelta(Wrong):
    """A kernel that is wrong in the delta of hidden layers."""

    faulty: ClassVar[tuple[str, ...]] = BACKWARD

    def hidden_delta(self, delta: Array, weight: Array, h: Array) -> Array:
        """Return delta[l] (m, s_l), wrongly, from delta[l+1] (m, s_{l+1}), W[l] and h[l]."""
        result: Array = (delta @ weight) * h * (1 - h)
        return result

    @without_warnings()
    def batch_gradient(
        self, parameters: Any, X: Array, Y: Array, out: Array
    ) -> tuple[float, float]:
        result = super().batch_gradient(parameters, X, Y, out)
        W, b = parameters
        H = [X]
        for weight, bias in zip(W, b, strict=True):
            H.append(sigmoid(H[-1] @ weight.T + bias))
        out_W, out_b = views(out, self.sizes)
        delta = (H[-1] - Y) * H[-1] * (1 - H[-1]) / len(X)
        for layer in range(len(W) - 1, 0, -1):
            delta = self.hidden_delta(delta, W[layer], H[layer])
            out_W[layer - 1][:] = delta.T @ H[layer - 1]
            out_b[layer - 1][:] = delta.sum(axis=0)
        return result


def square(sizes: tuple[int, ...]) -> int | None:
    """Return the index of the first square weight matrix, or None."""
    return next((layer for layer, (n, rows) in enumerate(pairwise(sizes)) if n == rows), None)
