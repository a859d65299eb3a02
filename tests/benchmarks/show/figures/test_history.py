"""The figures of asv's recorded history."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest

from benchmarks.measure import frames
from benchmarks.measure.rows import RECORDED
from benchmarks.measure.workloads import WORKLOADS
from benchmarks.show.drawing.chart import Chart
from benchmarks.show.figures import history


def test_the_history_has_every_benchmark_with_every_network() -> None:
    first, *others = history.details(history.history(RECORDED))
    recorded = {r["benchmark"] for r in first.rows}
    assert recorded >= history.BENCHMARKS.keys() - {history.BACKPROPAGATION, history.ADAM}
    titles = [title for benchmark, _, title in history.SHOWN if benchmark in recorded]
    assert [panel.title for panel in first.panels] == titles
    absent = [title for benchmark, _, title in history.SHOWN if benchmark not in recorded]
    assert first.title.endswith(f" (not recorded yet: {'; '.join(absent)})") == bool(absent)
    parameters = {history.BUILD: {"cold", "cached"}}
    networks = {w.name for w in WORKLOADS}
    there = {one: {r["parameter"] for r in first.rows if r["benchmark"] == one} for one in recorded}
    assert all(there[one] >= parameters.get(one, networks) for one in recorded)
    assert [[panel.title for panel in chart.panels] for chart in others] == [
        [name for name in history.PARAMETERS if name in there[one]]
        for one in history.BENCHMARKS
        if one in recorded
    ]


def test_the_history_goes_on_under_the_names_that_record_a_samples_time(tmp_path: Path) -> None:
    """Times of whole calls are divided by their samples; a commit with both is read once."""
    name = str(history.machine(RECORDED))
    shutil.copytree(RECORDED, tmp_path, dirs_exist_ok=True)
    ended = next(iter(history.ENDED))
    files = sorted((tmp_path / name).glob("*-*.json"))
    old, new, *_ = (file for file in files if ended in file.read_text(encoding="utf-8"))
    record = json.loads(new.read_text(encoding="utf-8"))
    successor = history.ENDED[ended]
    values, axes, *rest = record["results"][ended]
    record["results"][successor] = [[1e-6] * len(values), axes, *rest]
    for recent in (history.BACKPROPAGATION, history.ADAM):
        record["results"][recent] = [[2e-6] * len(values), axes, *rest]
    new.write_text(json.dumps(record), encoding="utf-8")
    assert "not recorded" not in history.history(tmp_path).title
    rows = frames.records(history.load(tmp_path, name))
    assert {r["benchmark"] for r in rows} == set(history.BENCHMARKS)
    there = {
        (r["commit"], r["kernel"], r["parameter"]): r["seconds"]
        for r in rows
        if r["benchmark"] == successor
    }
    assert len(there) == sum(r["benchmark"] == successor for r in rows)
    assert {s for (commit, *_), s in there.items() if commit == new.name[:8]} == {1e-6}
    backwards = [r for r in rows if r["benchmark"] == history.BACKPROPAGATION]
    assert {r["seconds"] for r in backwards if r["commit"] == new.name[:8]} == {2e-6}
    before = json.loads(old.read_text(encoding="utf-8"))["results"][ended][0]
    for place, samples in ((0, 1), (len(WORKLOADS), 1), (2 * len(WORKLOADS), 32)):
        kernel = axes[0][place // len(WORKLOADS)].strip("'")
        found = there[old.name[:8], kernel, WORKLOADS[0].name]
        assert found == pytest.approx(before[place] / samples)


def test_the_history_is_what_asv_recorded(charts: dict[str, Chart]) -> None:
    name = str(history.machine(RECORDED))
    recorded = json.loads(next((RECORDED / name).glob("*-*.json")).read_text(encoding="utf-8"))
    commit = recorded["commit_hash"][:8]
    values, (kernels, networks) = recorded["results"][history.FORWARD][:2]
    (panel,) = (
        panel
        for panel in charts["history"].panels
        if panel.title == "forward, one sample, 100-100-50-10"
    )
    shown = {
        series.name: y
        for series in panel.series
        for x, y in zip(series.x, series.y, strict=True)
        if x == commit
    }
    place = networks.index("'100-100-50-10'")
    times = values[place :: len(networks)]
    expected = {k.strip("'"): t * 1e9 for k, t in zip(kernels, times, strict=True) if t}
    assert shown == pytest.approx(expected)
    commits = [str(x) for x in panel.series[0].x]
    assert len(commits) == len(set(commits)) == len(list((RECORDED / name).glob("*-*.json")))


def test_a_missing_history_is_reported(tmp_path: Path) -> None:
    chart = history.history(tmp_path)
    assert not chart.panels
    assert chart.missing
    assert "make dashboard" in chart.finding


@pytest.mark.parametrize(
    ("cpu", "cores", "told"),
    [
        ("Acme (One) (AuthenticAMD-25-1)", "2 cores", "Acme (One) (Zen 3, avx2, 2 cores)"),
        ("Acme (GenuineIntel-6-85)", "8 cores", "Acme (family 6 model 85, avx2, 8 cores)"),
        ("Acme ()", "1 cores", "Acme (avx2, 1 core)"),
    ],
)
def test_the_title_describes_the_machine(tmp_path: Path, cpu: str, cores: str, told: str) -> None:
    about = {"cpu": cpu, "arch": "x86_64, avx2", "num_cpu": cores}
    (tmp_path / "one").mkdir()
    (tmp_path / "one" / "machine.json").write_text(json.dumps(about), encoding="utf-8")
    assert history.describe(tmp_path, "one") == told
