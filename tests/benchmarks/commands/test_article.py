"""The article's experiment, descent and published figures."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pandas as pd
import pytest

import kernels
from benchmarks.article import descent
from benchmarks.article.figures import FIGURES
from benchmarks.article.statements import STATEMENTS
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


def test_the_data_are_as_described() -> None:
    data = digits.split(0)
    assert data.X_train.shape == (digits.TRAINING_ROWS, 64)
    assert data.Y_train.sum(axis=1).tolist() == [1.0] * digits.TRAINING_ROWS
    assert len(data.X_test) == len(data.labels_test) == 1797 - digits.TRAINING_ROWS


@pytest.mark.parametrize("jit", [False, True])
def test_descent_gives_the_articles_minimum(jit: bool) -> None:
    found = descent.descend(jit=jit)
    assert f"{found.x:.6f}" == "2.249965"
    assert found.steps == 70


@pytest.mark.parametrize("jit", [False, True])
def test_descent_ends_with_a_clear_error(jit: bool) -> None:
    with pytest.raises(descent.DescentError, match="diverged"):
        descent.descend(step=1.0, jit=jit)
    with pytest.raises(descent.DescentError, match="no convergence in 5 steps"):
        descent.descend(max_steps=5, jit=jit)
    with pytest.raises(ValueError, match="precision must be positive"):
        descent.descend(precision=0, jit=jit)
    with pytest.raises(ValueError, match="finite"):
        descent.descend(start=float("nan"), jit=jit)
    with pytest.raises(TypeError, match="real number"):
        descent.descend(step="fast", jit=jit)  # type: ignore[arg-type]
    with pytest.raises(ValueError, match="at least 1"):
        descent.descend(max_steps=0, jit=jit)


def test_descent_takes_any_derivative() -> None:
    found = descent.descend(lambda x: 2 * (x - 3), start=0.0, step=0.1, precision=1e-9)
    assert found.x == pytest.approx(3, abs=1e-7)
    with pytest.raises(descent.DescentError, match="diverged"):
        descent.descend(lambda x: x**400, start=1e3)


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
def test_trainings_are_told_by_their_median_only_where_there_are_several(
    accuracies: tuple[float, ...], told: str
) -> None:
    assert training_table.summary(finished(*accuracies)) == told


def test_a_trainings_line_has_the_values_of_its_last_iteration() -> None:
    one = experiment.run("batched", 3, iterations=12)
    found = [
        row for seed in (0, 1) for row in experiment.rows(replace(one, seed=seed), curve=seed == 0)
    ]
    frame = frames.frame(rows.records(found, {"threads": 2}))
    assert training_table.title(frame) == (
        "64-30-10 on digits, 12 iterations: batched, float64, 2 threads"
    )
    for seed, line in enumerate(training_table.lines(frame)):
        assert line[:4] == (
            str(seed),
            f"{one.trained.cost[-1]:.5f}",
            f"{one.trained.error[-1]:.4f}",
            f"{one.accuracy_percent:.1f} %",
        )
        assert line[4].endswith("s")


def test_diverging_training_is_returned_with_a_warning() -> None:
    network = kernels.Network.random((2, 2), seed=0)
    plan = kernels.plan(network, "batched")
    with pytest.warns(RuntimeWarning, match="not finite from iteration 0"):
        result = plan.train([[np.nan, 1.0]], [[0.0, 1.0]], 3, 0.25)
    assert np.isnan(result.cost).all()
    assert np.isnan(result.network.theta).any()


def test_every_figure_and_statement_has_its_own_key() -> None:
    keys = [figure.key for figure in FIGURES] + [statement.key for statement in STATEMENTS]
    assert len(set(keys)) == len(keys)
