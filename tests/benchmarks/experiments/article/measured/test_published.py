"""Rows made of the article's timings: each time, ratio and failure under its own name.

Calls are not timed: a fake timer returns a time that depends on the called plan.
"""

from __future__ import annotations

import math
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import kernels
from benchmarks.experiments.article import reproduce
from benchmarks.experiments.article.measured import published
from benchmarks.measure import duel, portion, rows, timing, workloads
from benchmarks.measure.contenders import Contender
from benchmarks.measure.question import Question
from benchmarks.measure.rows import Row
from benchmarks.measure.workloads import Workload
from kernels.proof import gate
from tests.benchmarks.experiments.article.measured.conftest import KernelOf
from tests.running import run
from tests.wrong_kernels.base import Wrong
from tests.wrong_kernels.layers import DropsLastBias
from tests.wrong_kernels.trainings import StopsAfterTwoIterations

SMALL = Workload((3, 4, 2), rows=5, iterations=30)
NS = {"looped": 9e6, "vectorized": 4e6, "batched": 3e6, "jitted": 2e6, "specialized": 1e6, "c": 5e5}
"""The fake time of a call, by kernel."""
RIVALS = ("tensorflow", "tensorflow-xla", "pytensor", "pytensor-safe")


def by_kernel(found: Iterable[Row], quantity: str = "time") -> dict[str, Row]:
    return {str(row.kernel): row for row in found if row.quantity == quantity}


def spoil(monkeypatch: pytest.MonkeyPatch, rung: str, wrong: type[Wrong]) -> None:
    """Replace a rung by a wrong kernel, and fail if anything is timed."""
    plan = kernels.plan
    monkeypatch.setattr(
        kernels, "plan", lambda network, kernel: plan(network, wrong if kernel == rung else kernel)
    )
    for name in ("alternate", "as_timeit", "stopwatch"):
        monkeypatch.setattr(timing, name, lambda *_, **__: pytest.fail("something was timed"))


@pytest.fixture
def forward(kernel_of: KernelOf, monkeypatch: pytest.MonkeyPatch) -> list[Row]:
    """Return the rows of a forward pass whose calls take the times in `NS`."""

    def fake(call: timing.Call) -> float:
        return 50.0 if call.function is timing.floor(()).function else NS[kernel_of(call)]

    def alternate(calls: dict[str, timing.Call], seconds: float) -> dict[str, timing.Samples]:
        return {name: timing.Samples(np.full(6, fake(one)), 7) for name, one in calls.items()}

    def as_timeit(call: timing.Call, quick: bool) -> timing.Samples:
        return timing.Samples(fake(call) + np.array([0.0, 2.0]), 1)

    monkeypatch.setattr(timing, "alternate", alternate)
    monkeypatch.setattr(timing, "as_timeit", as_timeit)
    return published.measure_forward(SMALL, quick=True)


def test_c_is_left_out_where_there_is_no_compiler(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(
        kernels, "missing", lambda name: "needs a compiler" if name == "c" else None
    )
    assert tuple(published.installed()) == kernels.LADDER


def test_each_kernels_time_is_that_of_its_own_plan(forward: list[Row]) -> None:
    times = by_kernel(forward)
    assert list(times) == published.installed()
    for name, row in times.items():
        assert (row.workload, row.operation) == ("3-4-2", "forward")
        assert row.median_ns == row.low_ns == row.high_ns == NS[name]
        assert (row.mean_ns, row.std_ns) == (NS[name] + 1, 1.0)
        assert (row.samples, row.calls_per_sample, row.floor_ns) == (6, 7, 50.0)
        assert row.error is not None
        assert row.error < 1e-12


def test_the_ratio_is_the_loops_time_by_the_vectorised_ones(forward: list[Row]) -> None:
    (ratio,) = [row for row in forward if row.quantity == "ratio"]
    assert ratio.figure == "ratio 3-4-2"
    assert ratio.value == NS["looped"] / NS["vectorized"] == 2.25
    assert ratio.low == ratio.high == 2.25


@pytest.mark.parametrize("rung", kernels.LADDER)
def test_wrong_forward_passes_are_not_timed(rung: str, monkeypatch: pytest.MonkeyPatch) -> None:
    spoil(monkeypatch, rung, DropsLastBias)
    with pytest.raises(gate.GateError, match=r"DropsLastBias\.forward"):
        published.measure_forward(SMALL, quick=True)


@pytest.fixture
def small(monkeypatch: pytest.MonkeyPatch) -> None:
    """Train a small network instead of the article's."""
    monkeypatch.setattr(workloads, "named", lambda _: SMALL)


@pytest.mark.usefixtures("small")
def test_a_trainings_time_is_scaled_up_from_the_part_that_was_timed(
    kernel_of: KernelOf, monkeypatch: pytest.MonkeyPatch
) -> None:
    parts = {"looped": (2, 1), "vectorized": (5, 3), "batched": (5, 10)}
    factors = {"looped": 75.0, "vectorized": 10.0, "batched": 3.0}

    def choose(plan: kernels.Plan, operation: str, X: Any, Y: Any, *_: Any) -> portion.Portion:
        some, count = parts.get(plan.name, (5, 30))
        call = portion.make_call(plan, operation, X[:some], Y[:some], count, SMALL.alpha)
        return portion.Portion(call, some, count, 5, 30)

    def stopwatch(function: Any) -> tuple[float, None]:
        assert function.func is portion.run
        (call,) = function.args
        assert call.function.__name__ == "train"
        return NS[kernel_of(call)], None

    monkeypatch.setattr(portion, "choose", choose)
    monkeypatch.setattr(timing, "stopwatch", stopwatch)
    times = by_kernel(published.measure_training(quick=False))
    assert list(times) == published.installed()
    for name, row in times.items():
        assert row.median_ns == pytest.approx(NS[name] * factors.get(name, 1.0))
        assert (row.workload, row.operation, row.rows, row.iterations) == ("3-4-2", "train", 5, 30)
        assert row.samples == (timing.MIN_SAMPLES if name in parts else 3)
    assert times["looped"].extrapolated_from == "1 of 30 iterations, 2 of 5 samples"
    assert times["vectorized"].extrapolated_from == "3 of 30 iterations"
    assert times["specialized"].extrapolated_from is None


@pytest.mark.usefixtures("small")
@pytest.mark.parametrize("rung", kernels.LADDER)
def test_wrong_trainings_are_not_timed(rung: str, monkeypatch: pytest.MonkeyPatch) -> None:
    spoil(monkeypatch, rung, StopsAfterTwoIterations)
    with pytest.raises(gate.GateError, match=r"StopsAfterTwoIterations\.train"):
        published.measure_training(quick=True)


def seat(monkeypatch: pytest.MonkeyPatch, sitting: duel.Sitting) -> list[Any]:
    """Pretend that all libraries are installed and duels end with `sitting`.

    Returns a list to which each duel's sizes, operation and contenders are appended.
    """
    asked: list[Any] = []

    def sit(task: Question, who: list[Contender], *_: Any) -> duel.Sitting:
        asked.append((task.sizes, task.operation, [one.label for one in who]))
        return sitting

    monkeypatch.setattr(published, "interpreters", lambda: dict.fromkeys(RIVALS, Path("python")))
    monkeypatch.setattr(duel, "sit", sit)
    return asked


def logs(**ns: tuple[float, ...]) -> dict[str, list[float]]:
    return {name: [math.log(one) for one in times] for name, times in ns.items()}


def test_a_librarys_ratio_is_the_vectorised_codes_time_by_its_own(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    times = logs(vectorized=(100.0, 110.0), pytensor=(50.0, 54.0), tensorflow=(4000.0, 4400.0))
    sitting = duel.Sitting(times)
    asked = seat(monkeypatch, sitting)
    found = published.measure_frameworks(quick=True)
    assert asked == [((100, 100, 50, 10), "forward", ["vectorized", *RIVALS])]
    ratios = by_kernel(found, "rival_ratio")
    assert set(ratios) == {"pytensor", "tensorflow"}
    for name, value in (("pytensor", math.sqrt(2 * 110 / 54)), ("tensorflow", 0.025)):
        row = ratios[name]
        assert row.value == pytest.approx(value)
        assert row.against == "vectorized"
        assert (row.value, row.low, row.high) == sitting.ratio("vectorized", name, len(RIVALS))
    own = by_kernel(found, "rival_time")
    assert own["pytensor"].median_ns == pytest.approx(math.sqrt(50 * 54))
    assert own["vectorized"].median_ns == pytest.approx(math.sqrt(100 * 110))


def test_a_contender_that_failed_has_its_own_state_and_reason(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    failures = {
        "tensorflow": ("crashed", "ended with SIGILL"),
        "tensorflow-xla": ("hung", "no answer for 60 s"),
        "pytensor-safe": ("missing", "pytensor is not installed"),
    }
    seat(monkeypatch, duel.Sitting(logs(vectorized=(8.0,), pytensor=(4.0,)), failures=failures))
    times = by_kernel(published.measure_frameworks(quick=True), "rival_time")
    assert {name: (times[name].state, times[name].reason) for name in failures} == failures
    assert times["pytensor"].state == times["vectorized"].state == "ok"


def test_without_the_articles_own_time_there_is_no_ratio(monkeypatch: pytest.MonkeyPatch) -> None:
    failures = {"vectorized": ("wrong", "off by 1")}
    seat(monkeypatch, duel.Sitting(logs(pytensor=(4.0, 5.0)), failures=failures))
    found = published.measure_frameworks(quick=True)
    assert not by_kernel(found, "rival_ratio")
    times = by_kernel(found, "rival_time")
    assert (times["vectorized"].state, times["vectorized"].reason) == failures["vectorized"]
    assert times["pytensor"].median_ns == pytest.approx(math.sqrt(20))


def test_nothing_is_duelled_where_no_library_is_installed(monkeypatch: pytest.MonkeyPatch) -> None:
    asked = seat(monkeypatch, duel.Sitting())
    monkeypatch.setattr(published, "interpreters", lambda: dict.fromkeys(RIVALS))
    monkeypatch.setattr(kernels, "missing", lambda name: f"{name} is not installed")
    times = by_kernel(published.measure_frameworks(quick=True), "rival_time")
    assert not asked
    assert {name: (row.state, row.reason) for name, row in times.items()} == {
        name: ("missing", f"{name} is not installed") for name in RIVALS
    }


def test_ctrl_c_among_the_libraries_ends_the_run(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    seat(monkeypatch, duel.Sitting(logs(vectorized=(8.0,)), interrupted=True))
    with pytest.raises(KeyboardInterrupt):
        published.measure_frameworks(quick=True)
    later: list[Row] = []

    def after() -> list[Row]:
        later.append(Row("value"))
        return later

    steps = [
        reproduce.Step("exact", 1, published.exact_figures),
        reproduce.Step("libraries", 1, lambda: published.measure_frameworks(quick=True)),
        reproduce.Step("after", 1, after),
    ]
    monkeypatch.setattr(reproduce, "steps", lambda _: iter(steps))
    path = tmp_path / "rows.jsonl"
    result = run("article", "--quick", "--json", str(path))
    assert result.returncode == 130
    assert "interrupted" in result.stderr
    assert not later
    stored = {record["quantity"] for record in rows.read(path)}
    assert stored == {"output", "minimum", "steps"}
