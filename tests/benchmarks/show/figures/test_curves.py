"""Times are compared only where they can be: with one and two threads, on one machine."""

from __future__ import annotations

import pytest

from benchmarks.measure.frames import Record, frame
from benchmarks.show.figures import curves
from tests.benchmarks.show.tables.records import time


def test_threads_are_compared_on_one_machine() -> None:
    asked = {"workload": "64-30-10", "operation": "train", "rows": 1078}
    here = [time("specialized", ns, threads=n, **asked) for n, ns in ((1, 1000.0), (2, 500.0))]
    elsewhere = [time("specialized", 10.0, threads=2, **asked) | {"processor": "Other"}]
    chart = curves.threads(lambda *_: frame([*here, *elsewhere]))
    assert chart.finding == (
        "With two threads instead of one, an iteration is 2.0 times as fast in specialized."
    )
    apart = curves.threads(lambda *_: frame([here[0], *elsewhere]))
    assert not apart.panels
    assert apart.finding == "No machine has times with one thread and with two."


@pytest.mark.parametrize("column", [{"processor": "Other"}, {"processor_model": 49}], ids=str)
def test_a_line_has_the_times_of_one_machine(column: Record) -> None:
    sizes = ("3-3-1", "3-3-3-1", "64-30-10")
    here = [time("specialized", 100.0, workload=name, operation="forward") for name in sizes]
    elsewhere = [row | column | {"median_ns": 1.0, "workload": "100-100-50-10"} for row in here[:2]]
    (panel,) = curves.sizes(lambda *_: frame([*elsewhere, *here])).panels
    assert [len(one.x) for one in panel.series if one.name == "specialized"] == [3]
