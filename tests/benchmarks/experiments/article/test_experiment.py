"""The article's training on the digits, and what is said of its accuracy."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pandas as pd
import pytest

import kernels
from benchmarks.experiments.article import experiment
from benchmarks.measure import digits, frames, rows
from benchmarks.show.tables import training_table


def test_the_whole_experiment_reaches_the_articles_accuracy() -> None:
    data = digits.split(0)
    network = kernels.Network.random(digits.SIZES, seed=0)
    result = kernels.plan(network, "batched").train(
        data.X_train, data.Y_train, digits.ITERATIONS, digits.ALPHA
    )
    outputs = kernels.plan(result.network, "batched").forward_batch(data.X_test)
    assert digits.accuracy_percent(outputs, data.labels_test) >= 80
    assert result.error[-1] < 0.5
    assert result.error[0] > 2
    assert (np.diff(result.cost[100:]) < 1e-4).all()


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ({"start": "network.npz"}, "start must be a Network, got str"),
        ({"start": (64, 30, 10)}, "start must be a Network, got tuple"),
        ({"data": np.ones((3, 64))}, "data must be a Split, got ndarray"),
    ],
)
def test_an_experiment_is_given_networks_and_splits(given: dict[str, Any], message: str) -> None:
    with pytest.raises(TypeError, match=f"^{message}$"):
        experiment.run("batched", 0, iterations=1, **given)


def finished(*accuracies: float) -> pd.DataFrame:
    """The rows of trainings of one seed each that ended with these accuracies."""
    one = experiment.run("batched", 0, iterations=1)
    runs = [replace(one, seed=k, accuracy_percent=value) for k, value in enumerate(accuracies)]
    found = [row for run in runs for row in experiment.rows(run, curve=run.seed == 0)]
    return frames.frame(rows.records(found, {"threads": 2}))


@pytest.mark.parametrize(
    ("accuracies", "told"),
    [
        ((10.81,), "accuracy: 10.8 % (1 seed), below the article's 86 %"),
        ((86.0,), "accuracy: 86.0 % (1 seed), which is the article's 86 %"),
        ((90.0,), "accuracy: 90.0 % (1 seed), above the article's 86 %"),
        ((85.0, 86.0, 90.0), "accuracy: in the median 86.0 % (85.0 … 90.0, 3 seeds; 86 % or less "
                             "with 2 of them)"),
    ],
)  # fmt: skip
def test_a_summary_gives_a_median_only_of_several_trainings(
    accuracies: tuple[float, ...], told: str
) -> None:
    assert training_table.summary(finished(*accuracies)) == told
