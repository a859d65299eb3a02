"""The activations as expressions of PyTensor, for `pytensor`."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

from kernels.parts.activations.gelu_tanh import CUBE, SCALE
from kernels.parts.activations.leaky_relu import LEAK


def tensors() -> Any:
    """The module of PyTensor's functions."""
    import pytensor.tensor

    return pytensor.tensor


def softmax(z: Any) -> Any:
    """Over the last axis."""
    return tensors().special.softmax(z, axis=-1)


def elu(z: Any) -> Any:
    """exp(z) must not overflow where it is not taken: its derivative would be NaN."""
    pt = tensors()
    return pt.switch(z > 0, z, pt.expm1(pt.minimum(z, 0)))


def gelu(z: Any) -> Any:
    """With erfc, which loses no digits where z is far below 0."""
    return 0.5 * z * tensors().erfc(-math.sqrt(0.5) * z)


def gelu_tanh(z: Any) -> Any:
    """(1 + tanh(g)) / 2 is the sigmoid of 2g."""
    return z * tensors().sigmoid(SCALE * (z + CUBE * z * z * z))


FUNCTIONS: dict[str, Callable[[Any], Any]] = {
    "logistic": lambda z: tensors().sigmoid(z),
    "tanh": lambda z: tensors().tanh(z),
    "relu": lambda z: tensors().switch(z < 0, 0, z),
    "identity": lambda z: z,
    "softmax": softmax,
    "exp": lambda z: tensors().exp(z),
    "leaky_relu": lambda z: tensors().switch(z < 0, LEAK * z, z),
    "elu": elu,
    "softplus": lambda z: tensors().softplus(z),
    "gelu": gelu,
    "gelu_tanh": gelu_tanh,
    "silu": lambda z: z * tensors().sigmoid(z),
}
"""Activations by our names; PyTensor has functions for few of them."""
