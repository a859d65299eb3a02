"""Trainings of many networks that are timed are compared with trainings alone."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from benchmarks.measure import many
from benchmarks.measure.many import LOOP, MANY, TASKS, VMAP, ManyQuestion
from kernels import is_installed
from kernels.proof import gate


@pytest.fixture(autouse=True)
def short(monkeypatch: pytest.MonkeyPatch) -> None:
    for name, task in TASKS.items():
        monkeypatch.setitem(TASKS, name, replace(task, count=3, passes=2))


@pytest.mark.parametrize("task", TASKS)
def test_every_contender_is_made_and_checked(task: str) -> None:
    found = {}
    for contender in (MANY, LOOP, *([VMAP] if is_installed(VMAP) else [])):
        call, facts = many.prepare(ManyQuestion(task, 2), contender)
        found[contender] = call.function(*call.arguments)
        assert facts["error"] <= (1e-9 if contender == VMAP else 0)
    assert np.array_equal(found[MANY], found[LOOP])
    assert len({one.tobytes() for one in found[MANY]}) == 3
    if VMAP in found and not TASKS[task].is_shuffled:
        assert np.abs(found[VMAP] - found[MANY]).max() < 1e-3  # epsilon is added elsewhere


def test_other_weights_are_not_timed(monkeypatch: pytest.MonkeyPatch) -> None:
    right = many.together
    monkeypatch.setattr(many, "together", lambda *given: right(*given) + 1e-9)
    with pytest.raises(gate.GateError, match=r"off by .*, allowed 0"):
        many.prepare(ManyQuestion("iris"), MANY)
    monkeypatch.setattr(many, "together", lambda *given: right(*given)[:2])
    with pytest.raises((gate.GateError, ValueError)):
        many.prepare(ManyQuestion("iris"), MANY)


def test_questions_are_read_from_rows() -> None:
    assert ManyQuestion.of_row({"workload": "many-iris", "threads": 4}) == ManyQuestion("iris", 4)
    for name in ("iris", "many-wine", "many-", None):
        with pytest.raises(ValueError, match="no training of many networks"):
            ManyQuestion.of_row({"workload": name})
    with pytest.raises(ValueError, match="--task is one of iris, iris-in-order, digits"):
        ManyQuestion("wine")
