"""The digits that the article's experiment trains on."""

from __future__ import annotations

from benchmarks.measure import digits


def test_the_data_are_as_described() -> None:
    data = digits.split(0)
    assert data.X_train.shape == (digits.TRAINING_ROWS, 64)
    assert data.Y_train.sum(axis=1).tolist() == [1.0] * digits.TRAINING_ROWS
    assert len(data.X_test) == len(data.labels_test) == 1797 - digits.TRAINING_ROWS
