"""TensorFlow: forward, gradient and the whole loop of a training, each one graph (`tf.function`).

TensorFlow has one thread count per process, which TF_NUM_INTRAOP_THREADS fixes when it first
computes; `threads` cannot change it.
"""

from __future__ import annotations

from typing import Any, ClassVar

import numpy as np

from kernels.interface import Plan
from kernels.network import parts
from kernels.support.checks import Array

CAPACITY = 512
"""The most iterations of training that one call of the loop makes."""


class Kernel(Plan):
    """TensorFlow's graphs."""

    name = "tensorflow"
    requires = ("tensorflow",)
    compiles_shapes = True
    max_threads = None
    xla: ClassVar[bool] = False
    """Let XLA compile the graphs."""

    def build(self) -> None:
        import tensorflow as tf

        self._tf = tf
        self._forward = tf.function(self.outputs, jit_compile=self.xla)
        self._gradient = tf.function(self.cost_and_gradient, jit_compile=self.xla)
        self._train = tf.function(self.steps, jit_compile=self.xla)

    # --- graphs ---------------------------------------------------------------------------------

    def outputs(self, flat: Any, H: Any) -> Any:
        """h[L] of every row of H (m, s_1); `flat` holds W[0], b[0], W[1], ..."""
        for W, b in zip(flat[::2], flat[1::2], strict=True):
            H = self._tf.sigmoid(self._tf.matmul(H, W, transpose_b=True) + b)
        return H

    def cost_and_gradient(self, flat: Any, X: Any, Y: Any) -> Any:
        """J of §4.2, the mean of ||y - h||, and the gradient of J by the arrays of `flat`."""
        tf = self._tf
        with tf.GradientTape() as tape:
            tape.watch(flat)
            squares = tf.reduce_sum(tf.square(Y - self.outputs(flat, X)), axis=1)
            now = tf.reduce_mean(squares) / 2
        return now, tf.reduce_mean(tf.sqrt(squares)), tape.gradient(now, flat)

    def steps(self, flat: Any, X: Any, Y: Any, alpha: Any, count: Any) -> Any:
        """Make `count` steps of descent, up to CAPACITY; return the parameters and both series."""
        tf = self._tf

        def step(k: Any, flat: Any, costs: Any, errors: Any) -> Any:
            now, error, slopes = self.cost_and_gradient(flat, X, Y)
            moved = [value - alpha * slope for value, slope in zip(flat, slopes, strict=True)]
            return k + 1, moved, costs.write(k, now), errors.write(k, error)

        series = [tf.TensorArray(X.dtype, CAPACITY, element_shape=()) for _ in range(2)]
        _, flat, costs, errors = tf.while_loop(
            lambda k, *_: k < count, step, (tf.constant(0), flat, *series)
        )
        return flat, costs.stack(), errors.stack()

    # --- operations -----------------------------------------------------------------------------

    def pack(self, theta: Array) -> Any:
        import tensorflow as tf

        return [tf.constant(part) for part in parts(theta, self.sizes)]

    def sample_forward(self, parameters: Any, x: Array, out: Array) -> None:
        out[:] = self._forward(parameters, x[np.newaxis]).numpy()[0]

    def batch_forward(self, parameters: Any, X: Array, out: Array) -> None:
        out[:] = self._forward(parameters, X).numpy()

    def batch_gradient(
        self, parameters: Any, X: Array, Y: Array, out: Array
    ) -> tuple[float, float]:
        now, error, slopes = self._gradient(parameters, X, Y)
        self.unpack(slopes, out)
        return float(now), float(error)

    def descend(
        self, theta: Array, X: Array, Y: Array, alpha: float, cost: Array, error: Array
    ) -> None:
        flat, rate = self.pack(theta), self._tf.constant(alpha, self.dtype.name)
        inputs, targets = self._tf.constant(X), self._tf.constant(Y)
        for start in range(0, len(cost), CAPACITY):
            count = min(CAPACITY, len(cost) - start)
            flat, costs, errors = self._train(flat, inputs, targets, rate, self._tf.constant(count))
            cost[start : start + count] = costs.numpy()[:count]
            error[start : start + count] = errors.numpy()[:count]
        self.unpack(flat, theta)

    def unpack(self, flat: Any, theta: Array) -> None:
        """Write W[0], b[0], W[1], ... to the flat vector."""
        for place, tensor in zip(parts(theta, self.sizes), flat, strict=True):
            place[:] = tensor.numpy()
