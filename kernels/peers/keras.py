"""Keras with TensorFlow, as its documentation shows it first: `Sequential`, and a `GradientTape`.

The peer `tensorflow` is the same library as its experts call it, without Keras. On 3-3-1 a sample
takes 2100 µs here and 135 µs there: Keras looks at every layer's arguments in Python.
`predict_on_batch` takes 460 µs, since it runs a graph; `predict`, which is for data larger than
memory, 58000 µs (measured by turns, on a busy machine).

The model ends with the sums of its last layer, from which the log-loss is computed, and a second
model has the activation too: the quickstart's `probability_model`. A training is the loop of a
`GradientTape` and `optimizer.apply` that the documentation shows, on a third model, since `fit` has
neither this package's penalty nor its orders of the samples. The optimizers are Keras's own. In
float64 they get their numbers from a function or as NumPy's, since Keras would make a plain number
a float32.
"""

from __future__ import annotations

import functools
import os
import threading
from collections.abc import Iterable
from dataclasses import replace
from typing import Any

import numpy as np

from kernels.interface import Plan
from kernels.network import parts
from kernels.parts.architecture import Architecture
from kernels.parts.losses.log import PART as LOG
from kernels.parts.losses.poisson import PART as POISSON
from kernels.parts.losses.squared import PART as SQUARED
from kernels.parts.named import function
from kernels.parts.optimizer import Optimizer
from kernels.parts.optimizers import OPTIMIZERS, SGD, Adam, AdamW
from kernels.parts.optimizers.adam import with_epsilon
from kernels.passes import Passes, make
from kernels.support.checks import Array

INEXACT = ("gelu", "gelu_tanh", "leaky_relu")
"""Activations whose constants are in float32 even if all else is in float64, off by 1e-8."""

SLOTS = ("momentum", "velocity")
"""How the names of an optimizer's variables end, for each of its slots."""


class Kernel(Plan):
    """A Keras model."""

    name = "keras"
    requires = ("keras", "tensorflow")
    max_threads = None

    @classmethod
    def import_requirements(cls) -> None:
        os.environ.setdefault("KERAS_BACKEND", "tensorflow")
        super().import_requirements()

    @classmethod
    def offers_network(cls, what: Architecture) -> bool:
        known = all("keras" in f.libraries for f in what.functions)
        return known and what.objective in (SQUARED, LOG, POISSON)

    @classmethod
    def offers(cls, what: Architecture, dtype: str) -> bool:
        exact = dtype == "float32" or not any(name in INEXACT for name in what.activations)
        return exact and super().offers(what, dtype)

    def prepare(self) -> None:
        """Make the model of the last layer's sums, and that of the outputs.

        All models stay: Keras keeps something of every one that is made.
        """
        import keras

        self._functions = [
            function(keras.activations, f.libraries["keras"]) for f in self.architecture.functions
        ]
        self._sums = self.model_of_sums()
        # of the same layers, not of the model, which would compute in float32
        ending = keras.layers.Activation(self._functions[-1], dtype=self.dtype.name)
        x = keras.Input(self.sizes[:1], dtype=self.dtype.name)
        self._outputs_of = keras.Sequential([x, *self._sums.layers, ending])
        self._lock = threading.Lock()
        self._own = functools.lru_cache(self.optimizer_of)
        self._rate = 0.0

    def model_of_sums(self) -> Any:
        """A new model of the last layer's sums."""
        import keras

        kind, functions = self.dtype.name, [*self._functions[:-1], None]
        return keras.Sequential([
            keras.Input(self.sizes[:1], dtype=kind),
            *(keras.layers.Dense(nodes, activation=f, dtype=kind)
              for nodes, f in zip(self.sizes[1:], functions, strict=True)),
        ])  # fmt: skip

    def pack(self, theta: Array) -> None:
        with self._lock:
            self.assign(self._sums.trainable_variables, theta)

    def assign(self, variables: Iterable[Any], theta: Array) -> None:
        """Give variables, of each layer W.T and b, the values of a flat vector."""
        for variable, part in zip(variables, parts(theta, self.sizes), strict=True):
            variable.assign(part.T)

    def gather(self, variables: Iterable[Any], theta: Array) -> None:
        """Write the values of variables, or gradients by them, to a flat vector."""
        for part, variable in zip(parts(theta, self.sizes), variables, strict=True):
            part[:] = variable.numpy().T

    def sample_forward(self, parameters: Any, x: Array, out: Array) -> None:
        self.batch_forward(parameters, x[np.newaxis], out[np.newaxis])

    def batch_forward(self, parameters: Any, X: Array, out: Array) -> None:
        with self._lock:
            out[:] = self._outputs_of(X, training=False).numpy()

    def batch_gradient(
        self, parameters: Any, X: Array, Y: Array, out: Array
    ) -> tuple[float, float]:
        with self._lock:
            slopes, (cost, error, _) = self.slopes(self._sums, X, Y)
            self.gather(slopes, out)
        return cost, error

    def slopes(
        self, model: Any, X: Array, Y: Array, l2: float = 0.0
    ) -> tuple[list[Any], tuple[float, float, float]]:
        """The gradient by each variable of a model; cost, error and penalty."""
        import keras
        import tensorflow as tf

        ops, penalty = keras.ops, 0.0
        with tf.GradientTape() as tape:
            cost, error = self.cost(model(X, training=True), Y)
            if l2:
                squares = sum(ops.sum(ops.square(layer.kernel)) for layer in model.layers)
                penalty = l2 / 2 / len(X) * squares
            whole = cost + penalty
        found = tape.gradient(whole, model.trainable_variables)
        return found, (float(cost), float(error), float(penalty))

    def cost(self, z: Any, Y: Array) -> tuple[Any, Any]:
        """The mean of the loss, and that of ||y - h||, from the last layer's sums (m, s_L)."""
        import keras
        import tensorflow as tf

        last, ops, h = self.architecture.functions[-1], keras.ops, self._functions[-1](z)
        squares = ops.sum(ops.square(Y - h), axis=1)
        if self.architecture.objective is SQUARED:
            losses = squares / 2
        elif self.architecture.objective is POISSON:
            losses = ops.sum(h - Y * z + (tf.math.xlogy(Y, Y) - Y), axis=1)
        elif last.over_nodes:
            losses = -ops.sum(Y * ops.log_softmax(z), axis=1)
        else:
            losses = ops.sum(ops.softplus(z) - Y * z, axis=1)
        return ops.mean(losses), ops.mean(ops.sqrt(squares))

    # --- trainings ------------------------------------------------------------------------------

    @functools.cached_property
    def _trained(self) -> Any:
        """The model that trainings change, made for the first."""
        return self.model_of_sums()

    def optimizer_of(self, kept: Optimizer) -> tuple[Any, list[list[Any]]]:
        """Keras's optimizer, at the rate `_rate`; for each slot, its variables."""
        import keras
        import tensorflow as tf

        exact = np.float64 if self.dtype == np.float64 else float
        options: dict[str, Any] = {}
        if isinstance(kept, SGD):
            options = {"momentum": exact(kept.momentum), "nesterov": kept.nesterov}
        if isinstance(kept, Adam):
            betas = {"beta_1": exact(kept.beta_1), "beta_2": exact(kept.beta_2)}
            options = {**betas, "epsilon": kept.epsilon}
        if isinstance(kept, AdamW):
            options["weight_decay"] = exact(kept.weight_decay)
        own = getattr(keras.optimizers, kept.libraries["keras"])(
            lambda: tf.constant(self._rate, self.dtype.name), **options
        )
        own.build(self._trained.trainable_variables)
        slots = [[v for v in own.variables if v.name.endswith(kind)] for kind in SLOTS]
        return own, slots[: kept.slots]

    def step(self, own: Any, X: Array, Y: Array, l2: float = 0.0) -> tuple[float, float, float]:
        """Make a step; cost, error and penalty before it."""
        slopes, found = self.slopes(self._trained, X, Y, l2)
        own.apply(slopes, self._trained.trainable_variables)
        return found

    def descend(
        self, theta: Array, X: Array, Y: Array, alpha: float, cost: Array, error: Array
    ) -> None:
        with self._lock:
            self._rate = alpha
            own, _ = self._own(SGD(1.0))
            self.assign(self._trained.trainable_variables, theta)
            for k in range(len(cost)):
                cost[k], error[k], _ = self.step(own, X, Y)
            self.gather(self._trained.trainable_variables, theta)

    def own_form(self, optimizer: Optimizer) -> Optimizer:
        return with_epsilon(optimizer, after_correction=False)

    def pass_over(self, theta: Array, one: Passes, first: int, last: int, found: Array) -> None:
        with self._lock:
            if one.weights is not None or not self.is_own(one.optimizer):
                make(one, theta, self.sizes, self._slopes_at, range(first, last), found)
                return
            self._rate = one.learning_rate
            own, slots = self._own(replace(one.optimizer, learning_rate=1.0))
            own.iterations.assign(one.made + first)
            places = [theta, *one.slots]
            state = [self._trained.trainable_variables, *slots]
            for variables, place in zip(state, places, strict=True):
                self.assign(variables, place)
            for step in range(first, last):
                X, Y, _ = one.batch(step)
                found[step // one.batches] += np.multiply(self.step(own, X, Y, one.l2), len(X))
            for variables, place in zip(state, places, strict=True):
                self.gather(variables, place)

    def is_own(self, optimizer: Optimizer) -> bool:
        """True if Keras has this optimizer, with epsilon where it adds it."""
        return type(optimizer) in OPTIMIZERS.values() and self.own_form(optimizer) == optimizer

    def _slopes_at(self, theta: Array, X: Array, Y: Array, out: Array) -> tuple[float, float]:
        """The gradient at a flat vector, as another; cost and error."""
        self.assign(self._trained.trainable_variables, theta)
        slopes, (cost, error, _) = self.slopes(self._trained, X, Y)
        self.gather(slopes, out)
        return cost, error
