"""What a sweep costs: every constant is measured, and whole sweeps do the work of the loops."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from benchmarks.experiments.sweep import costs, data, tasks
from benchmarks.experiments.sweep.tasks import Task
from benchmarks.measure import sweep_costs

SHORT = replace(costs.SETTING, hidden=(3,), passes=2)


@pytest.fixture(autouse=True)
def short(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(costs, "SETTING", SHORT)
    monkeypatch.setattr(costs, "REPEATED", 2)
    monkeypatch.setattr(costs, "STORED", 3)
    monkeypatch.setattr(costs, "HANDED", 5)


def test_every_cost_is_measured() -> None:
    iris = data.load("iris")
    told: list[str] = []
    found = {(one.quantity, one.threads): one.value for one in costs.rows(iris, 2, 2, told.append)}
    names = {quantity for quantity, _ in found}
    assert names == {
        sweep_costs.COMPILE, sweep_costs.LOAD, sweep_costs.COMPUTE, sweep_costs.STORE,
        sweep_costs.HAND_OVER, sweep_costs.TRANSFER, sweep_costs.PER_TASK, sweep_costs.OVERHEAD,
    }  # fmt: skip
    assert {threads for quantity, threads in found if quantity == sweep_costs.OVERHEAD} == {1, 2}
    positive = [value for (quantity, _), value in found.items() if quantity != sweep_costs.OVERHEAD]
    assert all(value is not None and value > 0 for value in positive)
    assert len(told) == 4 + 2 * len(costs.WORKERS)


def test_the_loop_trains_what_a_sweep_trains() -> None:
    iris = data.load("iris")
    results = tasks.run(Task(SHORT, (0, 1, 2), tasks.version()), iris)
    assert costs.loop(iris, range(3)) == pytest.approx(np.mean([one.score for one in results]))
