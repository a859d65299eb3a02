"""Timing loops within one process."""

from __future__ import annotations

import timeit

import pytest

from benchmarks.measure import timing


def test_alternation_calls_every_contender_and_counts_its_calls() -> None:
    calls: list[str] = []

    def contender(name: str) -> None:
        calls.append(name)

    found = timing.alternate({name: timing.Call(contender, (name,)) for name in "ab"}, seconds=0.05)
    for name in "ab":
        assert len(found[name].ns) >= timing.MIN_SAMPLES
        assert (found[name].ns > 0).all()
        assert calls.count(name) >= len(found[name].ns) * found[name].calls


def test_timeit_is_seven_runs() -> None:
    found = timing.as_timeit(timing.floor((1, 2)), quick=True)
    assert len(found.ns) == 7
    assert found.calls > 1


@pytest.mark.parametrize(("seconds", "calls"), [(1e-3, 1000), (5e-4, 500), (1e-7, 1)])
def test_a_sample_has_as_many_calls_as_its_length_asks_for(seconds: float, calls: int) -> None:
    """Of a call that takes 1 µs, and took 5 ms the first time."""

    class Timer(timeit.Timer):
        first = 5e-3

        def timeit(self, number: int = 1) -> float:
            first, self.first = self.first, 0.0
            return first + number * 1e-6

    assert timing.calls_per_sample(Timer(), seconds) in (calls, calls + 1)  # rounded up
