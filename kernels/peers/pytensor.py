"""PyTensor, Theano's successor: expressions, compiled once into functions of NumPy arrays.

Parameters are shared variables, as is usual with it; the step of a training updates variables of
its own. Functions are called with `trust_input`, which its documentation leaves to experts: it
skips checks that the plan has made, which take 2.5 of 7.1 µs for one sample of 64-30-10 (with them
it is the peer `pytensor-safe`). Functions store their arguments while they run, so a lock lets one
call run at a time.

A batch is multiplied by W.T, which is stored as an array of its own: Numba, with which PyTensor
compiles, copies a transposed operand in every call, so that 4 samples of 64-30-10 take 7.6 instead
of 6.6 µs, 32 take 18 instead of 17. Gradients do not use it: those of 1024 samples would take 790
instead of 660 µs, of 4 samples 13 instead of 14.

Numba compiles a function when it is first called, for the memory layout of its arguments. So
building calls each function once, and later calls pass arrays of the same layout.

A batch of a training is one call: its function takes the batch's indices, and updates parameters
and slots of the optimizer, which are shared variables as the samples are. It is compiled when a
plan first trains in batches, which takes seconds. PyTensor has no optimizers, so the function has
their formulas.
"""

from __future__ import annotations

import functools
import threading
import warnings
from typing import Any, ClassVar

import numpy as np

from kernels.interface import Plan
from kernels.network import parameter_count, parts
from kernels.parts import symbolic
from kernels.parts.architecture import Architecture
from kernels.parts.losses.log import PART as LOG
from kernels.parts.losses.poisson import PART as POISSON
from kernels.parts.losses.squared import PART as SQUARED
from kernels.parts.optimizer import Step
from kernels.passes import Passes, make
from kernels.peers._pytensor_activations import FUNCTIONS
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

    @classmethod
    def offers_network(cls, what: Architecture) -> bool:
        known = what.objective in (SQUARED, LOG, POISSON)
        return known and all(f.name in FUNCTIONS for f in what.functions)

    def _blas_limit(self) -> Limit:
        return Limit(self.threads, every=True)  # PyTensor's Numba code calls SciPy's BLAS

    def prepare(self) -> None:
        import pytensor

        blank = np.zeros(parameter_count(self.sizes), self.dtype)
        self._lock = threading.Lock()
        self._batch = functools.lru_cache(self.batch_of)
        self._shared = self.variables(blank)
        self._transposed = [pytensor.shared(W.T.copy()) for W in parts(blank, self.sizes)[::2]]

    def build(self) -> None:
        import pytensor.tensor as pt

        kind = self.dtype.name
        x, X, Y = pt.vector("x", dtype=kind), pt.matrix("X", dtype=kind), pt.matrix("Y", dtype=kind)
        alpha = pt.scalar("alpha", dtype=kind)
        self._rows = X, Y
        flat = self._shared
        f = FUNCTIONS[self.architecture.activations[-1]]
        self._forward = self.compiled([x], f(self.sums(flat, x)))
        self._forward_batch = self.compiled([X], f(self.sums(flat, X, self._transposed)))
        if "gradient" in self.operations:
            now, error = self.cost(flat, X, Y)
            self._gradient = self.compiled([X, Y], [now, error, *pt.grad(now, flat)])
        if "train" in self.operations:
            self._trained = self.variables(self.network.theta.astype(self.dtype))
            now, error = self.cost(self._trained, X, Y)
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
        now, error = self.cost(self._trained, X, Y)
        return self.compiled([X, Y], [now, error, *pt.grad(now, self._trained)])

    def batch_of(self, step: Step, slots: int) -> tuple[Any, list[Any], Any, Any] | None:
        """A function for the step of a batch, and its shared variables; None for other steps.

        The function takes the batch's indices, its rates and l2, and returns cost, error and
        penalty. The variables are the slots, each as `variables`, X and Y.
        """
        import pytensor
        import pytensor.tensor as pt

        move = symbolic.step(step, pt.sqrt)
        if move is None:
            return None
        blank, kind = np.zeros(parameter_count(self.sizes), self.dtype), self.dtype.name
        kept = [self.variables(blank) for _ in range(slots)]
        X, Y = (pytensor.shared(np.zeros((1, n), kind)) for n in (self.sizes[0], self.sizes[-1]))
        chosen, rates = pt.vector("chosen", dtype="int64"), pt.vector("rates", dtype=kind)
        l2 = pt.scalar("l2", dtype=kind)
        flat = self._trained
        now, error = self.cost(flat, X[chosen], Y[chosen])
        share = l2 / chosen.shape[0].astype(kind)
        penalty = share / 2 * sum(pt.sqr(W).sum() for W in flat[::2])
        updates: list[tuple[Any, Any]] = []
        for k, (value, slope) in enumerate(zip(flat, pt.grad(now, flat), strict=True)):
            g = slope + share * value if k % 2 == 0 else slope
            places = [value, *(one[k] for one in kept)]
            updates += zip(places, move(value, g, places[1:], rates), strict=True)
        return self.compiled([chosen, rates, l2], [now, error, penalty], updates), kept, X, Y

    def pass_over(self, theta: Array, one: Passes, first: int, last: int, found: Array) -> None:
        with self._lock:
            known = None
            if one.weights is None:
                known = self._batch(one.optimizer.step, len(one.slots))
            if known is not None:
                self._in_calls(known, theta, one, range(first, last), found)
                return

        def gradient(theta: Array, X: Array, Y: Array, out: Array) -> tuple[float, float]:
            with self._lock:
                self.assign(self._trained, theta)
                return self.written(self._trained_gradient(plain(X), plain(Y)), out)

        make(one, theta, self.sizes, gradient, range(first, last), found)

    def _in_calls(self, known: Any, theta: Array, one: Passes, steps: range, found: Array) -> None:
        """`pass_over` with a call of a function of `batch_of` for each batch."""
        call, kept, X, Y = known
        X.set_value(plain(one.X), borrow=True)
        Y.set_value(plain(one.Y), borrow=True)
        state = list(zip([self._trained, *kept], [theta, *one.slots], strict=True))
        for flat, place in state:
            self.assign(flat, place)
        l2, m, size = np.asarray(one.l2, self.dtype), len(one.X), one.batch_size
        in_turn = np.arange(m)
        for step in steps:
            number, batch = divmod(step, one.batches)
            order = in_turn if one.orders is None else one.orders[number]
            chosen = plain(order[batch * size : (batch + 1) * size])
            now = call(chosen, plain(one.rates[step]), l2)
            found[number] += np.multiply(now, len(chosen))
        for flat, place in state:
            self.gather(flat, place)

    def gather(self, flat: list[Any], theta: Array) -> None:
        """Write the values of shared variables to the flat vector."""
        for place, variable in zip(parts(theta, self.sizes), flat, strict=True):
            place[:] = variable.get_value(borrow=True)

    def descend(
        self, theta: Array, X: Array, Y: Array, alpha: float, cost: Array, error: Array
    ) -> None:
        rate = np.asarray(alpha, self.dtype)
        X, Y = plain(X), plain(Y)
        with self._lock:
            self.assign(self._trained, theta)
            for k in range(len(cost)):
                cost[k], error[k] = self._step(X, Y, rate)
            self.gather(self._trained, theta)

    # --- expressions ----------------------------------------------------------------------------

    def sums(self, flat: list[Any], H: Any, transposed: list[Any] | None = None) -> Any:
        """z of the last layer, of one sample (s_1,) or of a batch (m, s_1).

        `transposed` are the stored W.T, if any.
        """
        import pytensor.tensor as pt

        columns = transposed or [W.T for W in flat[::2]]
        layers = list(zip(flat[::2], columns, flat[1::2], strict=True))
        for l, (W, WT, b) in enumerate(layers):
            if l:
                H = FUNCTIONS[self.architecture.activations[l - 1]](H)
            H = (pt.dot(W, H) if H.ndim == 1 else pt.dot(H, WT)) + b
        return H

    def cost(self, flat: list[Any], X: Any, Y: Any) -> tuple[Any, Any]:
        """The mean of the loss, and that of ||y - h||."""
        import pytensor.tensor as pt

        loss, z = self.architecture.objective, self.sums(flat, X)
        h = FUNCTIONS[self.architecture.activations[-1]](z)
        squares = pt.sqr(Y - h).sum(axis=1)
        if loss is SQUARED:
            losses = squares / 2
        elif loss is POISSON:
            of_targets = pt.switch(pt.eq(Y, 0), 0, Y * pt.log(pt.switch(pt.eq(Y, 0), 1, Y)) - Y)
            losses = (h - Y * z + of_targets).sum(axis=1)
        elif self.architecture.functions[-1].over_nodes:
            losses = -(Y * pt.special.log_softmax(z, axis=1)).sum(axis=1)
        else:
            losses = (pt.softplus(z) - Y * z).sum(axis=1)
        return losses.mean(), pt.sqrt(squares).mean()


def plain(array: Array) -> Array:
    """The array, or a copy of one that is not C-ordered, aligned and writable.

    For any other array, even a read-only one, Numba would compile again, which takes seconds.
    """
    return array if array.flags.carray else array.copy()
