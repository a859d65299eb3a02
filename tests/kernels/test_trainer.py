"""Trainers: where they are, what they warn of, and interruptions."""

from __future__ import annotations

import copy
import gc
import signal
from typing import Any

import numpy as np
import pytest

import kernels
from kernels import SGD, Adam
from tests.kernels.test_batches import CLASSES, X, small


def test_a_trainer_tells_where_it_is() -> None:
    trainer = small().trainer(Adam(0.01), l2=0.5)
    assert repr(trainer).startswith("<Trainer specialized: Adam(learning_rate=0.01")
    assert "l2=0.5, 0 steps" in repr(trainer)
    trainer.step(X, CLASSES)
    trainer.epoch(X, CLASSES, 50)
    assert "4 steps" in repr(trainer)
    trainer.learning_rate /= 2
    assert trainer.learning_rate == 0.005
    assert "learning_rate=0.005" in repr(trainer)
    for wrong in (-1.0, np.inf):
        with pytest.raises(ValueError, match="learning_rate"):
            trainer.learning_rate = wrong
    with pytest.raises(ValueError, match="a state needs theta, slots"):
        trainer.state = {"steps": 3, "learning_rate": 0.1}
    with pytest.raises(ValueError, match="not of a trainer with adam"):
        trainer.state = small().trainer(SGD(0.1)).state
    for other in (None, "state"):
        with pytest.raises(TypeError, match=r"what Trainer\.state returned"):
            trainer.state = other  # type: ignore[assignment]
    twin = copy.deepcopy(trainer)
    assert twin.step(X, CLASSES) == trainer.step(X, CLASSES)
    np.testing.assert_array_equal(twin.theta, trainer.theta)


def test_progress_is_told_and_divergence_warned_of() -> None:
    seen: list[tuple[int, float, float]] = []
    found = small().train(X, CLASSES, 4, batch_size=50, optimizer=Adam(),
                          progress=lambda *now: seen.append(now))  # fmt: skip
    assert seen[-1] == (4, found.cost[-1], found.error[-1])
    bad = X.copy()
    bad[3, 1] = np.nan
    with pytest.warns(RuntimeWarning, match="not finite from iteration 0 on"):
        small().train(bad, CLASSES, 2, batch_size=50)
    with pytest.warns(RuntimeWarning, match="the cost is not finite"):
        small().trainer(Adam()).epoch(bad, CLASSES, 50)


def test_plans_without_training_have_no_trainer() -> None:
    with pytest.raises(kernels.NotOfferedError, match="train"):
        small(operations="forward").trainer(Adam())


def test_an_interrupted_pass_leaves_no_step_half_made(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nor does a thread that computes on after the call was interrupted."""
    trainer = small("batched").trainer(Adam(0.01))
    trainer.epoch(X, CLASSES, 50)
    whole = type(trainer._plan).pass_over
    in_use: list[Any] = []

    def interrupted(self: Any, theta: Any, one: Any, *arguments: Any) -> None:
        whole(self, theta, one, *arguments)
        in_use.extend((theta, one.slots))
        raise KeyboardInterrupt

    before = trainer.state
    monkeypatch.setattr(type(trainer._plan), "pass_over", interrupted)
    with pytest.raises(KeyboardInterrupt):
        trainer.epoch(X, CLASSES, 50)
    monkeypatch.undo()
    for array in in_use:
        array[:] = np.nan
    after = trainer.state
    for name in ("theta", "slots", "steps"):
        np.testing.assert_array_equal(after[name], before[name])


@pytest.mark.parametrize("kernel", ["jitted", "specialized"])
def test_an_interruption_is_never_lost(kernel: str) -> None:
    """Wherever in a call it comes: Numba, for one, may call Python while it converts arguments."""
    trainer = small(kernel).trainer(SGD(0.1))
    trainer.step(X, CLASSES)
    times = np.random.default_rng(0).uniform(1e-6, 3e-4, 2000)

    def interrupt(*_: Any) -> None:
        raise KeyboardInterrupt

    usual = signal.signal(signal.SIGALRM, interrupt)
    gc.disable()  # Python ignores what is raised in others' callbacks of the collector
    try:
        for seconds in times:
            with pytest.raises(KeyboardInterrupt):  # noqa: PT012  # it comes in one of the calls
                signal.setitimer(signal.ITIMER_REAL, seconds)
                for _ in range(10_000):
                    trainer.step(X, CLASSES)
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, usual)
        gc.enable()
    assert np.isfinite(trainer.theta).all()
