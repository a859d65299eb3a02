"""TensorFlow: graphs that a session's callables run, each a whole operation or pass.

Nearly all of a call for one sample is its way into the library. On 3-3-1, roughly, in turns on a
busy machine:

- a Keras model, which the documentation shows first: 2100 µs
- a `tf.function` of parameters and sample: 480 µs
- its concrete function, with the parameters as constants: 230 µs
- single operations, from `tf.raw_ops`: 160 µs
- this peer: 135 µs. What `Session.make_callable` returns takes and gives NumPy's arrays, and
  computes in the caller's thread, in the executor for a single thread.

The parameters are constants of a graph, so an update makes another graph. A pass in batches is one
call: gather, gradient and the optimizer's step for all batches. Its optimizers are objects of
Keras, so the graph has their formulas; Adam's epsilon is added where Keras adds it.

TensorFlow has one pool of threads per process. TF_NUM_INTRAOP_THREADS, or else the `threads` of the
first plan, says how many it has.
"""

from __future__ import annotations

import functools
import math
from collections.abc import Callable
from typing import Any, ClassVar, NamedTuple

import numpy as np

from kernels.interface import Plan
from kernels.network import parameter_count, parts, views
from kernels.parts import symbolic
from kernels.parts.activations.gelu_tanh import CUBE, SCALE
from kernels.parts.activations.leaky_relu import LEAK
from kernels.parts.architecture import Architecture
from kernels.parts.losses.log import PART as LOG
from kernels.parts.losses.poisson import PART as POISSON
from kernels.parts.losses.squared import PART as SQUARED
from kernels.parts.named import function
from kernels.parts.optimizer import Optimizer, Step
from kernels.parts.optimizers.adam import with_epsilon
from kernels.passes import SUMS, Passes, make
from kernels.support.checks import Array

CAPACITY = 512
"""The most iterations of training that one call of the loop makes."""


def gelu(z: Any) -> Any:
    """GELU in its exact form."""
    import tensorflow as tf

    return 0.5 * z * tf.math.erfc(-math.sqrt(0.5) * z)


def gelu_tanh(z: Any) -> Any:
    """GELU's approximation; (1 + tanh(g)) / 2 is the sigmoid of 2g."""
    import tensorflow as tf

    return z * tf.sigmoid(SCALE * (z + CUBE * z * z * z))


def leaky_relu(z: Any) -> Any:
    """The leaky rectifier."""
    import tensorflow as tf

    return tf.where(z < 0, LEAK * z, z)


OWN = {"gelu": gelu, "gelu_tanh": gelu_tanh, "leaky_relu": leaky_relu}
"""Activations that TensorFlow has, but with constants in float32, which are off by 1e-8."""


class Calls(NamedTuple):
    """Callables for parameters that are constants of their graph."""

    forward: Callable[[Array], Array]
    gradient: Callable[[Array, Array], tuple[Any, Any, Array]] | None


class Kernel(Plan):
    """TensorFlow's graphs."""

    name = "tensorflow"
    requires = ("tensorflow",)
    max_threads = None
    xla: ClassVar[bool] = False
    """Let XLA compile the graphs."""

    @classmethod
    def offers_network(cls, what: Architecture) -> bool:
        known = all("tensorflow" in f.libraries or f.name in OWN for f in what.functions)
        return known and what.objective in (SQUARED, LOG, POISSON)

    def prepare(self) -> None:
        import tensorflow as tf

        self._tf = tf
        self._functions = [
            OWN[f.name] if f.name in OWN else function(tf, f.libraries["tensorflow"])
            for f in self.architecture.functions
        ]
        self._batches = functools.lru_cache(self.batches_of)
        kind, count = self.dtype.name, parameter_count(self.sizes)
        self._flat = tf.TensorSpec((count,), kind)
        self._rows = [
            tf.TensorSpec((None, width), kind) for width in self.sizes[:: len(self.sizes) - 1]
        ]

    def call(self, compute: Callable[..., Any], *inputs: Any) -> Any:
        """A session's callable of NumPy's arrays for a function of tensors like `inputs`."""
        tf, v1 = self._tf, self._tf.compat.v1
        with tf.Graph().as_default() as graph:
            given = [v1.placeholder(one.dtype, one.shape) for one in inputs]
            if self.xla:
                compute = tf.function(compute, jit_compile=True, autograph=False)
            outputs = compute(*given)
        options = v1.ConfigProto(
            intra_op_parallelism_threads=self.threads,
            inter_op_parallelism_threads=-1,  # the caller's thread
        )
        options.experimental.executor_type = "SINGLE_THREADED_EXECUTOR"
        return v1.Session(graph=graph, config=options).make_callable(outputs, given)

    def pack(self, theta: Array) -> Calls:
        constant, (weights, biases) = self._tf.constant, views(theta, self.sizes)
        columns = [np.ascontiguousarray(W.T) for W in weights]

        def forward(X: Any) -> Any:
            flat = [constant(part) for pair in zip(columns, biases, strict=True) for part in pair]
            return self._functions[-1](self.sums(flat, X, transposed=True))

        def gradient(X: Any, Y: Any) -> Any:
            return self.cost_and_gradient(list(map(constant, parts(theta, self.sizes))), X, Y)

        offered = "gradient" in self.operations
        return Calls(
            self.call(forward, self._rows[0]),
            self.call(gradient, *self._rows) if offered else None,
        )

    # --- graphs ---------------------------------------------------------------------------------

    def sums(self, flat: Any, H: Any, transposed: bool = False) -> Any:
        """z of the last layer for every row of H (m, s_1).

        `flat` holds W[0], b[0], W[1], ..., or W[0].T, b[0], ... if it is `transposed`.
        """
        matmul = functools.partial(self._tf.matmul, transpose_b=not transposed)
        *hidden, (V, c) = zip(flat[::2], flat[1::2], strict=True)
        for f, (W, b) in zip(self._functions, hidden, strict=False):
            H = f(matmul(H, W) + b)
        return matmul(H, V) + c

    def cost(self, flat: Any, X: Any, Y: Any) -> tuple[Any, Any]:
        """The mean of the loss, and that of ||y - h||."""
        tf, loss = self._tf, self.architecture.objective
        z = self.sums(flat, X)
        h = self._functions[-1](z)
        squares = tf.reduce_sum(tf.square(Y - h), axis=1)
        if loss is SQUARED:
            losses = squares / 2
        elif loss is POISSON:
            losses = tf.reduce_sum(h - Y * z + (tf.math.xlogy(Y, Y) - Y), axis=1)
        elif self.architecture.functions[-1].over_nodes:
            # softmax_cross_entropy_with_logits has another gradient where y does not sum to 1
            losses = -tf.reduce_sum(Y * tf.nn.log_softmax(z), axis=1)
        else:
            losses = tf.reduce_sum(tf.nn.sigmoid_cross_entropy_with_logits(Y, z), axis=1)
        return tf.reduce_mean(losses), tf.reduce_mean(tf.sqrt(squares))

    def cost_and_gradient(self, flat: Any, X: Any, Y: Any) -> tuple[Any, Any, Any]:
        """`cost`, and its gradient (n,)."""
        now, error = self.cost(flat, X, Y)
        slopes = self._tf.gradients(now, flat)
        return now, error, self._tf.concat([self._tf.reshape(one, (-1,)) for one in slopes], 0)

    def split(self, theta: Any) -> list[Any]:
        """W[0], b[0], W[1], ... of a flat tensor."""
        tf, blank = self._tf, np.empty(parameter_count(self.sizes))
        places = parts(blank, self.sizes)
        pieces = tf.split(theta, [place.size for place in places])
        return [tf.reshape(piece, place.shape) for piece, place in zip(pieces, places, strict=True)]

    def gradient_at(self, theta: Any, X: Any, Y: Any) -> Any:
        """`cost_and_gradient` of a flat tensor."""
        return self.cost_and_gradient(self.split(theta), X, Y)

    def steps(self, theta: Any, X: Any, Y: Any, alpha: Any, count: Any) -> Any:
        """Make `count` steps of descent, up to CAPACITY; return theta and both series."""
        tf = self._tf

        def step(k: Any, theta: Any, costs: Any, errors: Any) -> Any:
            now, error, slope = self.gradient_at(theta, X, Y)
            return k + 1, theta - alpha * slope, costs.write(k, now), errors.write(k, error)

        series = [tf.TensorArray(X.dtype, CAPACITY, element_shape=()) for _ in range(2)]
        _, theta, costs, errors = tf.while_loop(
            lambda k, *_: k < count, step, (tf.constant(0), theta, *series)
        )
        return theta, costs.stack(), errors.stack()

    def batches_of(self, m: int, size: int, step: Step, slots: int) -> Any:
        """The batches of a pass over m samples, `size` each, as a callable; None if it cannot be.

        Its arguments are theta, X, Y, order, rates, l2, the first batch, the one after the last,
        `SUMS` so far, and the slots of an optimizer with this step; its results `SUMS`, theta and
        the slots.
        """
        tf, rest = self._tf, m % size
        move = symbolic.step(step, tf.sqrt)
        if move is None:
            return None
        is_weight = np.zeros(parameter_count(self.sizes), self.dtype)
        for W in views(is_weight, self.sizes)[0]:
            W[:] = 1

        def pass_over(
            theta: Any, X: Any, Y: Any, order: Any, rates: Any, l2: Any, first: Any, last: Any,
            found: Any, *slots: Any,
        ) -> Any:  # fmt: skip
            def batch(k: Any, found: Any, theta: Any, slots: Any, count: int) -> Any:
                chosen = tf.slice(order, [k * size], [count])
                x, y = tf.gather(X, chosen), tf.gather(Y, chosen)
                now, error, g = self.gradient_at(theta, x, y)
                decay = l2 / count * is_weight * theta
                penalty = tf.reduce_sum(decay * theta) / 2
                found += count * tf.stack([now, error, penalty])
                return k + 1, found, *move(theta, g + decay, slots, rates[k])

            def next_batch(k: Any, found: Any, theta: Any, *slots: Any) -> Any:
                one = functools.partial(batch, k, found, theta, slots)
                if not rest:
                    return one(size)
                return tf.cond(k < m // size, lambda: one(size), lambda: one(rest))

            state = first, found, theta, *slots
            return tf.while_loop(lambda k, *_: k < last, next_batch, state)[1:]

        kind, of = self.dtype.name, tf.TensorSpec
        rows = [of((m, width), kind) for _, width in (one.shape for one in self._rows)]
        whole = of((), "int32")
        return self.call(
            pass_over, self._flat, *rows, of((m,), "int64"), of((None, None), kind), of((), kind),
            whole, whole, of((len(SUMS),), kind), *[self._flat] * slots,
        )  # fmt: skip

    # --- operations -----------------------------------------------------------------------------

    def sample_forward(self, parameters: Calls, x: Array, out: Array) -> None:
        out[:] = parameters.forward(x[np.newaxis])[0]

    def batch_forward(self, parameters: Calls, X: Array, out: Array) -> None:
        out[:] = parameters.forward(X)

    def batch_gradient(
        self, parameters: Calls, X: Array, Y: Array, out: Array
    ) -> tuple[float, float]:
        assert parameters.gradient is not None
        now, error, out[:] = parameters.gradient(X, Y)
        return float(now), float(error)

    @functools.cached_property
    def _gradient_at(self) -> Any:
        return self.call(self.gradient_at, self._flat, *self._rows)

    @functools.cached_property
    def _steps(self) -> Any:
        of = self._tf.TensorSpec
        settings = of((), self.dtype.name), of((), "int32")
        return self.call(self.steps, self._flat, *self._rows, *settings)

    def descend(
        self, theta: Array, X: Array, Y: Array, alpha: float, cost: Array, error: Array
    ) -> None:
        for start in range(0, len(cost), CAPACITY):
            count = min(CAPACITY, len(cost) - start)
            theta[:], costs, errors = self._steps(theta, X, Y, alpha, count)
            cost[start : start + count] = costs[:count]
            error[start : start + count] = errors[:count]

    def own_form(self, optimizer: Optimizer) -> Optimizer:
        return with_epsilon(optimizer, after_correction=False)

    def pass_over(self, theta: Array, one: Passes, first: int, last: int, found: Array) -> None:
        m, batches = len(one.X), None
        if one.weights is None:
            batches = self._batches(m, one.batch_size, one.optimizer.step, len(one.slots))
        if batches is None:
            self._one_by_one(theta, one, first, last, found)
            return
        in_turn = np.arange(m)
        for number, order, rates, span in one.parts(first, last):
            chosen = in_turn if order is None else order
            found[number], theta[:], *kept = batches(
                theta, one.X, one.Y, chosen, rates, one.l2, *span, found[number], *one.slots
            )
            for row, values in zip(one.slots, kept, strict=True):
                row[:] = values

    def _one_by_one(self, theta: Array, one: Passes, first: int, last: int, found: Array) -> None:
        """`pass_over`, a gradient a call."""

        def gradient(theta: Array, X: Array, Y: Array, out: Array) -> tuple[float, float]:
            now, error, out[:] = self._gradient_at(theta, X, Y)
            return float(now), float(error)

        make(one, theta, self.sizes, gradient, range(first, last), found)
