"""What a sweep costs, and what that predicts."""

from __future__ import annotations

from benchmarks.show.tables import costs_table
from benchmarks.show.tables.costs_table import NETWORKS, WORKERS, Constants
from tests.benchmarks.made_up import COSTS, stored


def test_each_constant_that_was_measured_has_a_line() -> None:
    found = costs_table.lines(stored(*COSTS))
    assert len(found) == len(costs_table.COSTS)
    assert found[0] == (*costs_table.COSTS["compile_seconds"], "1.5 s")
    assert "1.2 MB" in found[2][-1]
    assert found[-1][-1] == "1.00 [0.900, 1.20] ms"
    assert len(costs_table.lines(stored(*COSTS[:2]))) == 2


def test_more_workers_help_until_the_client_is_busy() -> None:
    known = costs_table.constants(stored(*COSTS))
    assert known == Constants(1.5, 0.01, 0.025, 0.005, 40.0)
    assert known.most_workers == 200
    assert known.seconds(1) == 1.5 + 0.01 + 25_000
    assert known.seconds(100) == 1.5 + 1 + 250
    # 25,000 tasks of 5 ms each: ten times as many workers only get the data later
    assert known.seconds(200) == 1.5 + 2 + 125
    assert known.seconds(2000) == 1.5 + 20 + 125
    lines = costs_table.predicted(stored(*COSTS))
    assert [line[0] for line in lines] == [str(one) for one in WORKERS]
    assert lines[0][1:] == ("6.9 hours", "100 %", "1.0")
    assert lines[3][1:3] == ("4.2 minutes", "99 %")


def test_without_dask_nothing_is_predicted() -> None:
    known = [one for one in COSTS if one.quantity != "hand_over_seconds"]
    assert costs_table.predicted(stored(*known)) == []
    (overhead,) = costs_table.sentences(stored(*known))
    assert overhead.startswith("With 1 worker, a whole sweep differs by 3.0 [2.0, 4.0] % from")
    bend, _ = costs_table.sentences(stored(*COSTS))
    assert "about 200 workers keep the client busy" in bend
    assert f"{NETWORKS:,}" in bend
