"""Sentences on where a benchmark got faster or slower."""

from __future__ import annotations

import subprocess

from benchmarks.measure.environment import ROOT
from benchmarks.show.figures import changes
from benchmarks.show.figures.changes import Point

DAY = 86_400_000


def points(*seconds: float) -> list[Point]:
    return [Point(f"{k:08x}", k * DAY, one) for k, one in enumerate(seconds)]


def test_each_change_is_told_with_its_commit() -> None:
    assert changes.told({"a": points(1e-6, 1.05e-6, 2e-6, 5e-7)}) == (
        "a overall faster (1.0 µs to 500 ns); slower (1.1 µs to 2.0 µs) with 00000002 "
        "(1970-01-03); faster (2.0 µs to 500 ns) with 00000003 (1970-01-04)."
    )


def test_slow_drifts_are_told_though_no_commit_is() -> None:
    assert changes.moves(points(1.0, 1.08, 1.16)) == "overall slower (1.0 s to 1.2 s)"


def test_what_did_not_change_is_named_together() -> None:
    recorded = {"a": points(1.0, 1.01), "b": points(1.0, 0.99), "c": points(1.0)}
    assert changes.told(recorded) == "a, b unchanged. c recorded at one commit only."
    assert changes.told({}) == ""


def test_a_commit_of_this_repository_has_its_subject() -> None:
    asked = ["git", "-C", str(ROOT), "log", "-1", "--format=%h %s"]
    found = subprocess.run(asked, capture_output=True, text=True, check=False).stdout.strip()
    commit, _, subject = found.partition(" ")
    if commit:
        assert changes.subject(commit) == subject
    assert changes.subject("0" * 8) == ""
    assert changes.subject("--help") == ""
