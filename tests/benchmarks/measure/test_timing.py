"""Timing loops within one process."""

from __future__ import annotations

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
    found = timing.as_timeit(timing.Call(timing.floor, (1, 2)), quick=True)
    assert len(found.ns) == 7
    assert found.calls > 1
