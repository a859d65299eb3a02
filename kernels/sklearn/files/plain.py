"""Plain data as named arrays and one text of JSON, and back; nothing is pickled.

Plain data are None, booleans, numbers, strings, NumPy's arrays and scalars, dtypes, tuples, lists,
dictionaries whose keys are plain too (None and NaN among them), networks, and dataclasses of such::

    arrays = {}
    text = json.dumps(Writer(Converted, arrays).written(converted, "converted"))
    converted = Reader(Converted, arrays).read(json.loads(text), Converted)

A dataclass may be written if it is the one that `Writer` and `Reader` are made for, or is named in
the annotations of its fields, at any depth, or derives from one of them. None is registered. The
reader makes no other objects, calls their constructors, and checks each field against its
annotation first.

What JSON has no value for is an object with one entry, which names the kind: `{"tuple": [1, "a"]}`,
`{"array": "converted.network.theta"}`, `{"objects": [[2], "a", "b"]}`, whose shape comes first.
"""

from __future__ import annotations

import dataclasses
import math
import typing
from collections.abc import Callable, Iterable, Mapping
from typing import Any

import numpy as np

from kernels.network import Network
from kernels.sklearn.files import hints
from kernels.support.checks import Array

KINDS = "biufcSUmM"
"""Kinds of dtypes whose arrays need no pickling."""


class Writer:
    """Describe plain data for JSON, and collect its arrays.

    Parameters
    ----------
    root : the dataclass that is written
    arrays : gets the arrays, under names that tell where they belong
    """

    def __init__(self, root: type, arrays: dict[str, Array]) -> None:
        self._known = hints.dataclasses_of(root)
        self._arrays = arrays
        own: dict[type, Callable[[Any, str], Any]] = dict.fromkeys(
            (type(None), bool, int, str), lambda value, _: value
        )
        self._ways = own | {
            float: self._float,
            np.ndarray: self._array,
            tuple: lambda value, name: {"tuple": self._several(value, name)},
            list: lambda value, name: {"list": self._several(value, name)},
            dict: self._dict,
            Network: self._network,
        }

    def written(self, value: Any, name: str) -> Any:
        """Return what stands for a value in JSON; `name` is the value's, for arrays and messages.

        Raises
        ------
        TypeError
            If it is not plain data.
        ValueError
            If the parameters of a network are not finite.
        """
        kind = type(value)
        if kind in self._ways:
            return self._ways[kind](value, name)
        if self._known.get(kind.__name__) is kind:
            return self._dataclass(value, name)
        if isinstance(value, np.dtype) and value.kind in KINDS:
            return {"dtype": value.str}
        if isinstance(value, np.generic) and type(value.item()) in (bool, int, float, str):
            return {"scalar": [value.dtype.str, self.written(value.item(), name)]}
        raise TypeError(
            f"{name} cannot be kept without pickling: numbers, strings and arrays of them can, got "
            f"{kind.__name__}"
        )

    def _several(self, values: Iterable[Any], name: str) -> list[Any]:
        return [self.written(value, f"{name}.{i}") for i, value in enumerate(values)]

    def _float(self, value: float, _: str) -> Any:
        return value if math.isfinite(value) else {"float": str(value)}

    def _dict(self, value: dict[Any, Any], name: str) -> Any:
        keys = self._several(value, f"{name}.keys")
        values = self._several(value.values(), f"{name}.values")
        return {"dict": [list(pair) for pair in zip(keys, values, strict=True)]}

    def _array(self, value: Array, name: str) -> dict[str, Any]:
        if value.dtype.kind in KINDS:
            self._arrays[name] = value
            return {"array": name}
        if value.dtype.kind == "O" or value.dtype == np.dtypes.StringDType():
            kind = "objects" if value.dtype.kind == "O" else "strings"
            return {kind: [list(value.shape), *self._several(value.ravel().tolist(), name)]}
        raise TypeError(f"{name} cannot be kept without pickling, got dtype {value.dtype}")

    def _network(self, value: Network, name: str) -> Any:
        # only what can be loaded is written
        network = Network.from_theta(value.sizes, value.theta, value.activations, value.shift)
        self._arrays[f"{name}.theta"] = network.theta
        shift = self.written(network.shift, f"{name}.shift")
        sizes, activations = list(network.sizes), list(network.activations)
        return {"network": [sizes, f"{name}.theta", activations, shift]}

    def _dataclass(self, value: Any, name: str) -> Any:
        fields = {
            one.name: self.written(getattr(value, one.name), f"{name}.{one.name}")
            for one in dataclasses.fields(value)
            if one.init
        }
        return {"dataclass": [type(value).__name__, fields]}


class Reader:
    """Make the values that `Writer` has written.

    Parameters
    ----------
    root : the dataclass that is read
    arrays : the arrays by name
    """

    def __init__(self, root: type, arrays: Mapping[str, Array]) -> None:
        self._known = hints.dataclasses_of(root)
        self._arrays = arrays

    def read(self, content: Any, hint: Any) -> Any:
        """Return the value that some content of JSON stands for, which fits the annotation `hint`.

        Raises
        ------
        Exception
            Of any class, if the content is damaged; the message says what is wrong.
        """
        value = self._value(content)
        if not hints.fits(value, hint):
            raise ValueError(f"expected {hints.described(hint)}, got {value!r:.100}")
        return value

    def _value(self, content: Any) -> Any:
        if isinstance(content, list):
            raise ValueError("expected a value, got a list of JSON")
        if not isinstance(content, dict):
            return content
        if len(content) != 1:
            raise ValueError(f"expected one kind of data, got {', '.join(content)}")
        ((kind, inner),) = content.items()
        make = getattr(self, f"_make_{kind}", None)
        if make is None:
            raise ValueError(f"there is no kind of data {kind!r}")
        return make(inner)

    def _make_float(self, inner: str) -> float:
        # a dictionary finds NaN only by the object itself, which is most often NumPy's
        return np.nan if inner == "nan" else float(inner)

    def _make_array(self, inner: str) -> Array:
        found = self._arrays[inner]
        if found.dtype.kind not in KINDS:
            raise ValueError(f"arrays of dtype {found.dtype} are not kept")
        return found

    def _make_scalar(self, inner: list[Any]) -> Any:
        dtype, content = inner
        return np.array(self._value(content), self._make_dtype(dtype))[()]

    def _make_dtype(self, inner: str) -> np.dtype[Any]:
        found = np.dtype(str(inner))
        if found.kind not in KINDS:
            raise ValueError(f"dtype {found} is not kept")
        return found

    def _make_objects(self, inner: list[Any], dtype: Any = object) -> Array:
        shape, *values = inner
        found = np.empty(len(values), dtype)
        for i, value in enumerate(values):
            found[i] = self._value(value)
        return found.reshape(shape)

    def _make_strings(self, inner: list[Any]) -> Array:
        return self._make_objects(inner, np.dtypes.StringDType())

    def _make_tuple(self, inner: list[Any]) -> tuple[Any, ...]:
        return tuple(self._make_list(inner))

    def _make_list(self, inner: list[Any]) -> list[Any]:
        return [self._value(value) for value in inner]

    def _make_dict(self, inner: list[Any]) -> dict[Any, Any]:
        return {self._value(key): self._value(value) for key, value in inner}

    def _make_network(self, inner: list[Any]) -> Network:
        sizes, theta, activations, shift = inner
        return Network.from_theta(sizes, self._arrays[theta], activations, self._value(shift))

    def _make_dataclass(self, inner: list[Any]) -> Any:
        name, contents = inner
        kind = self._known.get(name)
        if kind is None:
            raise ValueError(f"there is no class {name!r}")
        known = {one.name for one in dataclasses.fields(kind) if one.init}
        unknown = sorted(contents.keys() - known)
        if unknown:
            raise ValueError(f"{name} has no {', '.join(unknown)}")
        annotations = typing.get_type_hints(kind)
        values: dict[str, Any] = {}
        for field, content in contents.items():
            try:
                values[field] = self.read(content, annotations[field])
            except Exception as error:
                raise ValueError(f"{field}: {error or type(error).__name__}") from None
        return kind(**values)
