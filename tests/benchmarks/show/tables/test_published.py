"""Figures that others published, beside the fastest here."""

from __future__ import annotations

import pandas as pd

from benchmarks.measure import frames, reference_runs
from benchmarks.show.tables import (
    published,
)
from tests.benchmarks.show.tables.records import time


def test_published_figures_stand_beside_the_fastest_here() -> None:
    measured = frames.frame(
        time(kernel, ns, workload="24-8-2-tanh-identity", operation="gradient")
        | {"limit_ns": 1000.0}
        for kernel, ns in (("batched", 40_000.0), ("specialized", 4000.0))
    )
    asked: list[tuple[str, ...]] = []

    def load(*runs: str) -> pd.DataFrame:
        asked.append(runs)
        return measured

    text = published.section(load)
    assert asked == [(one.run,) for one in published.FIGURES]
    assert "published 5.66 µs" in text
    told = "here 4.000 [3.960, 4.040] µs, specialized from Python, 24-8-2-tanh-identity, float64"
    assert text.count(told) == 1
    assert text.count("here not measured") == len(published.FIGURES) - 1
    assert "1 thread of One (avx2, 2 cores), 25 % of the limit" in text


def test_simplechains_three_times_stand_with_their_machines() -> None:
    (adam,) = (one for one in published.FIGURES if "Adam" in one.what)
    assert adam.figure == "41, 72 and 164 µs"
    for machine in ("i9-10980XE", "EPYC 7513", "i7-1165G7"):
        assert machine in adam.source


def test_each_run_measures_its_network() -> None:
    for one in published.FIGURES:
        (run,) = reference_runs.named([one.run])
        assert one.workload in run.arguments


def test_times_of_compiled_programs_say_so() -> None:
    measured = frames.frame(
        [time("c", 3.0, workload="4-4-identity", operation="embedded") | {"limit_ns": 1.5}]
    )
    text = published.section(lambda *_: measured)
    assert "here 3.00 [2.97, 3.03] ns, c in compiled code, 4-4-identity, float64" in text
    assert "9.4 ns with Eigen" in text
