"""Statements about the digits' images, each computed a second way."""

from __future__ import annotations

from dataclasses import asdict

import numpy as np
import pytest
from sklearn.preprocessing import MinMaxScaler

from benchmarks.experiments.article.measured import images
from benchmarks.measure import digits, frames
from benchmarks.show.tables.statements_table import finding
from tests.benchmarks.statements import statement, values


def test_statements_about_pixels_match_the_data() -> None:
    found = images.describe()
    pixels = digits.images()[0]
    assert values(found, "statement data") == {"images": 1797}
    assert values(found, "statement pixels") == {"lowest": 0, "highest": 16}
    assert (
        values(found, "statement interval")
        == {"levels": len(set(pixels.ravel()))}
        == {"levels": 17}
    )
    with pytest.raises(ValueError, match="feature range"):
        MinMaxScaler((1, 1)).fit(pixels)
    text = finding(statement("statement scaling"), frames.frame(map(asdict, found)))
    assert text.startswith("between -3.0 and 42.4; 97.6 % lie within ±2, and 3 pixels")


def nearest(data: digits.Split, count: int) -> float:
    """Return the accuracy of a vote of the nearest training images, counted by hand."""
    labels = data.Y_train.argmax(axis=1)
    squares = ((data.X_test[:, np.newaxis] - data.X_train) ** 2).sum(axis=2)
    votes = labels[np.argsort(squares, axis=1, kind="stable")[:, :count]]
    winners = [np.bincount(line, minlength=10).argmax() for line in votes]
    return 100 * float(np.mean(winners == data.labels_test))


def test_accuracies_of_other_classifiers_match_a_vote_by_hand() -> None:
    found = values(images.others(0), "statement others")
    assert found["neighbours_percent"] == pytest.approx(nearest(digits.split(0), 5), abs=0.3)
    assert set(found) == set(statement("statement others").quantities)
    for percent in found.values():
        assert 94 < percent < 99.7
