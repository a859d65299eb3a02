"""A correct kernel, to be spoiled."""

from __future__ import annotations

from itertools import pairwise
from typing import Any, ClassVar

from kernels.batched import Kernel as Batched
from kernels.checks import Array
from kernels.interface import OPERATIONS

FORWARD = ("forward", "forward_batch")
BACKWARD = ("gradient", "train")
ROWS = ("forward_batch", *BACKWARD)


class Wrong(Batched):
    """A subclass is wrong in one way: in what it computes from, or in what it makes of it."""

    faulty: ClassVar[tuple[str, ...]] = OPERATIONS
    """The operations in which the gate must catch it."""
    check: ClassVar[str | None] = None
    """The check of the contract that must catch it, in place of the gate or beside it."""
    shows_in: ClassVar[str] = "float64"

    def __init_subclass__(cls) -> None:
        cls.name = cls.__name__

    @staticmethod
    def applies(sizes: tuple[int, ...], operation: str) -> bool:
        """True if the fault makes a difference there."""
        return True

    def inputs(self, X: Array, Y: Array) -> tuple[Array, Array]:
        """What is computed from; both are copies (Y is X, where there are no targets)."""
        return X, Y

    def outputs(self, X: Array, out: Array) -> None:
        """Spoil the outputs for X."""

    def slopes(self, X: Array, Y: Array, out: Array) -> None:
        """Spoil the gradient over X and Y."""

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
    """Wrong in training alone."""

    faulty: ClassVar[tuple[str, ...]] = ("train",)


def square(sizes: tuple[int, ...]) -> int | None:
    """The first layer of weights with as many inputs as outputs."""
    return next((layer for layer, (n, rows) in enumerate(pairwise(sizes)) if n == rows), None)
