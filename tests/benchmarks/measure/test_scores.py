"""Scores: their kinds and their text."""

from __future__ import annotations

import pytest

from benchmarks.measure.scores import ACCURACY, R_SQUARED, Score, usual


@pytest.mark.parametrize(
    ("score", "value", "text"),
    [
        (ACCURACY, 97.25, "97.2"),
        (R_SQUARED, 0.98765, "0.988"),
        (R_SQUARED, -2500976101845.8, "-2.5e+12"),
        (R_SQUARED, -1e250, "-1.0e+250"),
    ],
)
def test_scores_are_short(score: Score, value: float, text: str) -> None:
    assert score.text(value) == text


def test_networks_tell_their_kind() -> None:
    assert usual("64-30-10-relu-softmax") == ACCURACY
    assert usual("3-2-1-relu-identity") == R_SQUARED
    assert usual("3-3-1") == R_SQUARED
