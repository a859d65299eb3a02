"""Networks from models of Keras, compared with Keras itself."""

from __future__ import annotations

from itertools import pairwise
from typing import Any

import numpy as np
import pytest

import kernels
from tests.kernels.exchange.networks import exactly, outputs

keras = pytest.importorskip("keras")
L, Sequential, Input = keras.layers, keras.Sequential, keras.Input
FROM = kernels.Network.from_keras
HIDDEN: tuple[Any, ...] = (
    "sigmoid",
    "tanh",
    "relu",
    "elu",
    "gelu",
    "silu",
    "swish",
    "softplus",
    None,
    L.ReLU,
    L.ELU,
    lambda: L.LeakyReLU(negative_slope=0.01),
    lambda: L.Activation("tanh"),
)
OUTPUT: tuple[Any, ...] = (None, "sigmoid", "softmax", "exponential", L.Softmax, "tanh")


def fill(model: Any, rng: Any) -> None:
    """Give a model random parameters, and statistics of batches that it has not seen."""
    for weight in model.weights:
        values = rng.normal(size=weight.shape)
        weight.assign(np.abs(values) + 0.1 if "variance" in weight.path else values)


def random_model(seed: int) -> Any:
    """A Sequential of random layers, some of them in Sequentials of their own."""
    rng = np.random.default_rng(seed)
    sizes = rng.integers(1, 8, rng.integers(2, 6)).tolist()
    layers: list[Any] = [Input((sizes[0],))]
    if rng.random() < 0.3:
        layers += [L.Flatten(), L.Rescaling(0.5, offset=-1.0)]
    last = len(sizes) - 2
    for l, (_, rows) in enumerate(pairwise(sizes)):
        part: list[Any] = []
        if rng.random() < 0.3:
            part.append(L.BatchNormalization(scale=bool(rng.random() < 0.5)))
        f = (choices := OUTPUT if l == last else HIDDEN)[rng.integers(len(choices))]
        own = rng.random() < 0.3
        options: Any = {} if own else {"activation": f() if callable(f) else f}
        part.append(L.Dense(rows, use_bias=bool(rng.random() < 0.7), **options))
        if own:
            part.append(L.BatchNormalization(center=False))
            part.append(f() if callable(f) else L.Activation(f or "linear"))
        part.append(L.Dropout(0.5))
        layers += [Sequential(part)] if rng.random() < 0.3 else part
    model = Sequential(layers)
    fill(model, rng)
    return model


@pytest.mark.parametrize(("dtype", "close"), [("float64", 1e-7), ("float32", 2e-5)])
@pytest.mark.parametrize("seed", range(15))
def test_a_network_computes_what_a_random_model_predicts(
    seed: int, dtype: str, close: float
) -> None:
    """In float32 Keras itself is off by some of its last digits."""
    usual = keras.config.floatx(), keras.config.dtype_policy()
    keras.config.set_floatx(dtype)
    keras.config.set_dtype_policy(dtype)
    try:
        model = random_model(seed)
        X = np.random.default_rng(seed).normal(size=(6, model.input_shape[1])).astype(dtype)
        expected = np.asarray(model(X, training=False))
    finally:
        keras.config.set_floatx(usual[0])
        keras.config.set_dtype_policy(usual[1])
    assert expected.dtype == dtype
    np.testing.assert_allclose(outputs(FROM(model), X), expected, rtol=close, atol=close)


def test_a_functional_chain_is_read() -> None:
    given = Input((2, 3))
    hidden = L.Dense(5, "gelu")(L.Flatten()(given))
    model = keras.Model(given, L.Softmax()(L.Dense(4)(hidden)))
    fill(model, np.random.default_rng(0))
    X = np.random.default_rng(1).normal(size=(6, 2, 3)).astype(np.float32)
    expected = np.asarray(model(X))
    np.testing.assert_allclose(outputs(FROM(model), X.reshape(6, 6)), expected, atol=1e-6)


def test_large_means_that_a_normalization_has_seen_become_the_shift() -> None:
    rng = np.random.default_rng(0)
    data = (rng.normal(size=(200, 3)) + np.array([1e4, 0, 2])).astype(np.float32)
    layer = L.Normalization()
    layer.adapt(data)
    model = Sequential([Input((3,)), layer, L.Dense(2, activation="tanh")])
    found = FROM(model)
    assert found.shift is not None
    expected = np.asarray(model(data))
    np.testing.assert_allclose(outputs(found, data), expected, rtol=1e-4, atol=1e-4)


@pytest.mark.parametrize("dtype", ["float64", "float32", "float16", "bfloat16"])
def test_parameters_convert_exactly(dtype: str) -> None:
    model = Sequential([Input((3,)), L.Dense(2, dtype=dtype, bias_initializer="ones")])
    found = FROM(model)
    kernel = np.array(model.get_weights()[0]).astype(np.float64)
    np.testing.assert_array_equal(found.W[0], kernel.T)
    np.testing.assert_array_equal(found.b[0], 1.0)


def chained(*layers: Any) -> Any:
    return Sequential([Input((4,)), *layers])


class Twice(L.Dense):  # type: ignore[misc, name-defined]
    def call(self, inputs: Any) -> Any:
        return 2 * super().call(inputs)


class Own(keras.Model):  # type: ignore[misc, name-defined]
    def __init__(self) -> None:
        super().__init__()
        self.dense = L.Dense(2)

    def call(self, inputs: Any) -> Any:
        return self.dense(inputs)


def repeated() -> Any:
    given, layer = Input((4,)), L.Dense(4, "relu")
    return keras.Model(given, layer(layer(given)))


def inner() -> Any:
    given, start = Input((4,)), Input((4,))
    return keras.Model(start, keras.Model(given, L.Dense(4)(given))(start))


def images(*layers: Any) -> Any:
    return Sequential([Input((3, 3)), *layers])


def residual() -> Any:
    given = Input((4,))
    return keras.Model(given, L.Add()([L.Dense(4)(given), given]))


def two_outputs() -> Any:
    given = Input((4,))
    return keras.Model(given, [L.Dense(2)(given), L.Dense(3)(given)])


def quantized() -> Any:
    model = chained(L.Dense(3))
    model.quantize("int8")
    return model


def not_finite() -> Any:
    model = chained(L.Dense(3))
    model.layers[0].bias.assign([1.0, np.nan, 2.0])
    return model


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: Sequential([]), "the model has no linear layer"),
        (lambda: Sequential([L.Dense(3)]), "it has no weights yet"),
        (
            lambda: Sequential([Input((4, 4, 1)), L.Conv2D(2, 2), L.Flatten(), L.Dense(1)]),
            "(Conv2D): only Dense, Activation",
        ),
        (lambda: chained(L.LayerNormalization(), L.Dense(1)), "(LayerNormalization): only Dense"),
        (lambda: chained(L.Dense(3, "leaky_relu"), L.Dense(1)), "LeakyReLU(negative_slope=0.01)"),
        (lambda: chained(L.Dense(3, lambda z: z * z), L.Dense(1)), "got <lambda>()"),
        (lambda: chained(L.Dense(3), L.LeakyReLU(), L.Dense(1)), "negative_slope=0.01, got 0.3"),
        (lambda: chained(L.Dense(3), L.ELU(alpha=2.0), L.Dense(1)), "expected alpha=1, got 2.0"),
        (lambda: chained(L.Dense(3), L.ReLU(max_value=6), L.Dense(1)), "got max_value=6"),
        (lambda: chained(L.Dense(3), L.Softmax(axis=0)), "got axis=0"),
        (lambda: chained(L.Dense(3, "relu"), L.BatchNormalization()), "follows the last activ"),
        (lambda: chained(L.Activation("relu"), L.Dense(3)), "expected a linear layer before"),
        (lambda: chained(L.Normalization(invert=True), L.Dense(3)), "it inverts"),
        (lambda: chained(Twice(3)), "(Twice): only Dense"),
        (Own, "the model: what the class Own computes cannot be told"),
        (repeated, "expected a chain of layers that are used once"),
        (inner, "is a model, which cannot be told from its place in a functional model"),
        (
            lambda: images(L.Flatten(data_format="channels_first"), L.Dense(2)),
            "(Flatten): with data_format='channels_first' it changes the order",
        ),
        (lambda: images(L.Dense(2), L.Flatten(), L.Dense(1)), "(Flatten): it flattens what layers"),
        (lambda: images(L.Dense(2), L.Softmax(axis=1)), "(Softmax): it works on axis 1, which is"),
        (
            lambda: images(L.BatchNormalization(axis=1), L.Dense(2)),
            "(BatchNormalization): it works on axis 1, which is not the last of 3 axes",
        ),
        (
            lambda: images(L.Normalization(axis=1, mean=[0, 0, 1], variance=[1] * 3), L.Dense(2)),
            "(Normalization): it works on axis 1, which is not the last of 3 axes",
        ),
        (residual, "or does not take the result of the layer before alone"),
        (two_outputs, "expected one input and one output, got 1 and 2"),
        (quantized, "it is quantized to int8"),
        (not_finite, "(Dense): its parameters must be finite, got NaN or infinity in 1 of 3"),
    ],
)
def test_what_cannot_be_converted_is_named(make: Any, message: str) -> None:
    with pytest.raises(ValueError, match=exactly(message)):
        FROM(make())


def test_other_objects_are_refused() -> None:
    for other, name in ((Sequential, "the class Sequential"), (L.Dense(3), "Dense"), ({}, "dict")):
        with pytest.raises(TypeError, match=f"expected a model of Keras 3, got {name}"):
            FROM(other)


def test_a_compiled_model_predicts_the_same() -> None:
    model = random_model(3)
    X = np.random.default_rng(3).normal(size=(6, model.input_shape[1])).astype(np.float32)
    fast: Any = kernels.compile(model)
    expected = model.predict(X, verbose=0)
    for found in (fast(X), fast.predict(X)):
        np.testing.assert_allclose(found, expected, rtol=2e-5, atol=2e-5)
    assert repr(fast).startswith("<CompiledModule of keras Sequential: ")


@pytest.mark.parametrize(
    "make",
    [
        lambda: images(L.Flatten(), L.Dense(2), L.Flatten(), L.Softmax(axis=1)),
        lambda: images(L.Rescaling(0.5), L.Flatten(data_format="channels_last"), L.Dense(2)),
        lambda: images(L.Normalization(mean=[0, 0, 1], variance=[2] * 3), L.Dense(2), L.Softmax()),
    ],
)
def test_a_compiled_model_takes_images_as_keras_does(make: Any) -> None:
    model = make()
    fill(model, np.random.default_rng(0))
    X = np.random.default_rng(1).normal(size=(5, 3, 3)).astype(np.float32)
    found: Any = kernels.compile(model)(X)
    np.testing.assert_allclose(found, np.asarray(model(X)), rtol=2e-5, atol=2e-5)
