"""Keras with TensorFlow, as its documentation shows it first: `Sequential`, and a `GradientTape`.

The peer `tensorflow` is the same library as its experts call it, without Keras. On 3-3-1 a sample
takes 2100 µs here and 135 µs there: Keras looks at every layer's arguments in Python.
`predict_on_batch` takes 460 µs, since it runs a graph; `predict`, which is for data larger than
memory, 58000 µs (measured by turns, on a busy machine).

The model ends with the sums of its last layer, from which the log-loss is computed, and a second
model has the activation too: the quickstart's `probability_model`. Trainings are not offered: what
users call is `fit`, which has neither this package's penalty nor its orders of the samples.
"""

from __future__ import annotations

import os
import threading
from typing import Any

import numpy as np

from kernels.interface import Plan
from kernels.network import parts, views
from kernels.parts.architecture import Architecture
from kernels.parts.losses.log import PART as LOG
from kernels.parts.losses.squared import PART as SQUARED
from kernels.support.checks import Array

INEXACT = ("gelu", "gelu_tanh", "leaky_relu")
"""Activations whose constants are in float32 even if all else is in float64, off by 1e-8."""


class Kernel(Plan):
    """A Keras model."""

    name = "keras"
    operations = ("forward", "forward_batch", "gradient")
    requires = ("keras", "tensorflow")
    max_threads = None

    @classmethod
    def import_requirements(cls) -> None:
        os.environ.setdefault("KERAS_BACKEND", "tensorflow")
        super().import_requirements()

    @classmethod
    def offers_network(cls, what: Architecture) -> bool:
        known = all("keras" in f.libraries and f.name not in INEXACT for f in what.functions)
        return known and what.objective in (SQUARED, LOG)

    def prepare(self) -> None:
        """Make the model of the last layer's sums, and that of the outputs.

        Both stay: Keras keeps something of every model that is made.
        """
        import keras

        kind = self.dtype.name
        *hidden, last = (f.libraries["keras"] for f in self.architecture.functions)
        layers = [
            keras.layers.Dense(nodes, activation=f, dtype=kind)
            for nodes, f in zip(self.sizes[1:], [*hidden, None], strict=True)
        ]
        x = keras.Input(self.sizes[:1], dtype=kind)
        self._sums = keras.Sequential([x, *layers])
        # of the same layers, not of the model, which would compute in float32
        ending = keras.layers.Activation(last, dtype=kind)
        self._outputs_of = keras.Sequential([x, *layers, ending])
        self._lock = threading.Lock()

    def pack(self, theta: Array) -> None:
        pairs = zip(*views(theta, self.sizes), strict=True)
        with self._lock:
            self._sums.set_weights([array for W, b in pairs for array in (W.T, b)])

    def sample_forward(self, parameters: Any, x: Array, out: Array) -> None:
        self.batch_forward(parameters, x[np.newaxis], out[np.newaxis])

    def batch_forward(self, parameters: Any, X: Array, out: Array) -> None:
        with self._lock:
            out[:] = self._outputs_of(X, training=False).numpy()

    def batch_gradient(
        self, parameters: Any, X: Array, Y: Array, out: Array
    ) -> tuple[float, float]:
        import tensorflow as tf

        model = self._sums
        with self._lock:
            with tf.GradientTape() as tape:
                cost, error = self.cost(model(X, training=True), Y)
            slopes = tape.gradient(cost, model.trainable_variables)
        for place, slope in zip(parts(out, self.sizes), slopes, strict=True):
            place[:] = slope.numpy().T
        return float(cost), float(error)

    def cost(self, z: Any, Y: Array) -> tuple[Any, Any]:
        """The mean of the loss, and that of ||y - h||, from the last layer's sums (m, s_L)."""
        import keras

        last, ops = self.architecture.functions[-1], keras.ops
        squares = ops.sum(ops.square(Y - keras.activations.get(last.libraries["keras"])(z)), axis=1)
        if self.architecture.objective is SQUARED:
            losses = squares / 2
        elif last.over_nodes:
            losses = -ops.sum(Y * ops.log_softmax(z), axis=1)
        else:
            losses = ops.sum(ops.softplus(z) - Y * z, axis=1)
        return ops.mean(losses), ops.mean(ops.sqrt(squares))
