"""Sweeps: what is trained, in which tasks, and what a store that has results saves."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import pytest

from benchmarks.experiments.sweep import summary
from benchmarks.experiments.sweep.local import LocalEngine
from benchmarks.experiments.sweep.store import Store
from benchmarks.experiments.sweep.sweep import MOST_SEEDS, Sweep
from benchmarks.experiments.sweep.tasks import Result, Task, key, version
from benchmarks.measure.errors import FailedError
from tests.benchmarks.experiments.sweep.made_up import OTHER, SMALL, bits, iris, serially


class Pretended:
    """An engine that trains nothing: each training takes `seconds`."""

    workers = 2

    def __init__(self, seconds: float) -> None:
        self.seconds = seconds
        self.tasks: list[Task] = []

    def run(self, tasks: Iterator[Task]) -> Iterator[tuple[Task, list[Result]]]:
        for task in tasks:
            self.tasks.append(task)
            yield task, [self.result(task, seed) for seed in task.seeds]

    def result(self, task: Task, seed: int) -> Result:
        found = key(task.setting, seed, task.version, iris())
        return Result(found, task.setting, seed, 90.0 + seed, 0.1, self.seconds, "t", "looped x")

    def close(self) -> None:
        pass


def test_200_networks_by_two_workers_have_the_bits_of_a_bare_loop(tmp_path: Path) -> None:
    done = []
    with Store(tmp_path) as store, closing(LocalEngine(iris(), 2)) as engine:
        sweep = Sweep(iris(), [SMALL, OTHER], 100, store)
        sweep.run(engine, lambda _, count: done.append(count))
        found = dict(sweep.results())
        again = Sweep(iris(), [SMALL, OTHER], 100, store)
    assert bits(found[SMALL]) == bits(serially(SMALL, range(100)))
    assert bits(found[OTHER]) == bits(serially(OTHER, range(100)))
    assert done == sorted(set(done))
    assert done[-1] == 200
    assert (sweep.there, sweep.trained, again.there) == (0, 200, 200)
    assert 0 < sweep.share <= 1  # type: ignore[operator]


def test_tasks_are_of_one_seed_then_of_about_a_second_and_small_at_the_end(tmp_path: Path) -> None:
    engine = Pretended(0.0625)
    with Store(tmp_path) as store:
        Sweep(iris(), [SMALL, OTHER], 100, store).run(engine)
    sizes = {setting: [len(one.seeds) for one in engine.tasks if one.setting == setting]
             for setting in (SMALL, OTHER)}  # fmt: skip
    assert sizes[SMALL] == [1, 16, 16, 16, 16, 16, 16, 3]
    assert sizes[OTHER][:2] == [1, 16]
    assert sizes[OTHER][1:] == sorted(sizes[OTHER][1:], reverse=True)
    assert sizes[OTHER][-1] == 1
    assert sum(sizes[OTHER]) == 100
    seeds = [(one.setting, seed) for one in engine.tasks for seed in one.seeds]
    assert len(set(seeds)) == len(seeds)


@pytest.mark.parametrize(("seconds", "most"), [(30.0, 1), (0.0, MOST_SEEDS)])
def test_tasks_of_long_trainings_have_one_seed_and_none_has_too_many(
    seconds: float, most: int, tmp_path: Path
) -> None:
    engine = Pretended(seconds)
    with Store(tmp_path) as store:
        Sweep(iris(), [SMALL, OTHER], 10 if most == 1 else 2 * MOST_SEEDS, store).run(engine)
    assert max(len(one.seeds) for one in engine.tasks) == most


def test_only_what_is_missing_is_trained(tmp_path: Path) -> None:
    with Store(tmp_path) as store:
        Sweep(iris(), [SMALL], 10, store).run(Pretended(1.0))
        engine = Pretended(1.0)
        sweep = Sweep(iris(), [OTHER, SMALL], 12, store)
        assert sweep.there == 10
        sweep.run(engine)
        assert sorted(one.seeds for one in engine.tasks if one.setting == SMALL) == [(10,), (11,)]
        newer = Sweep(iris(), [SMALL], 10, store, version="other")
        assert newer.there == 0


def test_what_another_sweep_has_stored_meanwhile_is_not_trained(tmp_path: Path) -> None:
    engine = Pretended(1.0)
    with Store(tmp_path) as store, Store(tmp_path) as other:
        sweep = Sweep(iris(), [SMALL, OTHER], 5, store)
        Sweep(iris(), [OTHER], 5, other).run(Pretended(1.0))
        sweep.run(engine)
        assert {one.setting for one in engine.tasks} == {SMALL}
        assert sum(len(found) for _, found in sweep.results()) == 10
        assert (sweep.trained, sweep.elsewhere, sweep.done) == (5, 5, 10)


def test_an_interrupt_gives_the_engine_up_and_keeps_what_is_stored(tmp_path: Path) -> None:
    with Store(tmp_path) as store:
        sweep = Sweep(iris(), [SMALL], 10, store)

        def interrupt(_: object, done: int) -> None:
            if done == 4:
                raise KeyboardInterrupt

        with pytest.raises(KeyboardInterrupt):
            sweep.run(Pretended(1.0), interrupt)
        again = Sweep(iris(), [SMALL], 10, store)
        assert again.there == 4
        again.run(Pretended(1.0))
        assert [one.seed for _, found in again.results() for one in found] == list(range(10))


def test_a_result_that_differs_ends_the_sweep(tmp_path: Path) -> None:
    """Another sweep stores a result while this one computes the same with other bits."""

    class Meddling(Pretended):
        def run(self, tasks: Iterator[Task]) -> Iterator[tuple[Task, list[Result]]]:
            for task, results in super().run(tasks):
                wrong = [replace(one, theta="other") for one in results]
                store.add(iris().digest, version(), wrong)
                yield task, results

    with Store(tmp_path) as store:
        sweep = Sweep(iris(), [SMALL], 3, store)
        with pytest.raises(FailedError, match="seed 0 differ"):
            sweep.run(Meddling(1.0))


def test_rows_have_medians_spread_and_counts_of_each_setting(tmp_path: Path) -> None:
    with Store(tmp_path) as store:
        sweep = Sweep(iris(), [SMALL], 9, store)
        sweep.run(Pretended(0.5))
        rows = {row.quantity: row for row in summary.rows(sweep)}
    median = rows["accuracy_percent"]
    assert (median.workload, median.operation, median.kernel) == (
        "4-4-3-relu-softmax", "train", "looped",
    )  # fmt: skip
    assert (median.training, median.iterations, median.rows) == (
        "adam, batch 32, rate 0.001",
        3,
        90,
    )
    assert median.value == 94
    assert 90 <= median.low < 94 < median.high <= 98  # type: ignore[operator]
    assert rows["accuracy_percent_least"].value == 90
    assert rows["accuracy_percent_lower_quartile"].value == 92
    assert rows["accuracy_percent_upper_quartile"].value == 96
    assert rows["accuracy_percent_most"].value == 98
    assert (rows["seeds"].value, rows["diverged"].value) == (9, 0)
    assert (rows["train_seconds"].value, rows["train_seconds"].seconds) == (0.5, 4.5)
    assert rows["trained_percent_of_time"].threads == 2


def test_any_number_of_seeds_begins_at_once(tmp_path: Path) -> None:
    engine = Pretended(0.0625)
    with Store(tmp_path) as store:
        first = Sweep(iris(), [SMALL], 3, store)
        first.run(engine)
        sweep = Sweep(iris(), [SMALL], 10**12, store)
        assert (sweep.there, sweep.total) == (3, 10**12)
        with closing(sweep._tasks(lambda: 2)) as tasks:  # type: ignore[type-var]
            assert next(tasks).seeds == (3,)


def test_the_share_counts_the_workers_that_are_there(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    class Growing(Pretended):
        """A second worker joins before the second result."""

        @property
        def workers(self) -> int:  # type: ignore[override]
            return 1 if len(self.tasks) < 2 else 2

    clock = iter(range(100))
    monkeypatch.setattr("time.monotonic", lambda: float(next(clock)))
    with Store(tmp_path) as store:
        sweep = Sweep(iris(), [SMALL], 2, store)
        sweep.run(Growing(1.0))
    # looks at 0, 1, 2 and 3 s: one second of one worker, two seconds of two
    assert sweep.workers == 2
    assert sweep.wall_seconds == 3
    assert sweep.share == 2 / 5
