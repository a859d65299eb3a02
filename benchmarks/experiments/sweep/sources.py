"""Where the data of a sweep comes from: scikit-learn's data sets, .npz files and CSV files.

Whatever the source, the result is a `Table`: a matrix of finite features and a column of targets.
Each mistake in a file is a ValueError that says where it is.
"""

from __future__ import annotations

import csv
import io
import math
import re
import zipfile
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

from benchmarks.measure import files
from benchmarks.measure.arrays import Array
from kernels.support import checks

BUILT_IN = ("digits", "iris")
"""Data sets that scikit-learn brings along."""
NUMBER = re.compile(
    r"\s*[+-]?((\d+\.?\d*|\.\d+)(e[+-]?\d+)?|nan|inf|infinity)\s*", re.IGNORECASE | re.ASCII
)
"""A number as it stands in a CSV file; NaN and infinity are read, and then refused."""


class Table(NamedTuple):
    """Features and targets as they were read.

    Attributes
    ----------
    name : the data's name, without the folders of its file
    X : (m, s_1) float64, finite
    y : (m,) integers, booleans, texts or float64; or (m, s_L) float64
    """

    name: str
    X: Array
    y: Array


def read(source: str, target: str | None = None) -> Table:
    """Read a data set.

    Parameters
    ----------
    source : one of `BUILT_IN`; a file .npz with arrays X and y; or a CSV file with a header
    target : the column of the targets in a CSV file; None for the other sources

    Raises
    ------
    OSError
        If the file cannot be read.
    ValueError
        If it is none of these, or its content is no finite data.
    """
    suffix = Path(source).suffix.lower()
    if source in BUILT_IN or suffix == ".npz":
        if target is not None:
            raise ValueError(f"--target is for CSV files: {source} has its own targets")
        return built_in(source) if source in BUILT_IN else of_archive(Path(source))
    if suffix == ".csv":
        if target is None:
            raise ValueError(f"{source} needs --target, the name of the column to predict")
        return of_csv(Path(source), target)
    hint = checks.near(source, BUILT_IN)
    raise ValueError(
        f"--data is {', '.join(BUILT_IN)}, a file .npz with X and y, or a file .csv, "
        f"got {source!r}{hint}"
    )


def built_in(name: str) -> Table:
    """A data set of scikit-learn."""
    from sklearn import datasets

    found: Any = getattr(datasets, f"load_{name}")()
    return Table(name, np.asarray(found.data, np.float64), np.asarray(found.target))


# --- .npz ---------------------------------------------------------------------------------------


def of_archive(path: Path) -> Table:
    """The arrays X and y of a .npz file; nothing in it is unpickled."""
    try:
        with path.open("rb") as file:  # NumPy leaves a file open that is no archive
            found = np.load(file, allow_pickle=False)
            if not isinstance(found, np.lib.npyio.NpzFile):
                raise ValueError("it holds a single array")
            with found as archive:
                missing = [name for name in ("X", "y") if name not in archive]
                if missing:
                    known = ", ".join(archive) or "nothing"
                    raise ValueError(f"it has no array {missing[0]}; it has {known}")
                X, y = archive["X"], archive["y"]
    except (ValueError, EOFError, KeyError, zipfile.BadZipFile) as error:
        raise ValueError(f"{path} is no .npz file of X and y: {said(error)}") from None
    if X.ndim != 2 or X.dtype.kind not in "fiub":
        raise ValueError(f"{path}: X must be (m, n) numbers, got {X.shape} of {X.dtype}")
    if y.ndim not in (1, 2) or y.dtype.kind not in "fiubUS":
        raise ValueError(f"{path}: y must be (m,) or (m, n) values, got {y.shape} of {y.dtype}")
    if len(X) != len(y):
        raise ValueError(f"{path}: X and y differ in length: {len(X)} and {len(y)} rows")
    if X.shape[1] == 0:
        raise ValueError(f"{path}: X has no columns")
    if y.ndim == 2 and y.shape[1] == 1:
        y = y[:, 0]
    features = X.astype(np.float64)
    require_finite(path, features, "X", first_row=0)
    if y.dtype.kind == "f":
        y = y.astype(np.float64)
        require_finite(path, y.reshape(len(y), -1), "y", first_row=0)
    return Table(path.stem, features, y)


def said(error: Exception) -> str:
    """The first line of an error's message, or its kind if it has none."""
    lines = str(error).splitlines()
    if "allow_pickle" in str(error):
        return "an array holds Python objects"
    return lines[0] if lines else type(error).__name__


def require_finite(path: Path, values: Array, name: str, first_row: int) -> None:
    """Raise ValueError with the row and column of the first NaN or infinity in (m, n) values."""
    wrong = np.argwhere(~np.isfinite(values))
    if len(wrong):
        row, column = map(int, wrong[0])
        raise ValueError(
            f"{path}: {name} has {values[row, column]} in row {row + first_row}, column {column}"
        )


# --- CSV ----------------------------------------------------------------------------------------


def of_csv(path: Path, target: str) -> Table:
    """A CSV file with a header: numbers in all columns but the target's, which may have texts."""
    reader = csv.reader(io.StringIO(files.text_of(path), newline=""), strict=True)
    numbers: list[list[float]] = []
    targets: list[str] = []
    lines: list[int] = []
    try:
        names = [name.strip() for name in next(reader, [])]
        place = place_of(path, names, target)
        for cells in reader:
            if not cells:
                continue
            line = reader.line_num
            if len(cells) != len(names):
                raise ValueError(
                    f"{path}:{line}: {len(cells)} cells, but the header has {len(names)}"
                )
            targets.append(cells.pop(place).strip())
            lines.append(line)
            numbers.append(list(map(as_number, cells)))
    except csv.Error as error:
        raise ValueError(f"{path}:{reader.line_num}: not CSV: {error}") from None
    if not numbers:
        raise ValueError(f"{path} has a header and no rows")
    features = [name for name in names if name != target]
    X = np.array(numbers, np.float64)
    for row, column in np.argwhere(~np.isfinite(X)):
        text = cell(path, lines[row], features[column], names)
        what = "no value" if not text.strip() else f"{text!r}"
        raise ValueError(
            f"{path}:{lines[row]}: column {features[column]!r} has {what}: "
            "features must be finite numbers"
        )
    return Table(path.stem, X, target_values(path, targets, lines, target))


def place_of(path: Path, names: list[str], target: str) -> int:
    """The number of the target's column."""
    if not names:
        raise ValueError(f"{path} is empty: a CSV file begins with the names of its columns")
    twice = [name for number, name in enumerate(names) if name in names[:number]]
    if twice:
        raise ValueError(f"{path} has two columns called {twice[0]!r}")
    if target not in names:
        hint = checks.near(target, names)
        raise ValueError(f"{path} has no column {target!r}; it has {', '.join(names)}{hint}")
    if len(names) == 1:
        raise ValueError(f"{path} has no column besides {target!r}")
    return names.index(target)


def as_number(text: str) -> float:
    """A cell as a number; NaN for one that holds none."""
    return float(text) if NUMBER.fullmatch(text) else float("nan")


def cell(path: Path, line: int, column: str, names: list[str]) -> str:
    """The text of a cell, read again for a message."""
    reader = csv.reader(io.StringIO(files.text_of(path), newline=""))
    return next(cells for cells in reader if reader.line_num == line)[names.index(column)]


def target_values(path: Path, texts: list[str], lines: list[int], target: str) -> Array:
    """The targets: float64 if all are numbers, else the texts.

    Raises ValueError for an empty target, and for a text among numbers that are not whole: these
    are no classes.
    """
    for text, line in zip(texts, lines, strict=True):
        if not text:
            raise ValueError(f"{path}:{line}: the target {target!r} has no value")
    words = [text for text in texts if not NUMBER.fullmatch(text)]
    if words:
        if fractions := [text for text in texts if is_fraction(text)]:
            raise ValueError(
                f"{path}:{lines[texts.index(words[0])]}: the target {target!r} is {words[0]!r}, "
                f"but a number such as {fractions[0]} in other rows"
            )
        return np.array(texts)
    found = np.array(list(map(float, texts)))
    for row in np.flatnonzero(~np.isfinite(found)):
        raise ValueError(f"{path}:{lines[row]}: the target {target!r} is {texts[row]}")
    return found


def is_fraction(text: str) -> bool:
    """True for a finite number that is not whole."""
    value = as_number(text)
    return math.isfinite(value) and not value.is_integer()
