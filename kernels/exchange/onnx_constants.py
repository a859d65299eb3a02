"""Constants of ONNX graphs as arrays: initializers, and what few operators make of constants."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from kernels.support.checks import Array


def array(tensor: Any, place: str) -> Array:
    """A tensor of a model; numbers of any floating-point type convert exactly to float64.

    Raises
    ------
    ValueError
        If its numbers are in another file that was not read, or are no numbers.
    """
    from onnx import TensorProto, numpy_helper

    if tensor.data_location == TensorProto.EXTERNAL:
        raise ValueError(f"{place}: its numbers are in another file: give the path of the model")
    try:
        found = np.asarray(numpy_helper.to_array(tensor))
        if found.dtype.kind in "cO":
            raise TypeError(f"got {found.dtype}")
        return found if found.dtype.kind in "biu" else found.astype(np.float64)
    except (ValueError, TypeError, RuntimeError) as error:
        raise ValueError(f"{place}: it holds no numbers: {error}") from None


def attributes(node: Any) -> dict[str, Any]:
    """The attributes of a node by name."""
    from onnx import helper

    return {one.name: helper.get_attribute_value(one) for one in node.attribute}


def evaluated(node: Any, tensors: list[Any], place: str) -> Array:
    """The result of an operator whose arguments are constants."""
    options = attributes(node)
    try:
        if node.op_type == "Constant":
            return constant(options, place)
        if node.op_type not in OPERATORS:
            raise ValueError(f"it makes a constant, which {', '.join(OPERATORS)} alone may")
        found = np.asarray(OPERATORS[node.op_type](options, *tensors))
    except (ValueError, TypeError, LookupError) as error:
        text = str(error)
        raise ValueError(text if text.startswith(place) else f"{place}: {text}") from None
    return found


def constant(options: dict[str, Any], place: str) -> Array:
    """The value of a Constant node."""
    ((kind, value),) = options.items()
    if kind == "value":
        return array(value, place)
    kinds = {"value_float": float, "value_floats": float, "value_int": int, "value_ints": int}
    return np.array(value, kinds[kind])


def cast(options: dict[str, Any], x: Array) -> Array:
    """A constant in another type, as the model's runtime would round it."""
    from onnx import helper

    rounded = x.astype(helper.tensor_dtype_to_np_dtype(options["to"]))
    return rounded.astype(np.float64 if is_floating(options["to"]) else np.int64)


def is_floating(kind: int) -> bool:
    """True for a type of floating-point numbers."""
    from onnx import TensorProto as Types

    return kind in (Types.FLOAT, Types.DOUBLE, Types.FLOAT16, Types.BFLOAT16)


def squeezed(options: dict[str, Any], x: Array, axes: Array | None = None) -> Array:
    """A constant without axes of length 1."""
    given = options.get("axes", axes)
    return np.squeeze(x, None if given is None else tuple(int(one) for one in given))


def unsqueezed(options: dict[str, Any], x: Array, axes: Array | None = None) -> Array:
    """A constant with more axes of length 1."""
    given = options.get("axes", axes)
    return np.expand_dims(x, tuple(int(one) for one in given))  # type: ignore[union-attr]


OPERATORS: dict[str, Callable[..., Array]] = {
    "Cast": cast,
    "Identity": lambda _, x: x,
    "Transpose": lambda options, x: np.transpose(x, options.get("perm")),
    "Reshape": lambda _, x, shape: x.reshape(shape.tolist()),
    "Squeeze": squeezed,
    "Unsqueeze": unsqueezed,
    "Gather": lambda options, x, index: np.take(x, index, options.get("axis", 0)),
    "Concat": lambda options, *several: np.concatenate(several, options["axis"]),
}
"""What may be computed of constants: parameters in another form, and shapes."""
