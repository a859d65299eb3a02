"""A network in the making, from another library's layers one after the other.

Readers of PyTorch, Keras and ONNX call `linear`, `activation` and `affine` for each layer, in order
and with its place, which messages name. What is affine (batch normalization, scaling) is folded
into a layer in extended precision: after a linear layer into that one, elsewhere into the next.
A mean that the first layer would lose digits by becomes the network's shift, as for scikit-learn's
scalers (`kernels.sklearn.affine`). Parameters that nothing is folded into stay as they are.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise
from typing import Any

import numpy as np

from kernels.exchange.axes import Axes
from kernels.network import Network
from kernels.parts.activations import ACTIVATIONS
from kernels.parts.activations.identity import PART as IDENTITY
from kernels.sklearn.affine import Affine, extended
from kernels.support.checks import Array


@dataclass(frozen=True)
class Step:
    """The map x -> (x - mean) factor + offset of each node, by a number or one per node."""

    place: str
    mean: Any = 0.0
    factor: Any = 1.0
    offset: Any = 0.0
    deviation: Any = None
    """The standard deviation of x, if it is known."""

    def vectors(self, n: int) -> tuple[Array, Array, Array]:
        """Mean, factor and offset, (n,) each, in extended precision."""
        mean, factor, offset = (
            vector(one, n, self.place) for one in (self.mean, self.factor, self.offset)
        )
        return mean, factor, offset

    def appended(self, affine: Affine, n: int) -> Affine:
        """An affine map of n inputs of the network, and then this step."""
        mean, factor, offset = self.vectors(n)
        deviation = 0.0 if self.deviation is None else np.broadcast_to(self.deviation, (n,))
        affine = less(affine, mean, deviation)
        if (factor != 1).any():
            affine = affine.scaled(factor)
        return less(affine, -offset, np.inf if (mean != 0).any() else deviation)

    def is_uniform(self) -> bool:
        """True if it is the same for all nodes."""
        return all(np.size(one) == 1 for one in (self.mean, self.factor, self.offset))

    def changes_nothing(self) -> bool:
        """True for x -> x."""
        return not np.any(self.mean) and not np.any(self.offset) and bool(np.all(self.factor == 1))


def vector(value: Any, n: int, place: str) -> Array:
    """A number for each of n nodes, (n,) in extended precision, from as many or from one."""
    array = extended(value)
    is_known = array.size in (1, n) and array.ndim <= 2
    if not is_known or (array.ndim > 1 and array.shape[-1] != array.size):
        raise ValueError(
            f"{place}: expected a number for each of {n} nodes, got shape {array.shape}"
        )
    refuse_not_finite(array, place)
    return np.broadcast_to(array.ravel(), (n,)).copy()


def refuse_not_finite(array: Array, place: str) -> None:
    """Raise ValueError if an array holds NaN or infinity."""
    lost = array.size - np.count_nonzero(np.isfinite(array))
    if lost:
        raise ValueError(
            f"{place}: its parameters must be finite, got NaN or infinity in {lost} of "
            f"{array.size} numbers"
        )


def normalization(
    place: str, mean: Any, variance: Any, epsilon: float, factor: Any, offset: Any
) -> Step:
    """The step (x - mean) / sqrt(variance + epsilon) factor + offset."""
    with np.errstate(invalid="ignore", divide="ignore"):  # what is not finite is refused later
        deviation = np.sqrt(extended(variance) + epsilon)
        return Step(place, mean, factor / deviation, offset, deviation)


def quotient(place: str, divisor: Any) -> Step:
    """The step x / divisor."""
    with np.errstate(divide="ignore"):
        return Step(place, factor=1 / extended(divisor))


def less(affine: Affine, means: Array, deviations: Any) -> Affine:
    """`Affine.less`, which leaves a map of the inputs as it is for means of 0."""
    if not means.any():
        return affine
    is_regular = affine.A is None or bool(affine.A.all())  # a shift is divided by A
    return affine.less(means, deviations if is_regular else np.inf)


@dataclass
class Layer:
    """A linear layer and the activation after it."""

    place: str
    W: Array
    b: Array
    activation: str | None = None


class Chain:
    """The layers so far.

    Parameters
    ----------
    source : what is read, for messages: "the module"
    axes : the samples that it takes
    """

    def __init__(self, source: str, axes: Axes | None = None) -> None:
        self.source = source
        self.axes = Axes() if axes is None else axes
        self._flat: tuple[str, int] | None = None
        self._layers: list[Layer] = []
        self._steps: list[Step] = []
        self._shift: Array | None = None

    @property
    def width(self) -> int | None:
        """Nodes of the last layer; None before the first."""
        return len(self._layers[-1].W) if self._layers else None

    @property
    def _is_open(self) -> bool:
        """True if the last layer has no activation yet."""
        return bool(self._layers) and self._layers[-1].activation is None

    def linear(self, W: Any, b: Any, place: str) -> None:
        """Append W x + b: W (n, k) of floating-point numbers, and b (n,) or None."""
        W = np.asarray(W)
        if W.ndim != 2 or not W.size:
            raise ValueError(f"{place}: expected a matrix of weights, got shape {W.shape}")
        refuse_not_finite(W, place)
        rows, n = W.shape
        b = vector(0.0 if b is None else b, rows, place)
        if self.width not in (None, n):
            raise ValueError(f"{place} takes {n} inputs, but the layer before has {self.width}")
        if self._flat is not None and self._flat[1] != n:
            raise ValueError(
                f"{self._flat[0]}: it makes rows of {self._flat[1]} numbers, but {place} takes {n}"
            )
        self._flat = None
        if self._is_open:
            self._layers[-1].activation = IDENTITY.name
        affine = Affine()
        for step in self._steps:
            if self._layers:  # means of activations are folded whatever their size
                step = Step(step.place, step.mean, step.factor, step.offset, np.inf)
            affine = step.appended(affine, n)
        self._steps.clear()
        if not self._layers:
            self._shift = affine.shift
        self._layers.append(Layer(place, *affine.fold(W, b)))

    def flatten(self, kind: str, place: str, width: int | None = None) -> None:
        """Append what flattens samples (`axes.KINDS`), to rows of `width` numbers if that is known.

        Raises
        ------
        ValueError
            If the layers before computed along the last of several axes, or give another width.
        """
        is_first = not self._layers and all(step.is_uniform() for step in self._steps)
        self.axes.flatten(kind, place, is_first)
        if width is None:
            return
        if self.width not in (None, width):
            raise ValueError(
                f"{place}: it makes rows of {width} numbers, but the layer before has {self.width}"
            )
        if self.width is None:
            self._flat = place, width

    def affine(self, step: Step) -> None:
        """Append a step of each node."""
        if not self._is_open:
            self._steps.append(step)
            return
        layer = self._layers[-1]
        mean, factor, offset = step.vectors(len(layer.b))
        layer.W = layer.W * factor[:, np.newaxis]
        layer.b = (layer.b - mean) * factor + offset

    def activation(self, name: str, place: str) -> None:
        """Append an activation by its name here."""
        if name == IDENTITY.name:
            return
        if not self._layers:
            raise ValueError(f"{place}: expected a linear layer before the first activation")
        if self._layers[-1].activation is not None or self._steps:
            before = self._steps[-1].place if self._steps else self._layers[-1].activation
            raise ValueError(
                f"{place}: an activation can follow a linear layer only, this one follows {before}"
            )
        self._layers[-1].activation = name
        self._layers[-1].place = place

    def network(self) -> Network:
        """The network; raises ValueError if the layers are none."""
        if not self._layers:
            raise ValueError(f"{self.source} has no linear layer")
        for step in self._steps:
            if not step.changes_nothing():
                raise ValueError(
                    f"{step.place} follows the last activation: there is no layer after it into "
                    "which it could be folded"
                )
        if self._is_open:
            self._layers[-1].activation = IDENTITY.name
        self._check_activations()
        weights = [layer.W.astype(np.float64) for layer in self._layers]
        biases = [layer.b.astype(np.float64) for layer in self._layers]
        return Network(weights, biases, [str(one.activation) for one in self._layers], self._shift)

    def _check_activations(self) -> None:
        for layer, following in pairwise(self._layers):
            f = ACTIVATIONS[str(layer.activation)]
            if not f.hidden:
                raise ValueError(
                    f"{layer.place}: {f.name} is for the output layer, but {following.place} "
                    "follows"
                )
        last = self._layers[-1]
        if not ACTIVATIONS[str(last.activation)].output:
            known = ", ".join(name for name, f in ACTIVATIONS.items() if f.output)
            raise ValueError(
                f"{last.place}: {last.activation} is for hidden layers, and this is the output "
                f"layer, which has one of {known}"
            )
