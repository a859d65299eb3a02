"""Plain data of any depth are written and read without pickling; other data are refused."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal

import numpy as np
import pytest

import kernels
from kernels.sklearn.conversion import Converted
from kernels.sklearn.files import hints
from kernels.sklearn.files.plain import Reader, Writer


@dataclass(frozen=True)
class Step:
    """A step of a preparation, as a later version may have."""


@dataclass(frozen=True)
class Table(Step):
    codes: dict[str | float | bool | None, int]
    unknown: Literal["error", "ignore"] = "error"
    size: int = field(init=False, default=3)


@dataclass(frozen=True)
class Columns(Step):
    which: tuple[str | int, ...]
    fill: np.ndarray[Any, Any] | None
    factor: float = 1.0


@dataclass(frozen=True)
class Preparation:
    steps: tuple[Step, ...]
    network: kernels.Network
    dtype: np.dtype[Any] | None = None
    more: Any = None


def there_and_back(value: Any, root: type = Preparation) -> Any:
    arrays: dict[str, Any] = {}
    text = json.dumps(Writer(root, arrays).written(value, "it"), allow_nan=False)
    return Reader(root, arrays).read(json.loads(text), root)


NETWORK = kernels.Network.random((2, 3, 1), seed=0, shift=[1.0, 2.0])


def test_nested_dataclasses_dictionaries_and_tuples() -> None:
    codes: Any = {"a": 0, None: 1, np.nan: 2, 1.5: 3, True: 4}
    steps = (
        Table(codes, "ignore"),
        Columns(("a", 3), np.array([[1, 2], [3, 4]]).T, 2),
        Columns((), None, float("-inf")),
    )
    more = [np.float32(0.1), np.float64(0.1), np.str_("x"), np.bool_(True), np.int8(-3), np.nan,
            np.float16(np.inf), np.uint64(2**64 - 1), -0.0, 10**30, (None, [])]  # fmt: skip
    found = there_and_back(Preparation(steps, NETWORK, np.dtype(">f4"), more))
    assert found.steps[0] == steps[0]
    assert found.steps[0].codes[np.nan] == 2
    np.testing.assert_array_equal(found.steps[1].fill, steps[1].fill)
    assert found.steps[2] == steps[2]
    assert found.network == NETWORK
    assert found.dtype == ">f4"
    assert [type(one) for one in found.more] == [type(one) for one in more]
    assert repr(found.more) == repr(more)


def test_strings_of_any_length_are_kept() -> None:
    for dtype in (object, np.dtypes.StringDType()):
        words = np.array([["a", "bc"], ["", "d\x00"]], dtype)
        found = there_and_back(Preparation((), NETWORK, more=words)).more
        assert found.dtype == words.dtype
        assert found.tolist() == words.tolist()


@pytest.mark.parametrize(
    "value",
    [object(), {1, 2}, b"bytes", 1j, np.complex128(1j), np.dtype(object), np.bytes_(b"a"),
     len, Path("a"), np.zeros(1, [("a", int)]), [[b"deep"]],
     np.ma.masked_array([1]), kernels],
)  # fmt: skip
def test_other_data_are_refused(value: Any) -> None:
    with pytest.raises(TypeError, match=r"it\.more.* cannot be kept without pickling"):
        there_and_back(Preparation((), NETWORK, more=value))


def test_dataclasses_that_are_not_named_are_refused() -> None:
    with pytest.raises(TypeError, match="cannot be kept"):
        there_and_back(Table({}), Converted)


@pytest.mark.parametrize(
    ("value", "hint", "expected"),
    [
        (1, float, True), (True, int, False), (True, float, False), ("a", Any, True),
        (None, int | None, True), ((1, 2), tuple[int, ...], True),
        ((1, "a"), tuple[int, ...], False),
        ((1, "a"), tuple[int, str], True), ((1,), tuple[int, str], False), ((), tuple[()], True),
        ([1], list[int], True), ((1,), list[int], False), ({"a": 1}, dict[str, int], True),
        ({"a": "b"}, dict[str, int], False), (1, Literal[1, "a"], True),
        (True, Literal[1], False), ([], tuple, False), ({}, dict, True), (None, None, True),
    ],
)  # fmt: skip
def test_annotations(value: Any, hint: Any, expected: bool) -> None:
    assert hints.fits(value, hint) is expected
