"""Trainings of a task: their results, scores and keys."""

from __future__ import annotations

import math
import pickle
from dataclasses import replace

import numpy as np
import pytest

import kernels
from benchmarks.experiments.sweep import data, tasks
from benchmarks.experiments.sweep.sources import Table
from benchmarks.experiments.sweep.tasks import Task
from kernels import Adam
from tests.benchmarks.experiments.sweep.made_up import OTHER, SMALL, bits, iris, serially


def test_a_result_is_what_a_plan_trains_with_the_seeds_orders() -> None:
    samples = iris()
    (found,) = serially(SMALL, range(5, 6))
    network = kernels.Network.centred((4, 4, 3), 5, ("relu", "softmax"))
    plan = kernels.plan(network, loss="log")
    trained = plan.train(samples.X_train, samples.Y_train, 3, batch_size=32,
                         optimizer=Adam(1e-3), shuffle=5)  # fmt: skip
    assert found.theta == tasks.digest(trained.network)
    assert found.cost == trained.cost[-1]
    right = kernels.plan(trained.network).forward_batch(samples.X_test).argmax(axis=1)
    assert found.score == 100 * np.mean(right == samples.Y_test)
    assert found.instructions.startswith(plan.name)


def test_several_seeds_in_one_task_have_the_bits_of_tasks_of_one() -> None:
    together = tasks.run(Task(OTHER, tuple(range(7)), tasks.version()), iris())
    assert [one.seed for one in together] == list(range(7))
    assert bits(together) == bits(serially(OTHER, range(7)))
    assert len({one.theta for one in together}) == 7


def test_numbers_are_predicted_with_r_squared_as_scikit_learn_has_it() -> None:
    from sklearn.metrics import r2_score

    X = np.random.default_rng(0).random((60, 3))
    samples = data.prepared(Table("a", X, np.stack([X @ [1.0, 2, 3], 1e4 * X[:, 0]], axis=1)))
    setting = replace(SMALL, passes=100, learning_rate=0.01)
    (found,) = serially(setting, range(1), samples)
    plan = kernels.plan(setting.network(samples, 0))
    trained = plan.train(samples.X_train, samples.Y_train, **setting.options(), shuffle=0)
    outputs = kernels.plan(trained.network).forward_batch(samples.X_test)
    assert found.score == pytest.approx(r2_score(samples.Y_test, outputs))
    assert found.score > 0.5


def test_a_training_that_diverges_has_no_score_and_does_not_warn() -> None:
    X = np.random.default_rng(0).random((60, 3))
    samples = data.prepared(Table("a", X, X[:, 0]))
    setting = replace(OTHER, activation="relu", learning_rate=1e6, passes=50)
    (found,) = serially(setting, range(1), samples)
    assert math.isnan(found.score)
    assert not math.isfinite(found.cost)


def test_the_key_depends_on_all_that_the_result_depends_on() -> None:
    X = np.random.default_rng(0).random((60, 4))
    other = data.prepared(Table("a", X, np.arange(60) % 3))
    settings = [
        SMALL, replace(SMALL, hidden=(5,)), replace(SMALL, activation="tanh"),
        replace(SMALL, optimizer="adamw"), replace(SMALL, learning_rate=2e-3),
        replace(SMALL, batch_size=None), replace(SMALL, passes=4), replace(SMALL, l2=1e-4),
    ]  # fmt: skip
    keys = [tasks.key(one, 0, "v", iris()) for one in settings]
    keys += [tasks.key(SMALL, 1, "v", iris()), tasks.key(SMALL, 0, "w", iris())]
    keys += [tasks.key(SMALL, 0, "v", other)]
    assert len(set(keys)) == len(keys)
    assert keys[0] == tasks.key(pickle.loads(pickle.dumps(SMALL)), 0, "v", iris())


def test_a_worker_of_another_version_refuses() -> None:
    with pytest.raises(RuntimeError, match="install the same"):
        tasks.run(Task(SMALL, (0,), "0.0 other"), iris())
