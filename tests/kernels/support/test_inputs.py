"""What callers pass: every kind of sample is converted to the same numbers, or refused."""

from __future__ import annotations

import pickle
import warnings
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import numpy as np
import pytest

import kernels
from kernels.network import Network
from kernels.support import checks

SIZES = (5, 9, 3)
DTYPES = ("float64", "float32")
SHIFTS = {"": None, "shifted": np.array([1e5, -3.0, 0.5, 273.15, 1.7e9])}
VALUES = np.array([[3.0, -7.0, 0.0, 1.0, 100.0], [1.0, 1.0, 2.0, 0.0, 5.0]])
"""Numbers that every dtype below has, but for the sign."""


def misaligned(X: Any) -> Any:
    found = np.zeros(X.nbytes + 1, np.uint8)[1:].view(X.dtype).reshape(X.shape)
    found[...] = X
    return found


def read_only(X: Any) -> Any:
    found = X.copy()
    found.flags.writeable = False
    return found


class Kind(np.ndarray):
    """A subclass of arrays."""


def between(X: Any) -> Any:
    """Every second number of an array that has NaN between them."""
    found = np.full((*X.shape, 2), np.nan, X.dtype)
    found[..., 0] = X
    return found[..., 0]


KINDS: dict[str, Any] = {
    **{f"dtype {code}": lambda X, code=code: X.astype(code) for code in
       ("f2", "f4", "f8", "g", "i1", "i2", "i4", "i8", ">f4", ">f8", ">i2")},
    **{f"dtype {code}": lambda X, code=code: abs(X).astype(code) for code in ("u1", "u8", "?")},
    "list": lambda X: X.tolist(),
    "list of integers": lambda X: X.astype(int).tolist(),
    "tuple": lambda X: tuple(X.tolist()),
    "list of scalars": list,
    "strided": between,
    "reversed": lambda X: X[..., ::-1].copy()[..., ::-1],
    "of Fortran": np.asfortranarray,
    "misaligned": misaligned,
    "read-only": read_only,
    "subclass": lambda X: X.view(Kind),
    "matrix": lambda X: X.view(np.matrix) if X.ndim == 2 else X.tolist(),
    "memory": lambda X: memoryview(X.copy()),
    "unpickled": lambda X: pickle.loads(pickle.dumps(X)),
    "another instance of the dtype": lambda X: X.astype(np.dtype(X.dtype.str, metadata={"a": 1})),
}  # fmt: skip


def network(shift: str, sizes: tuple[int, ...] = SIZES) -> Network:
    theta = Network.centred(sizes, 1).theta
    return Network.from_theta(sizes, theta, None, SHIFTS[shift])


@pytest.mark.parametrize("kernel", ["specialized", "batched"])
@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("shift", SHIFTS)
def test_every_kind_of_sample_gives_the_same_bits(kernel: str, dtype: str, shift: str) -> None:
    plan = kernels.plan(network(shift), kernel, dtype, operations=["forward", "forward_batch"])
    wide = np.float64 if shift else dtype
    for name, convert in KINDS.items():
        X = convert(VALUES)
        plain = np.array(X, dtype=wide, order="C", subok=False)
        assert plan.forward_batch(X).tolist() == plan.forward_batch(plain).tolist(), name
        for x in map(convert, VALUES):
            plain = np.array(x, dtype=wide, order="C", subok=False).ravel()
            out = np.empty(3, dtype)
            assert plan.forward(x, out) is out
            for found in (out, plan.forward(x)):
                assert found.tolist() == plan.forward(plain).tolist(), name


def test_a_dtype_that_was_unpickled_is_numpys_own() -> None:
    for dtype in DTYPES:
        copied = pickle.loads(pickle.dumps(np.zeros(1, dtype))).dtype
        assert copied is not np.dtype(dtype)
        assert kernels.plan(network(""), "batched", copied).dtype is np.dtype(dtype)
        found = checks.array(np.zeros(3, copied), np.dtype(dtype), (3,), "x")
        assert found.dtype is np.dtype(dtype)


@pytest.mark.parametrize("dtype", DTYPES)
def test_arrays_are_copied_only_if_compiled_code_cannot_take_them(dtype: str) -> None:
    like = np.dtype(dtype)
    X = VALUES.astype(dtype)
    for taken in (X, X.view(Kind), pickle.loads(pickle.dumps(X))):
        found = checks.array(taken, like, (None, 5), "X")
        assert type(found) is np.ndarray
        assert np.shares_memory(found, taken)
    others = (between, misaligned, read_only, np.asfortranarray, lambda X: X.astype(">f8"))
    for convert in others:
        other = convert(X)
        found = checks.array(other, like, (None, 5), "X")
        assert not np.shares_memory(found, other)
        assert found.flags.carray
        assert found.tolist() == X.tolist()


@pytest.mark.parametrize("shift", SHIFTS)
@pytest.mark.parametrize("kernel", ["specialized", "batched"])
@pytest.mark.parametrize(
    ("wrong", "error", "message"),
    [
        ("text", TypeError, "x must hold real numbers, got dtype str"),
        (["a"] * 5, TypeError, "x must hold real numbers, got dtype str"),
        ([1j] * 5, TypeError, "x must hold real numbers, got dtype complex128"),
        ([None] * 5, TypeError, "x must hold real numbers, got dtype object"),
        (np.zeros(5, "M8[s]"), TypeError, "x must hold real numbers, got dtype datetime64"),
        (np.ma.masked_array(np.ones(5), mask=True), TypeError, "masked one: fill it first"),
        ([[1], [1, 2]], ValueError, "x must be a rectangular array of numbers"),
        (3.0, ValueError, r"x must have shape \(5,\), got \(\)"),
        (np.ones(4), ValueError, r"x must have shape \(5,\), got \(4,\)$"),
        (np.ones((2, 5)), ValueError, r"got \(2, 5\): forward_batch takes samples as rows"),
    ],
)
def test_what_is_no_sample_is_refused(
    kernel: str, shift: str, wrong: Any, error: Any, message: str
) -> None:
    plan = kernels.plan(network(shift), kernel, operations=["forward", "forward_batch"])
    with pytest.raises(error, match=message):
        plan.forward(wrong)


def test_numpys_warnings_are_left_out_for_one_call() -> None:
    huge = np.full(3, 1e308)
    with np.errstate(all="raise"), warnings.catch_warnings():
        warnings.simplefilter("error")
        assert np.isinf(checks.silently(np.add, huge, huge)).all()
        assert np.isnan(checks.silently(np.log, -huge)).all()
        with pytest.raises(FloatingPointError):
            np.add(huge, huge)
        with pytest.raises(KeyError):
            checks.silently({}.__getitem__, 1)
        assert checks.silently(checks.silently, np.add, huge, huge)[0] == np.inf
    with ThreadPoolExecutor(4) as pool:  # each call has a context of its own
        for found in pool.map(lambda _: checks.silently(np.add, huge, huge), range(1000)):
            assert np.isinf(found).all()
