"""Statements about trainings on the digits, each computed a second way."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from sklearn.model_selection import train_test_split
from sklearn.preprocessing import StandardScaler

from benchmarks.article import statements
from benchmarks.experiments.article import experiment
from benchmarks.experiments.article.measured import trainings
from benchmarks.measure import digits
from tests.benchmarks.statements import values


def split_by_hand(seed: int) -> digits.Split:
    """Return the split whose scaler was fitted on training images only."""
    pixels, labels = digits.images()
    X_train, X_test, y_train, y_test = train_test_split(
        pixels, labels, test_size=0.4, random_state=seed
    )
    scaler = StandardScaler().fit(X_train)
    Y_train = (y_train[:, np.newaxis] == np.arange(10)).astype(float)
    return digits.Split(scaler.transform(X_train), Y_train, scaler.transform(X_test), y_test)


def test_scaling_by_training_images_changes_the_accuracy_by_the_stored_amount() -> None:
    byhand, usual = split_by_hand(0), digits.split(0)
    for own, other in zip(digits.split(0, "training images"), byhand, strict=True):
        assert np.array_equal(own, other)
    assert not np.allclose(usual.X_test, byhand.X_test)
    assert np.array_equal(usual.labels_test, byhand.labels_test)
    found = trainings.accuracy(0, True, 400)
    accuracy = next(r.value for r in found if r.quantity == "accuracy_percent")
    again = experiment.run("specialized", 0, iterations=400, data=byhand).accuracy_percent
    change = values(found, "statement scaler")["change_points"]
    assert accuracy is not None
    assert change == pytest.approx(again - accuracy)
    assert change != 0
    outputs = values(found, "statement outputs")
    trained = experiment.run("batched", 0, iterations=400)
    assert outputs["lowest_output"] == pytest.approx(trained.outputs.min(), rel=1e-6)
    assert outputs["highest_output"] == pytest.approx(trained.outputs.max(), rel=1e-6)
    assert 0 < outputs["lowest_output"] < outputs["highest_output"] < 1


def test_a_training_in_stages_equals_one_training() -> None:
    found = trainings.iterations(1, (4, 10, 24))
    whole = experiment.run("batched", 1, iterations=24)
    errors = {r.iterations: r.value for r in found if r.quantity == statements.ERROR}
    assert errors == pytest.approx({k: whole.trained.error[k - 1] for k in (4, 10, 24)}, rel=1e-10)
    accuracies = {r.iterations: r.value for r in found if r.quantity == statements.ACCURACY}
    assert list(accuracies) == [4, 10, 24]
    assert accuracies[24] == pytest.approx(whole.accuracy_percent)


def one_node(data: digits.Split, count: int) -> tuple[Any, float]:
    """Return the weights and accuracy if all 30 hidden nodes are trained as one node."""
    m, w, b, v, c = len(data.X_train), np.full(64, 0.5), 0.5, np.full(10, 0.5), np.full(10, 0.5)
    for _ in range(count):
        h = 1 / (1 + np.exp(-(data.X_train @ w + b)))
        y = 1 / (1 + np.exp(-(30 * h[:, np.newaxis] * v + c)))
        delta = (y - data.Y_train) * y * (1 - y)
        back = (delta @ v) * h * (1 - h)
        v, c = v - 0.25 * h @ delta / m, c - 0.25 * delta.mean(axis=0)
        w, b = w - 0.25 * back @ data.X_train / m, b - 0.25 * back.mean()
    h = 1 / (1 + np.exp(-(data.X_test @ w + b)))
    outputs = 30 * h[:, np.newaxis] * v + c
    return w, 100 * float(np.mean(outputs.argmax(axis=1) == data.labels_test))


def test_hidden_nodes_that_start_alike_stay_alike() -> None:
    found = trainings.equal_weights(0, 1000)
    known = values(found, "statement equal weights")
    w, accuracy = one_node(digits.split(0), 1000)
    assert known["equal_accuracy_percent"] == pytest.approx(accuracy, abs=0.5)
    assert known["apart"] < 1e-9
    assert known["apart"] < 1e-9 * np.ptp(w)
