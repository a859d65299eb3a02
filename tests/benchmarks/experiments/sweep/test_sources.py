"""Data sets of sweeps: what is read, and one line for whatever cannot be."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from benchmarks.experiments.sweep import sources
from tests.benchmarks.experiments.sweep.made_up import csv

ROWS = "".join(f"{k},{k * k},{'even' if k % 2 == 0 else 'odd'}\n" for k in range(20))


def archive(folder: Path, **arrays: Any) -> str:
    path = folder / "data.npz"
    np.savez(path, **arrays)
    return str(path)


def test_a_csv_file_with_a_column_of_texts(tmp_path: Path) -> None:
    table = sources.read(csv(tmp_path, f"a,b,kind\n{ROWS}"), "kind")
    assert table.name == "data"
    assert table.X.tolist() == [[k, k * k] for k in range(20)]
    assert table.y.tolist() == ["even", "odd"] * 10


def test_a_csv_file_with_numbers_quotes_blank_lines_and_a_byte_order_mark(tmp_path: Path) -> None:
    text = '\ufeff"target, in °C",x\r\n"1.5", -2e1\r\n\r\n.5,+3.\r\n'
    table = sources.read(csv(tmp_path, text), "target, in °C")
    assert table.y.tolist() == [1.5, 0.5]
    assert table.X.tolist() == [[-20.0], [3.0]]


def test_an_archive_keeps_the_kind_of_its_targets(tmp_path: Path) -> None:
    X = np.arange(12, dtype=">f4").reshape(6, 2)
    for y in (np.arange(6) % 2, np.arange(6) % 2 == 0, np.array(list("ababab"))):
        table = sources.read(archive(tmp_path, X=X, y=y))
        assert table.X.dtype == np.float64
        assert table.X.flags.c_contiguous
        assert table.y.tolist() == y.tolist()
    assert sources.read(archive(tmp_path, X=X, y=np.ones((6, 1)))).y.shape == (6,)


@pytest.mark.parametrize(
    ("source", "target", "message"),
    [
        ("digit", None, "is digits meant?"),
        ("data.txt", None, "--data is digits, iris, a file .npz"),
        ("digits", "x", "--target is for CSV files"),
        ("data.csv", None, "needs --target"),
    ],
)
def test_a_source_that_is_none_is_told(source: str, target: str | None, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        sources.read(source, target)


@pytest.mark.parametrize("name", ["missing.npz", "missing.csv"])
def test_a_file_that_is_missing_is_named(name: str, tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError, match=name):
        sources.read(str(tmp_path / name), "y" if name.endswith("csv") else None)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "is empty: a CSV file begins with"),
        ("a,kind\n", "has a header and no rows"),
        ("a,kin\n1,x\n", "has no column 'kind'; it has a, kin: is kin meant?"),
        ("kind\nx\n", "no column besides 'kind'"),
        ("a,a,kind\n1,2,x\n", "two columns called 'a'"),
        ("a,kind\n1,x\n1,2,x\n", r"data\.csv:3: 3 cells, but the header has 2"),
        ("a,b,kind\n1,2,x\n1,red,x\n", r"data\.csv:3: column 'b' has 'red'"),
        ("a,b,kind\n1,,x\n", r"data\.csv:2: column 'b' has no value"),
        ("a,kind\n1,x\n\n1_0,x\n", r"data\.csv:4: column 'a' has '1_0'"),
        ("a,kind\nnan,x\n", r"data\.csv:2: column 'a' has 'nan'"),
        ("a,kind\n-inf,x\n", r"data\.csv:2: column 'a' has '-inf'"),
        ("a,kind\n1e999,x\n", r"data\.csv:2: column 'a' has '1e999'"),
        ("a,kind\n1,2\n2,nan\n", r"data\.csv:3: the target 'kind' is nan"),
        ("a,kind\n1,x\n2,\n", r"data\.csv:3: the target 'kind' has no value"),
        (
            "a,kind\n1,2.5\n2,n/a\n",
            r"data\.csv:3: the target 'kind' is 'n/a', but a number such as 2.5",
        ),
        ('a,kind\n"1"2,x\n', r"data\.csv:2: not CSV"),
    ],
)
def test_a_mistake_in_a_csv_file_is_told_with_its_place(
    text: str, message: str, tmp_path: Path
) -> None:
    with pytest.raises(ValueError, match=message):
        sources.read(csv(tmp_path, text), "kind")


def test_a_csv_file_that_is_no_text_is_told(tmp_path: Path) -> None:
    path = tmp_path / "data.csv"
    path.write_bytes(b"a,b\n\xff\xfe,1\n")
    with pytest.raises(ValueError, match="2: not UTF-8 text"):
        sources.read(str(path), "b")


GOOD = np.ones((6, 2))


@pytest.mark.parametrize(
    ("arrays", "message"),
    [
        ({"X": GOOD}, "has no array y; it has X"),
        ({}, "has no array X; it has nothing"),
        ({"X": GOOD, "y": np.zeros(5)}, "X and y differ in length: 6 and 5 rows"),
        ({"X": np.ones(6), "y": np.zeros(6)}, r"X must be \(m, n\) numbers"),
        ({"X": GOOD * 1j, "y": np.zeros(6)}, "X must be .* complex128"),
        ({"X": np.full((6, 2), "a"), "y": np.zeros(6)}, "X must be"),
        ({"X": GOOD[:, :0], "y": np.zeros(6)}, "X has no columns"),
        ({"X": GOOD, "y": np.zeros((6, 2, 1))}, "y must be"),
        ({"X": GOOD, "y": np.array([None] * 6)}, "an array holds Python objects"),
        ({"X": GOOD, "y": np.array([0, 1, np.nan, 0, 1, 0])}, "y has nan in row 2, column 0"),
        (
            {"X": np.where(np.arange(12).reshape(6, 2) == 7, np.inf, 1), "y": np.zeros(6)},
            "X has inf in row 3, column 1",
        ),
    ],
)
def test_a_mistake_in_an_archive_is_told(
    arrays: dict[str, Any], message: str, tmp_path: Path
) -> None:
    with pytest.raises(ValueError, match=message):
        sources.read(archive(tmp_path, **arrays))


@pytest.mark.parametrize("content", [b"", b"nothing of that kind", b"PK\x03\x04 and no more"])
def test_a_file_that_is_no_archive_is_told(content: bytes, tmp_path: Path) -> None:
    path = tmp_path / "data.npz"
    path.write_bytes(content)
    with pytest.raises(ValueError, match=r"data\.npz is no \.npz file"):
        sources.read(str(path))


def test_a_single_array_is_no_archive(tmp_path: Path) -> None:
    path = tmp_path / "data.npz"
    with path.open("wb") as file:
        np.save(file, np.ones(3))
    with pytest.raises(ValueError, match="it holds a single array"):
        sources.read(str(path))


def test_an_archive_that_was_cut_short_is_told(tmp_path: Path) -> None:
    path = Path(archive(tmp_path, X=np.ones((100, 9)), y=np.zeros(100)))
    path.write_bytes(path.read_bytes()[:-400])
    with pytest.raises(ValueError, match=r"is no \.npz file"):
        sources.read(str(path))
