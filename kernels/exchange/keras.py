"""Networks of Keras 3's models, whatever computes them there, as they predict.

A `Sequential` is read layer by layer, and so is a functional model that is one chain.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any

import numpy as np

from kernels.exchange.axes import SAMPLES, Axes
from kernels.exchange.chain import Chain, Step, normalization
from kernels.exchange.packages import needed, placed, require
from kernels.network import Network
from kernels.parts.activations import ACTIVATIONS
from kernels.parts.activations.elu import PART as ELU
from kernels.parts.activations.leaky_relu import LEAK
from kernels.parts.activations.leaky_relu import PART as LEAKY_RELU
from kernels.parts.activations.relu import PART as RELU
from kernels.parts.activations.softmax import PART as SOFTMAX
from kernels.parts.named import function
from kernels.support.checks import Array

DROPPED = (
    "InputLayer",
    "Identity",
    "Dropout",
    "AlphaDropout",
    "GaussianDropout",
    "GaussianNoise",
    "ActivityRegularization",
)
"""Layers that change nothing when a model predicts."""


def library() -> Any:
    """Keras, which is imported where a model of it is."""
    return needed("keras", "Network.from_keras")


def network_of(model: Any) -> Network:
    """The network that a model computes; `Network.from_keras` documents it."""
    return chain_of(model).network()


def chain_of(model: Any) -> Chain:
    """The layers of a model."""
    require(model, "keras", "Model", "a model of Keras 3")
    chain = Chain("the model", Axes(declared_rank(model)))
    read_model(model, "the model", chain)
    return chain


def declared_rank(model: Any) -> int | None:
    """How many axes the input of a model has, None if it does not say."""
    try:
        return len(model.input_shape)
    except (AttributeError, ValueError, TypeError):  # not built, or several inputs
        return None


def read_model(model: Any, place: str, chain: Chain) -> None:
    """Append the layers of a model."""
    keras = library()

    if not computes_as(model, keras.Sequential):
        refuse_other_than_chain(model, place)
    for number, layer in enumerate(model.layers):
        at = f"layer {number}, {layer.name} ({type(layer).__name__})"
        with placed(at):
            read(layer, at, chain)


def refuse_other_than_chain(model: Any, place: str) -> None:
    """Raise ValueError unless a functional model computes one layer after the other."""
    keras = library()
    bases = [one for one in type(model).__mro__ if one.__name__ == "Functional"]
    if not any(computes_as(model, one) for one in bases):
        raise ValueError(
            f"{place}: what the class {type(model).__name__} computes cannot be told: give a "
            "Sequential or functional model of its layers"
        )
    if len(model.inputs) != 1 or len(model.outputs) != 1:
        raise ValueError(
            f"{place}: expected one input and one output, got {len(model.inputs)} and "
            f"{len(model.outputs)}"
        )
    current = model.inputs[0]
    for layer in model.layers:
        if isinstance(layer, keras.layers.InputLayer):
            continue
        if isinstance(layer, keras.Model):
            raise ValueError(
                f"{place}: layer {layer.name} is a model, which cannot be told from its place in a "
                "functional model: put both into a Sequential"
            )
        try:
            taken, given = layer.input, layer.output
        except (AttributeError, ValueError):  # a layer that is called several times has several
            taken = given = None
        if taken is not current:
            raise ValueError(
                f"{place}: expected a chain of layers that are used once, but {layer.name} is used "
                "several times, or does not take the result of the layer before alone"
            )
        current = given
    if current is not model.outputs[0]:
        raise ValueError(
            f"{place}: expected a chain of layers that are used once, but the output is not that "
            "of the last layer's first use"
        )


def read(layer: Any, place: str, chain: Chain) -> None:
    """Append what a layer computes."""
    keras = library()

    if isinstance(layer, keras.Model):
        read_model(layer, place, chain)
        return
    for name, reader in READERS.items():
        if computes_as(layer, getattr(keras.layers, name)):
            reader(layer, place, chain)
            return
    if any(computes_as(layer, getattr(keras.layers, name)) for name in DROPPED):
        return
    raise ValueError(f"{place}: only {', '.join(READERS)}, {', '.join(DROPPED)} can be converted")


def computes_as(layer: Any, kind: Any) -> bool:
    """True if a layer computes as one of class `kind` does."""
    return isinstance(layer, kind) and type(layer).call is kind.call


def numbers(variable: Any) -> Array:
    """A variable in float64, to which all floating-point numbers convert exactly."""
    keras = library()

    if not isinstance(variable, keras.Variable):  # of one, TensorFlow's copy would warn
        variable = keras.ops.convert_to_numpy(variable)
    return np.asarray(variable).astype(np.float64)


def read_dense(layer: Any, place: str, chain: Chain) -> None:
    """Append a Dense layer and its activation."""
    if not layer.built:
        raise ValueError(
            f"{place}: it has no weights yet: begin the model with an Input, or call it with a "
            "batch first"
        )
    if layer.quantization_mode is not None:
        raise ValueError(f"{place}: it is quantized to {layer.quantization_mode}")
    bias = numbers(layer.bias) if layer.use_bias else None
    chain.linear(numbers(layer.kernel).T, bias, place)
    read_activation(layer, place, chain)


def read_activation(layer: Any, place: str, chain: Chain) -> None:
    """Append the activation of a layer that has one, by name, function or layer."""
    keras = library()

    f = layer.activation
    if isinstance(f, keras.layers.Layer):
        read(f, f"{place}, {type(f).__name__}", chain)
        return
    found = None if f is None else named(f)
    if f is not None and found is None:
        options = getattr(f, "keywords", {})
        plain = f.func if isinstance(f, partial) else f
        text = getattr(plain, "__name__", repr(plain))
        text += f"({', '.join(f'{one}={value!r}' for one, value in options.items())})"
        known = ", ".join(one.libraries["keras"] for one in theirs())
        raise ValueError(f"{place}: its activation is one of {known}, got {text}{hint(text)}")
    if found is not None:
        chain.activation(found, place)


def hint(text: str) -> str:
    """The end of a message about an activation whose slope is another."""
    if text.startswith("leaky_relu"):
        return f": the layer LeakyReLU(negative_slope={LEAK}) can be converted"
    return ""


def theirs() -> list[Any]:
    """The activations that Keras has."""
    return [f for f in ACTIVATIONS.values() if "keras" in f.libraries]


def named(f: Callable[..., Any]) -> str | None:
    """Our name for a function of `keras.activations`, None if there is none."""
    keras = library()

    given = (f.func, f.keywords) if isinstance(f, partial) and not f.args else (f, {})
    for one in theirs():
        known = function(keras.activations, one.libraries["keras"])
        wanted = (known.func, known.keywords) if isinstance(known, partial) else (known, {})
        if given == wanted:
            return str(one.name)
    return None


def read_softmax(layer: Any, place: str, chain: Chain) -> None:
    """Append a Softmax over the nodes."""
    if layer.axis not in (-1, 1):
        raise ValueError(f"{place}: expected a softmax over each sample, got axis={layer.axis}")
    if layer.axis == 1:
        chain.axes.second(place)
    chain.activation(SOFTMAX.name, place)


def read_relu(layer: Any, place: str, chain: Chain) -> None:
    """Append a ReLU, which may be leaky."""
    settings = {one: getattr(layer, one) for one in ("max_value", "negative_slope", "threshold")}
    slope = settings["negative_slope"]
    if settings["max_value"] is None and not settings["threshold"] and slope in (0, LEAK, None):
        chain.activation(LEAKY_RELU.name if slope else RELU.name, place)
        return
    text = ", ".join(f"{one}={value}" for one, value in settings.items())
    raise ValueError(f"{place}: expected max(x, 0) or {LEAKY_RELU.formula}, got {text}")


def read_leaky_relu(layer: Any, place: str, chain: Chain) -> None:
    """Append a LeakyReLU."""
    slope = float(layer.negative_slope)
    if slope != LEAK:
        raise ValueError(f"{place}: expected negative_slope={LEAK}, got {slope}")
    chain.activation(LEAKY_RELU.name, place)


def read_elu(layer: Any, place: str, chain: Chain) -> None:
    """Append an ELU."""
    alpha = float(layer.alpha)
    if alpha != 1:
        raise ValueError(f"{place}: expected alpha=1, got {alpha}")
    chain.activation(ELU.name, place)


def read_batch_normalization(layer: Any, place: str, chain: Chain) -> None:
    """Append a BatchNormalization with the means and variances that it has collected."""
    if layer.axis not in (-1, 1):
        raise ValueError(f"{place}: expected one mean for each node, got axis={layer.axis}")
    if layer.axis == 1:
        chain.axes.second(place)
    factor = numbers(layer.gamma) if layer.scale else 1.0
    offset = numbers(layer.beta) if layer.center else 0.0
    values = numbers(layer.moving_mean), numbers(layer.moving_variance)
    chain.affine(normalization(place, *values, layer.epsilon, factor, offset))


def read_normalization(layer: Any, place: str, chain: Chain) -> None:
    """Append a Normalization."""
    keras = library()

    if layer.invert or getattr(layer, "mean", None) is None:
        wrong = "it inverts" if layer.invert else "it has no mean yet: call its adapt first"
        raise ValueError(f"{place}: {wrong}")
    if layer.axis not in ((), (-1,)):  # means of one axis after that of samples, or of several
        chain.axes.second(place)
    mean, variance = numbers(layer.mean).ravel(), numbers(layer.variance).ravel()
    deviation = np.maximum(np.sqrt(np.longdouble(1) * variance), keras.config.epsilon())
    chain.affine(Step(place, mean, 1 / deviation, 0.0, deviation))


def read_flatten(layer: Any, place: str, chain: Chain) -> None:
    """Append a Flatten."""
    if layer.data_format == "channels_first" and not chain.axes.is_plain:
        raise ValueError(
            f"{place}: with data_format='channels_first' it changes the order of the numbers"
        )
    chain.flatten(SAMPLES, place)


def read_rescaling(layer: Any, place: str, chain: Chain) -> None:
    """Append a Rescaling."""
    scale, offset = (np.asarray(one, np.float64) for one in (layer.scale, layer.offset))
    chain.affine(Step(place, factor=scale, offset=offset))


READERS: dict[str, Callable[[Any, str, Chain], None]] = {
    "Dense": read_dense,
    "Activation": read_activation,
    "ReLU": read_relu,
    "LeakyReLU": read_leaky_relu,
    "ELU": read_elu,
    "Softmax": read_softmax,
    "BatchNormalization": read_batch_normalization,
    "Normalization": read_normalization,
    "Rescaling": read_rescaling,
    "Flatten": read_flatten,
}
"""How each kind of layer is read."""
