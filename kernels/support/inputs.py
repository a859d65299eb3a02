"""Conversion of the samples and targets that callers pass into the arrays that kernels take.

Kernels take plain arrays of the plan's dtype, C-ordered, aligned and writable, with the network's
shift subtracted from the samples.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from kernels.support import checks
from kernels.support.checks import Array, Shape


class Inputs:
    """Conversion of the samples and targets passed to one plan.

    Parameters
    ----------
    dtype : the plan's dtype
    sizes : nodes per layer; samples have s_1 numbers, targets s_L
    shift : (s_1,) in float64, or None
    takes_classes : targets may be the index of each sample's class
    """

    def __init__(
        self,
        dtype: np.dtype[Any],
        sizes: tuple[int, ...],
        shift: Array | None,
        takes_classes: bool = False,
    ) -> None:
        self.dtype, self.shift, self.takes_classes = dtype, shift, takes_classes
        self.width, self.outputs = sizes[0], sizes[-1]
        self.takes_rows = "forward_batch"
        """The method that takes several samples, for messages."""

    def sample(self, x: Any) -> tuple[Array, Array]:
        """One sample (s_1,): the caller's array, which `out` must not overlap, and the kernel's."""
        return self.converted(x, (self.width,), "x", self.takes_rows)

    def batch(self, X: Any) -> tuple[Array, Array]:
        """Samples (m, s_1): the caller's array, which `out` must not overlap, and the kernel's."""
        if self.shift is not None:
            return self.converted(X, (None, self.width), "X", "forward")
        X = self.matrix(X, self.width, "X", "forward")
        return X, X

    def pair(self, X: Any, Y: Any, operation: str) -> tuple[Array, Array]:
        """Samples (m, s_1) and targets (m, s_L) for the kernel, m >= 1.

        One sample (s_1,) with its target (s_L,) becomes a batch of one; with one output, the
        targets of a batch may be (m,), and where classes are taken, (m,) integers or, for one
        sample, an integer.
        """
        x_axes = X.ndim if type(X) is np.ndarray else np.ndim(X)
        y_axes = Y.ndim if type(Y) is np.ndarray else np.ndim(Y)
        if x_axes == 1 and y_axes < 2:
            _, x = self.converted(X, (self.width,), "X")
            if self.takes_classes and self.outputs > 1 and y_axes == 0:
                return x[np.newaxis], self.of_classes(np.asarray(Y)[np.newaxis])
            y = checks.array(Y, self.dtype, (self.outputs,), "Y")
            return x[np.newaxis], y[np.newaxis]
        if self.takes_classes and self.outputs > 1 and x_axes == 2 and y_axes == 1:
            Y = self.of_classes(Y)
        elif self.outputs == 1 and y_axes == 1:
            Y = checks.array(Y, self.dtype, (None,), "Y")[:, np.newaxis]
        elif x_axes == 2 and y_axes == 1:
            raise ValueError(
                f"Y must have shape (m, {self.outputs}), got {np.shape(Y)}: only networks with "
                "softmax outputs take the indices of classes"
            )
        if self.shift is None:
            X = self.matrix(X, self.width, "X")
        else:
            _, X = self.converted(X, (None, self.width), "X")
        Y = self.matrix(Y, self.outputs, "Y")
        if len(X) != len(Y):
            raise ValueError(f"X and Y must have as many samples, got {len(X)} and {len(Y)}")
        if not len(X):
            raise ValueError(f"{operation} needs one sample or more, got none")
        return X, Y

    def of_classes(self, indices: Any) -> Array:
        """The targets (m, s_L), 1 for the class of each sample, from its index."""
        found = np.asarray(indices)
        if found.dtype.kind not in "iu":
            raise TypeError(
                f"Y must have shape (m, {self.outputs}), or (m,) and hold the indices of classes, "
                f"got shape {found.shape} of {found.dtype}"
            )
        wrong = found[(found < 0) | (found >= self.outputs)]
        if wrong.size:
            raise ValueError(
                f"Y must hold indices of classes from 0 to {self.outputs - 1}, got {wrong[0]}"
            )
        targets = np.zeros((len(found), self.outputs), self.dtype)
        targets[np.arange(len(found)), found] = 1
        return targets

    def converted(
        self, value: Any, shape: Shape, name: str, other: str | None = None
    ) -> tuple[Array, Array]:
        """Samples as the caller's array and as the kernel's; `name` and `other` are for errors."""
        if self.shift is None:
            result = checks.array(value, self.dtype, shape, name, other)
            return result, result
        wide = checks.array(value, np.dtype(np.float64), shape, name, other)
        result = checks.silently(np.subtract, wide, self.shift)
        if result.dtype != self.dtype:
            result = checks.silently(result.astype, self.dtype)
        return (value if isinstance(value, np.ndarray) else wide), result

    def matrix(self, value: Any, width: int, name: str, other: str | None = None) -> Array:
        """A matrix (m, width), without a conversion where none is needed."""
        if (
            type(value) is np.ndarray
            and value.dtype is self.dtype
            and value.ndim == 2
            and value.shape[1] == width
            and value.flags.carray
        ):
            return value
        return checks.array(value, self.dtype, (None, width), name, other)
