"""Files of C with a network in them: right to the last digits, strict C99, refused where wrong."""

from __future__ import annotations

import ctypes
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from benchmarks.measure.environment import ROOT
from kernels import Network
from kernels.parts.architecture import Architecture
from kernels.proof import bounds, reference, results
from kernels.support.checks import DTYPES
from tests.kernels.architectures import DEEP, network
from tests.kernels.c.building import NEEDS_COMPILER, built
from tests.kernels.shifts import KELVIN, samples, shifted

ARTICLE = [Architecture(sizes, ("logistic",) * (len(sizes) - 1)) for sizes in results.ARTICLE]
EVERY = [*ARTICLE, DEEP, *results.others()]


def outputs(library: ctypes.CDLL, X: Any, columns: int, dtype: str) -> tuple[Any, Any]:
    """What the two functions give for all rows, one at a time and at once."""
    many, single = (np.full((len(X), columns), np.nan, dtype) for _ in range(2))
    pointer = ctypes.c_void_p
    library.network_forward_batch.argtypes = [ctypes.c_size_t, pointer, pointer]
    library.network_forward.argtypes = [pointer, pointer]
    library.network_forward_batch(len(X), X.ctypes.data, many.ctypes.data)
    for x, row in zip(X, single, strict=True):
        library.network_forward(x.ctypes.data, row.ctypes.data)
    return single, many


@NEEDS_COMPILER
@pytest.mark.parametrize("dtype", DTYPES)
def test_every_network_is_right_to_the_last_digits(dtype: str, tmp_path: Path) -> None:
    for number, what in enumerate(EVERY):
        one = network(what)
        path = tmp_path / f"{number}.c"
        one.to_c(path, dtype)
        X = np.random.default_rng(0).standard_normal((9, what.sizes[0])).astype(dtype)
        single, many = outputs(built(path, "-Wdouble-promotion"), X, what.sizes[-1], dtype)
        theta = one.theta.astype(dtype)
        bound = bounds.bounds(what, theta, X, None, np.dtype(dtype)).outputs
        true = reference.forward(what, theta, X)
        assert (np.abs(single - true) <= bound).all(), what
        np.testing.assert_array_equal(single, many)


@NEEDS_COMPILER
@pytest.mark.parametrize("dtype", DTYPES)
def test_a_shift_is_subtracted_from_doubles(dtype: str, tmp_path: Path) -> None:
    one = shifted((5, 9, 3), KELVIN)
    one.to_c(tmp_path / "shifted.c", dtype)
    X, _ = samples(one, 9)
    single, _ = outputs(built(tmp_path / "shifted.c"), np.ascontiguousarray(X), 3, dtype)
    theta = one.theta.astype(dtype)
    true = reference.forward(one.sizes, theta, X, one.shift)
    limits = bounds.bounds(one.sizes, theta, X, None, np.dtype(dtype), one.shift)
    assert (np.abs(single - true) <= limits.outputs).all()


@NEEDS_COMPILER
def test_names_of_functions_can_be_chosen(tmp_path: Path) -> None:
    path = tmp_path / "net.c"
    Network.random((3, 3, 1), seed=0).to_c(path, name="digits")
    assert built(path).digits_forward
    assert "void digits_forward_batch(size_t m" in path.read_text()


def test_lines_are_short(tmp_path: Path) -> None:
    Network.random((100, 100, 50, 10), seed=0).to_c(tmp_path / "net.c", "float32")
    assert max(map(len, (tmp_path / "net.c").read_text().splitlines())) <= 100


@pytest.mark.parametrize(
    ("arguments", "error", "message"),
    [
        ({"dtype": "float16"}, ValueError, "float64, float32"),
        ({"name": "3d"}, ValueError, "name must be of letters, digits and _, no digit first"),
        ({"name": "a-b"}, ValueError, "got 'a-b'"),
        ({"name": 7}, TypeError, "name must be a string, got 7"),
    ],
)
def test_wrong_arguments_are_refused(
    arguments: dict[str, Any], error: type[Exception], message: str, tmp_path: Path
) -> None:
    path = tmp_path / "net.c"
    with pytest.raises(error, match=message):
        Network.random((3, 3, 1), seed=0).to_c(path, **arguments)
    assert not path.exists()


def test_parameters_that_the_type_cannot_hold_are_refused(tmp_path: Path) -> None:
    one = Network([[[1e300]]], [[0.0]])
    one.to_c(tmp_path / "double.c")
    with pytest.raises(ValueError, match="theta must be finite in float32"):
        one.to_c(tmp_path / "float.c", "float32")
    one.theta[0] = np.nan
    with pytest.raises(ValueError, match="finite"):
        one.to_c(tmp_path / "double.c")
    assert "1e+300" in (tmp_path / "double.c").read_text()  # the earlier one stands


def test_a_folder_that_is_missing_is_an_error_that_names_the_file(tmp_path: Path) -> None:
    with pytest.raises(OSError, match=r"nowhere/net\.c"):
        Network.random((3, 3, 1), seed=0).to_c(tmp_path / "nowhere" / "net.c")


@pytest.mark.parametrize("name", ["", "taken", "file.c/net.c"])
def test_where_no_file_can_be_the_error_says_why(
    name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "taken").mkdir()
    (tmp_path / "file.c").touch()
    with pytest.raises(OSError, match=f"directory: '{name or '.'}'"):
        Network.random((3, 3, 1), seed=0).to_c(name)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["file.c", "taken"]


@NEEDS_COMPILER
def test_its_first_lines_declare_its_functions(tmp_path: Path) -> None:
    path = tmp_path / "net.c"
    Network.random((3, 3, 1), seed=0).to_c(path)
    lines = path.read_text().partition("*/")[0].splitlines()
    declared = "\n".join(line for line in lines if line.startswith("       "))
    (tmp_path / "main.c").write_text(
        f"{declared}\nvoid twice(const double *x, double *y);\n"
        "void twice(const double *x, double *y)\n"
        "{ network_forward(x, y); network_forward_batch(1, x, y); }\n"
    )
    assert built(tmp_path / "main.c", str(path)).twice


def test_the_example_is_what_is_written_today(tmp_path: Path) -> None:
    path = tmp_path / "net.c"
    Network.random((3, 3, 1), seed=0).to_c(path)
    assert (ROOT / "examples" / "c" / "forward.c").read_text() == path.read_text()
