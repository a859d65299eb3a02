"""`report` shows the user's own runs by their questions, with the reference apart from them."""

from __future__ import annotations

import functools
import re
import subprocess
from pathlib import Path
from typing import Any

import pytest

from benchmarks.measure import header, machines, reference_runs
from benchmarks.measure.environment import ROOT
from benchmarks.measure.header import INTERRUPTED
from benchmarks.measure.rows import Row
from benchmarks.show.drawing.chart import REFERENCE, Chart
from benchmarks.show.figures import catalogue, own, selection
from benchmarks.show.figures.selection import runs_of
from benchmarks.show.pages.origin import of_own
from tests.benchmarks import made_up
from tests.benchmarks.made_up import ACME, BETA, keep
from tests.running import run

OTHER = "24-64-64-4-relu-softmax"
REMARK = "not complete (interrupted)"
committed = functools.cache(selection.committed)


def ladder(factor: float = 1.0, **fields: Any) -> list[Row]:
    asked: dict[str, Any] = {"threads": 1, **fields}
    times = {"specialized": 2000.0, "vectorized": 9000.0, "pytorch": 12_000.0}
    return [made_up.time(name, ns * factor, **asked) for name, ns in times.items()]


def drawn(folder: Path) -> dict[str, Chart]:
    return {chart.name: chart for chart in own.charts(runs_of(folder), committed())}


def times(chart: Chart, reference: bool = False) -> dict[tuple[str, object], object]:
    return {
        (panel.title, name): x
        for panel in chart.panels
        for series in panel.series
        if (series.colour == REFERENCE) == reference
        for x, name in zip(series.x, series.y, strict=True)
    }


def test_without_runs_everything_is_the_reference_and_says_so(tmp_path: Path) -> None:
    found = drawn(tmp_path)
    assert len(found) > len(catalogue.FROM_ROWS)
    minutes = {one.name: one.minutes for one in reference_runs.RUNS}
    for name, chart in found.items():
        assert chart.is_reference, name
        assert chart.remarks[0].startswith("Not your machine")
    told = " ".join(found["ladder"].remarks)
    assert "python -m benchmarks ladder --sizes 3-3-1" in told
    assert f"(about {minutes['forward']} minutes)" in told
    headline = of_own(runs_of(tmp_path), committed(), []).headline
    assert headline is not None
    assert headline.is_reference
    assert "python -m benchmarks article" in headline.remark


def test_own_times_stand_apart_from_the_reference(tmp_path: Path) -> None:
    keep(tmp_path / "any name", ladder(workload="3-3-1"))
    chart = drawn(tmp_path)["ladder"]
    assert set(times(chart)) == {("3-3-1", name) for name in ("specialized", "vectorized",
                                                              "pytorch")}  # fmt: skip
    assert times(chart)["3-3-1", "specialized"] == 2000.0
    names = {s.name for p in chart.panels for s in p.series if s.colour == REFERENCE}
    machine = drawn(tmp_path / "no runs")["ladder"].rows[0]
    assert names == {f"reference, {machines.described(machine)}"}
    assert times(chart, reference=True)["3-3-1", "specialized"] != 2000.0
    assert ("64-30-10: reference only", "specialized") in times(chart, reference=True)
    assert chart.sources == ("any name",)
    assert not chart.is_reference
    assert any("python -m benchmarks ladder" in text for text in chart.remarks)


@pytest.mark.parametrize(
    "fields",
    [
        {"workload": OTHER},
        {"workload": "3-3-1", "dtype": "float32"},
        {"workload": "3-3-1", "threads": 2},
        {"workload": "3-3-1", "operation": "gradient", "rows": 7},
        {"workload": "3-3-1", "operation": "train", "rows": 8, "training": "adam, batch 4"},
        {"workload": "64-30-10", "operation": "train", "rows": 7, "iterations": 1},  # the article's
    ],
)
def test_a_run_of_another_question_has_a_figure_of_its_own(
    tmp_path: Path, fields: dict[str, Any]
) -> None:
    """Whatever its folder is called."""
    keep(tmp_path / "forward", ladder(**fields))
    found = drawn(tmp_path)
    assert found["ladder"].is_reference
    chart = found["other-1"]
    assert str(fields["workload"]) in chart.title
    for value in (fields.get("dtype"), fields.get("training")):
        assert value is None or str(value) in chart.title
    assert ("threads" in fields) == ("2 threads" in chart.title)
    assert chart.sources == ("forward",)
    assert 2000.0 in times(chart).values()


def test_of_each_question_the_newest_complete_run_is_drawn(tmp_path: Path) -> None:
    keep(tmp_path / "old", ladder(1, workload="3-3-1"), day=1)
    keep(tmp_path / "new", ladder(2, workload="3-3-1"), day=2)
    keep(tmp_path / "cut", ladder(3, workload="3-3-1"), day=3, state=INTERRUPTED)
    chart = drawn(tmp_path)["ladder"]
    assert times(chart)["3-3-1", "specialized"] == 4000.0
    assert not any(REMARK in text for text in chart.remarks)
    notes = of_own(runs_of(tmp_path), committed(), chart.sources).notes
    assert "cut, old" in notes[0]


def test_an_interrupted_run_is_drawn_for_want_of_another_and_named(tmp_path: Path) -> None:
    keep(tmp_path / "cut", ladder(3, workload="3-3-1"), state=INTERRUPTED)
    chart = drawn(tmp_path)["ladder"]
    assert times(chart)["3-3-1", "specialized"] == 6000.0
    assert any(REMARK in text and "cut" in text for text in chart.remarks)


def test_machines_are_never_in_one_figure(tmp_path: Path) -> None:
    keep(tmp_path / "a", ladder(1, workload="3-3-1"), day=1, machine=ACME)
    keep(tmp_path / "b", ladder(2, workload="64-30-10"), day=2, machine=BETA)
    found = drawn(tmp_path)
    for name, machine, ns in (("ladder", "Beta Two", 4000.0), ("ladder-2", "Acme One", 2000.0)):
        assert machine in found[name].remarks[0]
        assert ns in times(found[name]).values()
    assert not set(times(found["ladder"])) & set(times(found["ladder-2"]))
    told = of_own(runs_of(tmp_path), committed(), [])
    assert "Acme One" in told.title
    assert "Beta Two" in told.title
    assert "each figure names its machine" in told.machine


def test_a_suite_and_a_crossover_are_known_by_their_rows_and_command(tmp_path: Path) -> None:
    keep(tmp_path / "suite", ladder(limit_ns=None, workload="64-30-10"), command="suite")
    batch = [row for count in (1, 4, 16) for row in ladder(
        count, workload="100-100-50-10", operation="forward_batch", rows=count)]  # fmt: skip
    words = ("--sizes", "100-100-50-10", "--crossover", "batch")
    keep(tmp_path / "crossover", batch, day=2, words=words)
    keep(tmp_path / "other", [
        row for count in (1, 2) for row in ladder(workload=OTHER, threads=count)
    ], day=3, words=("--sizes", OTHER, "--crossover", "threads"))  # fmt: skip
    found = drawn(tmp_path)
    assert times(found["ladder"])["64-30-10", "specialized"] == 2000.0
    assert found["batches"].sources == ("crossover",)
    assert found["other-1"].title == f"{OTHER}, forward, float64: against the number of threads"
    assert "other-2" not in found


def test_the_articles_table_is_of_the_own_run(tmp_path: Path) -> None:
    keep(tmp_path / "whatever", ladder(workload="3-3-1"), command="article")
    found = drawn(tmp_path)
    assert found["ladder"].is_reference  # its times are not a ranking
    headline = of_own(runs_of(tmp_path), committed(), []).headline
    assert headline is not None
    assert not headline.is_reference
    assert any("Acme One" in note for note in headline.notes)


# --- the command --------------------------------------------------------------------------------


def state() -> str:
    words = ["git", "-C", str(ROOT), "status", "--porcelain"]
    tracked = subprocess.run(
        [*words, "--untracked-files=no"], capture_output=True, text=True, check=True
    ).stdout
    figures = (ROOT / "results" / "figures").glob("*.svg")
    return tracked + str(sorted((path.name, path.stat().st_mtime_ns) for path in figures))


def test_report_writes_nothing_that_is_tracked_and_names_damaged_runs(tmp_path: Path) -> None:
    local = tmp_path / "local"
    local.mkdir()
    keep(local / "mine", ladder(workload="3-3-1"))
    keep(local / "broken", ladder(workload="64-30-10"))
    (local / "broken" / header.ROWS).write_text("{nonsense\n", encoding="utf-8")
    before = state()
    result = run("report", "--rows", str(local), "--out", str(tmp_path / "page"))
    assert result.returncode == 0, result.stderr
    assert state() == before
    told = " ".join(result.stderr.split())
    assert "broken is damaged and left out" in told
    assert "in a browser" in told
    page = (tmp_path / "page" / "report.html").read_text(encoding="utf-8").partition("<script>")[0]
    assert "<title>How fast a small neural network runs from Python on Acme One" in page
    assert re.search("Damaged and left out: broken", page)
    assert str(tmp_path) not in page
    assert (tmp_path / "page" / "figures" / "ladder.svg").is_file()
    assert not (tmp_path / "page" / "figures" / "duels.svg").exists()  # only the reference has it


def test_report_refuses_a_missing_folder(tmp_path: Path) -> None:
    result = run("report", "--rows", str(tmp_path / "none"))
    assert result.returncode == 2
    assert "there is no folder" in result.stderr
