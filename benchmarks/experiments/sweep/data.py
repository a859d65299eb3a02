"""The data of a sweep: split once into what is trained on and what is held out, and scaled.

The split is the same for every seed: 40 % of the rows are held out, of classes as large a share of
each. Means and deviations for the scaling are those of the training rows only. Targets that are
integers, booleans, texts or whole numbers are classes; others are numbers to predict, and are
scaled too (R² does not depend on it).
"""

from __future__ import annotations

import hashlib
import math
from dataclasses import dataclass

import numpy as np

from benchmarks.experiments.sweep import sources
from benchmarks.experiments.sweep.sources import Table
from benchmarks.measure import choices
from benchmarks.measure.arrays import Array

TEST_SHARE = 0.4
SPLIT_SEED = 0
LEAST_ROWS = 5
MOST_CLASSES = 1000
PREDICT = ("classes", "numbers")


@dataclass(frozen=True)
class Data:
    """Training and test samples.

    Attributes
    ----------
    name : of the data set, or of the file without its folders
    X_train, X_test : (m, s_1) float64, scaled
    Y_train, Y_test : (m,) int64, the index of each sample's class; or (m, s_L) float64, scaled
    classes : the classes as text, in the order of the outputs; None for numbers to predict
    digest : hexadecimal SHA-256 of all of these but the name
    """

    name: str
    X_train: Array
    Y_train: Array
    X_test: Array
    Y_test: Array
    classes: tuple[str, ...] | None
    digest: str

    @property
    def inputs(self) -> int:
        """Features of a sample, s_1."""
        return int(self.X_train.shape[1])

    @property
    def outputs(self) -> int:
        """Outputs of a network for this data, s_L."""
        return int(self.Y_train.shape[1]) if self.classes is None else len(self.classes)


def load(source: str, target: str | None = None, predict: str | None = None) -> Data:
    """Read, split and scale a data set.

    Parameters
    ----------
    source : "digits", "iris", a file .npz with X and y, or a CSV file with a header
    target : the column to predict, of a CSV file
    predict : "classes" or "numbers"; None: as the targets look

    Raises
    ------
    OSError
        If a file cannot be read.
    ValueError
        If it holds no such data, or too little to split: one line says what is wrong and where.
    """
    if predict is not None:
        choices.check("--predict", predict, PREDICT)
    return prepared(sources.read(source, target), predict)


def prepared(table: Table, predict: str | None = None) -> Data:
    """The samples of a table, split and scaled; raises ValueError as `load`."""
    from sklearn.model_selection import train_test_split

    names, y = encoded(table, predict)
    require_enough(table.name, y, names)
    train, test = train_test_split(
        np.arange(len(y)),
        test_size=TEST_SHARE,
        random_state=SPLIT_SEED,
        stratify=None if names is None else y,
    )
    X_train, X_test = scaled(table.name, "feature", table.X[train], table.X[test])
    Y_train, Y_test = y[train], y[test]
    if names is None:
        if not (np.ptp(Y_train, axis=0).all() and np.ptp(Y_test, axis=0).all()):
            raise ValueError(f"{table.name}: the target has the same value in all rows")
        Y_train, Y_test = scaled(table.name, "target", Y_train, Y_test)
    samples = X_train, Y_train, X_test, Y_test
    return Data(table.name, *samples, names, digest_of(*samples, classes=names))


def encoded(table: Table, predict: str | None = None) -> tuple[tuple[str, ...] | None, Array]:
    """The classes with the index of each row's, (m,) int64; or None with numbers, (m, s_L)."""
    y = table.y
    if predict == "numbers":
        if y.dtype.kind in "US":
            raise ValueError(f"{table.name}: --predict numbers, but the targets are texts")
        return None, y.astype(np.float64).reshape(len(y), -1)
    if predict == "classes" and y.ndim == 2:
        raise ValueError(f"{table.name}: --predict classes needs one target a row, (m,)")
    if y.ndim == 2:
        if y.dtype.kind in "US":
            raise ValueError(f"{table.name}: the targets of several outputs must be numbers")
        return None, y.astype(np.float64)
    if y.dtype.kind == "f":
        if predict is None and not np.array_equal(y, np.round(y)):
            return None, y[:, np.newaxis]
        named: Array = np.array([f"{value:.15g}" for value in y.tolist()])
        values, first, indices = np.unique(y, return_index=True, return_inverse=True)
        return tuple(named[first].tolist()), indices.reshape(-1).astype(np.int64)
    values, indices = np.unique(y, return_inverse=True)
    return tuple(map(text_of, values.tolist())), indices.reshape(-1).astype(np.int64)


def text_of(value: object) -> str:
    """A class as text."""
    return value.decode(errors="replace") if isinstance(value, bytes) else str(value)


def require_enough(name: str, y: Array, classes: tuple[str, ...] | None) -> None:
    """Raise ValueError unless the rows are enough for a split in which every class is trained."""
    m = len(y)
    if m < LEAST_ROWS:
        raise ValueError(f"{name} has too few rows: {m}, and at least {LEAST_ROWS} are needed")
    if classes is None:
        return
    if len(classes) < 2:
        raise ValueError(f"{name}: all rows are of one class, {classes[0]}")
    if len(classes) > MOST_CLASSES:
        raise ValueError(
            f"{name} has {len(classes)} classes, at most {MOST_CLASSES} can be told apart; whole "
            "numbers and texts are taken for classes, unless --predict numbers is given"
        )
    counts = np.bincount(y)
    if counts.min() < 2:
        lonely = classes[int(counts.argmin())]
        raise ValueError(
            f"{name} has too few rows: one of class {lonely}, and each class needs two or more "
            "(whole numbers and texts are taken for classes, unless --predict numbers is given)"
        )
    held_out = math.ceil(TEST_SHARE * m)
    if min(held_out, m - held_out) < len(classes):
        raise ValueError(f"{name} has too few rows: {m} for {len(classes)} classes")


def scaled(name: str, what: str, train: Array, test: Array) -> tuple[Array, Array]:
    """Training and test columns with the mean 0 and, unless constant, the variance 1 of training.

    Raises ValueError for numbers too large for that.
    """
    from sklearn.preprocessing import StandardScaler

    with np.errstate(over="ignore", invalid="ignore"):
        scaler = StandardScaler().fit(train)
        found = [np.ascontiguousarray(scaler.transform(part)) for part in (train, test)]
    for part in found:
        wrong = np.argwhere(~np.isfinite(part))
        if len(wrong):
            raise ValueError(f"{name}: the numbers of {what} {wrong[0][1]} are too large to scale")
    return found[0], found[1]


def digest_of(*arrays: Array, classes: tuple[str, ...] | None) -> str:
    """A hexadecimal SHA-256 of arrays, with their shapes and types, and of the classes' names."""
    found = hashlib.sha256(repr(classes).encode())
    for one in arrays:
        found.update(f"{one.shape} {one.dtype.str}".encode())
        found.update(np.ascontiguousarray(one).tobytes())
    return found.hexdigest()
