"""PyTensor, Theano's successor: expressions, compiled once into functions of NumPy arrays.

Parameters are shared variables, as is usual with it; the step of a training updates variables of
its own. Functions are called with `trust_input`, which skips checks that the plan has made. They
store their arguments while they run, so a lock lets one call run at a time.

A batch is multiplied by W.T, which is stored as an array of its own: Numba, with which PyTensor
compiles, copies a transposed operand in every call. Gradients do not use it (measured: as fast or
slower), since each dJ/dW needs a transposed array anyway.

Numba compiles a function when it is first called, for the memory layout of its arguments. So
building calls each function once, and later calls pass arrays of the same layout.
"""

from __future__ import annotations

import functools
import threading
import warnings
from typing import Any, ClassVar

import numpy as np

from kernels.interface import Plan
from kernels.network import parameter_count, parts
from kernels.passes import Passes, make
from kernels.support.blas import Limit
from kernels.support.checks import Array


class Kernel(Plan):
    """PyTensor's functions."""

    name = "pytensor"
    requires = ("pytensor",)
    uses_blas = True
    max_threads = None
    trusts: ClassVar[bool] = True
    """Skip PyTensor's own checks of arguments."""

    def _blas_limit(self) -> Limit:
        return Limit(self.threads, every=True)  # PyTensor's Numba code calls SciPy's BLAS

    def prepare(self) -> None:
        import pytensor

        blank = np.zeros(parameter_count(self.sizes), self.dtype)
        self._lock = threading.Lock()
        self._shared = self.variables(blank)
        self._transposed = [pytensor.shared(W.T.copy()) for W in parts(blank, self.sizes)[::2]]

    def build(self) -> None:
        import pytensor.tensor as pt

        kind = self.dtype.name
        x, X, Y = pt.vector("x", dtype=kind), pt.matrix("X", dtype=kind), pt.matrix("Y", dtype=kind)
        alpha = pt.scalar("alpha", dtype=kind)
        self._rows = X, Y
        flat = self._shared
        self._forward = self.compiled([x], outputs(flat, x))
        self._forward_batch = self.compiled([X], outputs(flat, X, self._transposed))
        if "gradient" in self.operations:
            now, error = cost(flat, X, Y)
            self._gradient = self.compiled([X, Y], [now, error, *pt.grad(now, flat)])
        if "train" in self.operations:
            self._trained = self.variables(self.network.theta.astype(self.dtype))
            now, error = cost(self._trained, X, Y)
            slopes = pt.grad(now, self._trained)
            moved = [
                (value, value - alpha * slope)
                for value, slope in zip(self._trained, slopes, strict=True)
            ]
            self._step = self.compiled([X, Y, alpha], [now, error], moved)
        self.warm()

    def warm(self) -> None:
        """Call every function once, so that no later call compiles."""
        X, Y = (np.zeros((1, width), self.dtype) for width in (self.sizes[0], self.sizes[-1]))
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # Numba warns of how PyTensor uses it
            self._forward(X[0])
            self._forward_batch(X)
            if "gradient" in self.operations:
                self._gradient(X, Y)
            if "train" in self.operations:
                self._step(X, Y, np.zeros((), self.dtype))

    def compiled(self, inputs: Any, outputs: Any, updates: Any = None) -> Any:
        """A PyTensor function from inputs to outputs, which also makes the updates."""
        import pytensor

        function = pytensor.function(inputs, outputs, updates=updates)
        function.trust_input = self.trusts
        return function

    def variables(self, theta: Array) -> list[Any]:
        """W[0], b[0], W[1], ... as shared variables."""
        import pytensor

        return [pytensor.shared(part) for part in parts(theta, self.sizes)]

    def pack(self, theta: Array) -> None:
        transposed = [W.T.copy() for W in parts(theta, self.sizes)[::2]]
        with self._lock:
            self.assign(self._shared, theta)
            for variable, WT in zip(self._transposed, transposed, strict=True):
                variable.set_value(WT)

    def assign(self, flat: list[Any], theta: Array) -> None:
        """Give shared variables new values from a flat vector."""
        for variable, part in zip(flat, parts(theta, self.sizes), strict=True):
            variable.set_value(part)

    def sample_forward(self, parameters: Any, x: Array, out: Array) -> None:
        with self._lock:
            out[:] = self._forward(plain(x))

    def batch_forward(self, parameters: Any, X: Array, out: Array) -> None:
        with self._lock:
            out[:] = self._forward_batch(plain(X))

    def batch_gradient(
        self, parameters: Any, X: Array, Y: Array, out: Array
    ) -> tuple[float, float]:
        with self._lock:
            found = self._gradient(plain(X), plain(Y))
        return self.written(found, out)

    def written(self, found: Any, out: Array) -> tuple[float, float]:
        """Write the gradient that a function gave to `out`; its cost and error."""
        now, error, *slopes = found
        for place, slope in zip(parts(out, self.sizes), slopes, strict=True):
            place[:] = slope
        return float(now), float(error)

    @functools.cached_property
    def _trained_gradient(self) -> Any:
        """The gradient for the variables of a training, built for the first batch."""
        import pytensor.tensor as pt

        X, Y = self._rows
        now, error = cost(self._trained, X, Y)
        return self.compiled([X, Y], [now, error, *pt.grad(now, self._trained)])

    def pass_over(self, theta: Array, one: Passes, first: int, last: int, found: Array) -> None:
        def gradient(theta: Array, X: Array, Y: Array, out: Array) -> tuple[float, float]:
            with self._lock:
                self.assign(self._trained, theta)
                return self.written(self._trained_gradient(plain(X), plain(Y)), out)

        make(one, theta, self.sizes, gradient, range(first, last), found)

    def descend(
        self, theta: Array, X: Array, Y: Array, alpha: float, cost: Array, error: Array
    ) -> None:
        rate = np.asarray(alpha, self.dtype)
        X, Y = plain(X), plain(Y)
        with self._lock:
            self.assign(self._trained, theta)
            for k in range(len(cost)):
                cost[k], error[k] = self._step(X, Y, rate)
            for place, variable in zip(parts(theta, self.sizes), self._trained, strict=True):
                place[:] = variable.get_value(borrow=True)


def plain(array: Array) -> Array:
    """The array, or a copy of one that is not C-ordered, aligned and writable.

    For any other array, even a read-only one, Numba would compile again, which takes seconds.
    """
    return array if array.flags.carray else array.copy()


def outputs(flat: list[Any], H: Any, transposed: list[Any] | None = None) -> Any:
    """h[L] of one sample (s_1,) or of a batch (m, s_1); `transposed` are the stored W.T, if any."""
    import pytensor.tensor as pt

    columns = transposed or [W.T for W in flat[::2]]
    for W, WT, b in zip(flat[::2], columns, flat[1::2], strict=True):
        Z = pt.dot(W, H) if H.ndim == 1 else pt.dot(H, WT)
        H = pt.sigmoid(Z + b)
    return H


def cost(flat: list[Any], X: Any, Y: Any) -> tuple[Any, Any]:
    """J of §4.2, and the mean of ||y - h||."""
    import pytensor.tensor as pt

    squares = pt.sqr(Y - outputs(flat, X)).sum(axis=1)
    return squares.mean() / 2, pt.sqrt(squares).mean()
