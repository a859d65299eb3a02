"""The split and the scaling of a sweep's data."""

from __future__ import annotations

import pickle
from pathlib import Path

import numpy as np
import pytest

from benchmarks.experiments.sweep import data, sources
from benchmarks.experiments.sweep.sources import Table
from benchmarks.measure.arrays import Array
from tests.benchmarks.experiments.sweep.made_up import csv, iris

GENERATOR = np.random.default_rng(0)
X = GENERATOR.random((40, 3))


def test_40_percent_of_each_class_are_held_out() -> None:
    found = iris()
    assert found.classes == ("0", "1", "2")
    assert np.bincount(found.Y_train).tolist() == [30, 30, 30]
    assert np.bincount(found.Y_test).tolist() == [20, 20, 20]
    assert (found.inputs, found.outputs) == (4, 3)


def test_only_training_rows_decide_the_scaling() -> None:
    found = iris()
    assert np.allclose(found.X_train.mean(axis=0), 0)
    assert np.allclose(found.X_train.std(axis=0), 1)
    assert not np.allclose(found.X_test.mean(axis=0), 0, atol=1e-3)
    together = np.concatenate([found.X_train, found.X_test])
    raw = sources.read("iris").X
    # both are the same rows but for an affine map of each column
    assert np.allclose(np.ptp(together, axis=0) * raw.std(axis=0) / together.std(axis=0),
                       np.ptp(raw, axis=0))  # fmt: skip


def test_the_same_data_has_the_same_digest_and_other_data_another() -> None:
    y = np.arange(40) % 2
    one, same = (data.prepared(Table(name, X, y)) for name in ("a", "b"))
    assert one.digest == same.digest
    changed = X.copy()
    changed[7, 1] = np.nextafter(changed[7, 1], 2)
    assert data.prepared(Table("a", changed, y)).digest != one.digest
    assert data.prepared(Table("a", X, 1 - y)).digest != one.digest
    texts = np.where(y == 0, "no", "yes")
    assert data.prepared(Table("a", X, texts)).digest != one.digest
    assert pickle.loads(pickle.dumps(one)).digest == one.digest


@pytest.mark.parametrize(
    ("y", "classes"),
    [
        (np.arange(40) % 2 == 0, ("False", "True")),
        (np.where(np.arange(40) % 2, "b", "a"), ("a", "b")),
        (np.where(np.arange(40) % 2, b"b", b"a"), ("a", "b")),
        ((np.arange(40) % 2) * 7.0 - 3, ("-3", "4")),
    ],
)
def test_integers_booleans_texts_and_whole_numbers_are_classes(
    y: Array, classes: tuple[str, ...]
) -> None:
    found = data.prepared(Table("a", X, y))
    assert found.classes == classes
    assert found.Y_train.dtype == np.int64


def test_numbers_are_scaled_by_the_training_rows() -> None:
    for y in (1e6 + X[:, 0], np.stack([X[:, 0], 9 * X[:, 1]], axis=1)):
        found = data.prepared(Table("a", X, y))
        assert found.classes is None
        assert found.Y_train.shape == (24, found.outputs)
        assert np.allclose(found.Y_train.mean(axis=0), 0)
        assert np.allclose(found.Y_train.std(axis=0), 1)


@pytest.mark.parametrize(
    ("table", "message"),
    [
        (Table("a", X[:4], np.arange(4) % 2), "too few rows: 4"),
        (Table("a", X, np.zeros(40, int)), "all rows are of one class, 0"),
        (Table("a", X, np.arange(40) // 39), "too few rows: one of class 1"),
        (Table("a", X[:12], np.arange(12) // 2), "too few rows: 12 for 6 classes"),
        (Table("a", X, np.full(40, 0.5)), "the target has the same value in all rows"),
        (Table("a", X * 1e308, np.arange(40) % 2), "the numbers of feature 0 are too large"),
        (Table("a", np.tile(X, (60, 1)), np.arange(2400) // 2), "1200 classes, at most 1000"),
        (Table("a", X, np.full((40, 2), "b")), "must be numbers"),
    ],
)
def test_data_that_cannot_be_split_or_scaled_is_told(table: Table, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        data.prepared(table)


def test_a_file_is_read_split_and_named_without_its_folder(tmp_path: Path) -> None:
    rows = "".join(f"{k},{k / 8 + 0.01}\n" for k in range(10))
    found = data.load(csv(tmp_path, f"a,b\n{rows}", "mine.csv"), "b")
    assert found.name == "mine"
    assert (found.X_train.shape, found.X_test.shape) == ((6, 1), (4, 1))


def test_whole_numbers_are_predicted_when_asked_for() -> None:
    X = np.random.default_rng(0).random((30, 2))
    prices = Table("a", X, np.arange(30) * 1000)
    with pytest.raises(ValueError, match="unless --predict numbers is given"):
        data.prepared(prices)
    found = data.prepared(prices, "numbers")
    assert found.classes is None
    assert found.Y_train.shape == (18, 1)
    halves = Table("a", X, np.arange(30) % 3 / 2)
    assert data.prepared(halves).classes is None
    assert data.prepared(halves, "classes").classes == ("0", "0.5", "1")
    assert data.prepared(halves, "classes").digest != data.prepared(halves).digest


def test_what_cannot_be_predicted_so_is_refused() -> None:
    X = np.random.default_rng(0).random((30, 2))
    with pytest.raises(ValueError, match="--predict numbers, but the targets are texts"):
        data.prepared(Table("a", X, np.array(["x", "y"] * 15)), "numbers")
    with pytest.raises(ValueError, match="needs one target a row"):
        data.prepared(Table("a", X, X), "classes")
    with pytest.raises(ValueError, match="--predict is"):
        data.load("iris", predict="number")
