"""The figure of the article's training on the digits."""

from __future__ import annotations

import pytest

from benchmarks.measure import frames, rows
from benchmarks.measure.rows import Row
from benchmarks.show.figures import training
from tests.benchmarks.made_up import loading


@pytest.mark.parametrize(
    ("accuracies", "told", "first"),
    [
        ([86.62], "The accuracy is 86.6 % (1 seed), above the article's 86 %.", "0 of 1 seed"),
        ([85.0, 90.0], "The accuracy is in the median 87.5 % (85.0 … 90.0, 2 seeds; 86 % or less "
                       "with 1 of them).", "0 of 2 seeds"),
    ],
)  # fmt: skip
def test_one_seed_is_no_median(accuracies: list[float], told: str, first: str) -> None:
    found = [Row("accuracy_percent", value=value, seed=k) for k, value in enumerate(accuracies)]
    frame = frames.frame(rows.records(found, {}))
    chart = training.training(loading(frame, "article"))
    assert chart.finding == told
    ((series,),) = (panel.series for panel in chart.panels)
    assert series.notes[0].endswith(first)
