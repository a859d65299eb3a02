"""Figures show what the rows say, in both drawings, and those committed are current."""

from __future__ import annotations

import base64
import json
import re
import shutil
from html import escape
from itertools import pairwise
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import pytest

from benchmarks.article.statements import ACCURACY, ERROR
from benchmarks.commands import report
from benchmarks.measure import frames, rows
from benchmarks.measure.rows import Row
from benchmarks.measure.workloads import WORKLOADS
from benchmarks.show.figures import all as figures
from benchmarks.show.figures import chart as charting
from benchmarks.show.figures import experiment, history, iterations, page, plotly_chart, svg
from benchmarks.show.figures.chart import Axis, Chart, Mark, Panel, Series
from benchmarks.show.figures.diagram import Diagram
from benchmarks.show.pictures import pictures
from benchmarks.show.pages.readme import REFERENCE
from tests.running import run
from tests.benchmarks.measure.test_verdicts import loading

SVG = "{http://www.w3.org/2000/svg}"


@pytest.fixture(scope="module")
def charts() -> dict[str, Chart]:
    drawn = [*figures.charts(REFERENCE), *page.charts_of(pictures.drawings())]
    return {chart.name: chart for chart in drawn}


def hostile(name: str = "<img src=x onerror=alert(1)>") -> Chart:
    series = Series(name, [1.0, 20.0], ["<b>a</b>", name], notes=["1 & 2", "</script>"])
    panel = Panel("<i>x</i>", Axis("time", "log", times=True), Axis(scale="category"), [series],
                  [Mark("<u>limit</u>", 3.0)])  # fmt: skip
    return Chart("hostile", name, "1 < 2", [panel])


def test_every_figure_has_something_to_show_and_says_what(charts: dict[str, Chart]) -> None:
    assert len(charts) >= 16
    for chart in charts.values():
        assert chart.panels
        assert not set(chart.missing) & set(chart.sources)
        assert chart.finding.endswith(".")
        assert re.search(r"\d", chart.finding)
        for panel in chart.panels:
            assert panel.series
            for series in panel.series:
                assert len(series.y) > 0
                if series.kind != "image":
                    assert len(series.x) == len(series.y)


def test_the_committed_drawings_are_of_the_committed_rows(charts: dict[str, Chart]) -> None:
    drawn = {path.stem: path.read_text(encoding="utf-8") for path in report.FIGURES.glob("*.svg")}
    shown = charts | {one.name: one for one in pictures.drawings()}
    assert sorted(drawn) == sorted(shown)
    for name, text in drawn.items():
        assert f": {shown[name].digest}." in text, f"make report: {name}.svg is of other rows"


def test_a_digest_changes_with_any_row() -> None:
    found: list[dict[str, Any]] = [{"a": 1.0}, {"b": None}]
    others: list[list[dict[str, Any]]] = [found[::-1], [{"a": 1.5}, {"b": None}], []]
    digests = {charting.digest(one) for one in (found, *others)}
    assert len(digests) == 4
    assert charting.digest(found) == charting.digest([dict(row) for row in found])


def test_the_ladder_shows_each_time_where_it_was_measured(charts: dict[str, Chart]) -> None:
    measured = {
        (r["workload"], r["kernel"]): r["median_ns"]
        for r in rows.read(REFERENCE / "forward.jsonl")
        if r["quantity"] == "time" and r["state"] == "ok"
    }
    shown = {
        (panel.title, kernel): x
        for panel in charts["ladder"].panels
        for series in panel.series
        for x, kernel in zip(series.x, series.y, strict=True)
    }
    assert shown == measured
    marks = {(panel.title, mark.name): mark.value for panel in charts["ladder"].panels
             for mark in panel.marks}  # fmt: skip
    assert marks["3-3-1", "article, looped"] == 40_000
    assert marks["100-100-50-10", "article, looped"] == 41e6
    assert marks["100-100-50-10", "article, vectorized"] == 84_000


def test_plotly_takes_every_figure(charts: dict[str, Chart]) -> None:
    from plotly import graph_objects

    for chart in charts.values():
        for columns in (1, None):
            found = plotly_chart.figure(chart, columns)
            checked = graph_objects.Figure(json.loads(json.dumps(found, allow_nan=False)))
            assert len(checked.data) == sum(len(panel.series) for panel in chart.panels)


def test_labels_stand_beside_their_points_and_arrows_lead_from_one_to_the_next() -> None:
    series = [Series("way", [0.0, 1.0, 3.0], [2.0, 1.0, 0.0], "arrows", labels=["<a>", "b", ""])]
    chart = Chart("way", "way", "", [Panel("", Axis("x"), Axis("y"), series)])
    with svg.drawn(chart) as figure:
        (axes,) = figure.axes
        shown = {text.get_text(): text.xy for text in axes.texts if text.get_text()}
        arrows = [(text.xyann, text.xy) for text in axes.texts if text.arrow_patch]
    assert shown == {"<a>": (0.0, 2.0), "b": (1.0, 1.0)}
    assert arrows == [((0.0, 2.0), (1.0, 1.0)), ((1.0, 1.0), (3.0, 0.0))]
    found = plotly_chart.figure(chart)
    beside = {one["text"]: (one["x"], one["y"]) for one in found["layout"]["annotations"]}
    assert beside["&lt;a&gt;"] == (0.0, 2.0)
    assert beside["b"] == (1.0, 1.0)
    (trace,) = found["data"]
    assert trace["marker"]["angleref"] == "previous"
    assert trace["marker"]["size"] == [0, 12, 12]


def test_a_name_stands_once_in_the_legend_however_many_series_have_it() -> None:
    series = [Series(name, [1.0], [2.0]) for name in ("a", "b", "a")]
    panels = [Panel("", Axis("x"), Axis("y"), series)] * 2
    chart = Chart("names", "", "", panels)
    shown = [one["name"] for one in plotly_chart.figure(chart)["data"] if one["showlegend"]]
    assert shown == ["a", "b"]
    with svg.drawn(chart) as figure:
        (legend,) = figure.legends
        assert [text.get_text() for text in legend.get_texts()] == ["a", "b"]


def test_a_chart_takes_as_much_of_the_width_as_it_has_panels() -> None:
    panel = Panel("", Axis("x"), Axis("y"), [Series("a", [1.0], [1.0])])
    for panels, columns, width in (([panel], 1, 9.0), ([panel], 2, 4.5), ([panel] * 3, 2, 9.0)):
        with svg.drawn(Chart("a", "", "", panels, columns=columns)) as figure:
            assert figure.get_figwidth() == width


def overlaps(edges: list[tuple[float, float]]) -> list[tuple[float, float]]:
    """The intervals that begin before the one to their left ends."""
    return [b for a, b in pairwise(sorted(edges)) if b[0] < a[1] - 1e-9]


def test_no_two_bars_of_a_panel_stand_on_each_other(charts: dict[str, Chart]) -> None:
    found = 0
    for chart in charts.values():
        with svg.drawn(chart) as figure:
            for axes, panel in zip(figure.axes, chart.panels, strict=False):
                drawn = [(bar.get_x(), bar.get_x() + bar.get_width()) for bar in axes.patches]
                bars = [one for one in panel.series if one.kind == "bars"]
                assert len(drawn) == sum(len(one.x) for one in bars)
                assert not overlaps(drawn), (chart.name, panel.title)
                found += len(drawn)
        assert plotly_chart.figure(chart)["layout"]["barmode"] == "group"
    assert found > 80


def test_bars_stand_at_their_names_and_are_as_high_as_their_numbers() -> None:
    axis, names = Axis("share"), Axis(scale="category")
    series = [
        Series("first", ["a", "b"], [1.0, 2.0], "bars"),
        Series("second", ["b", "a"], [3.0, 4.0], "bars"),
    ]
    with svg.drawn(Chart("bars", "", "", [Panel("", names, axis, series)])) as figure:
        (axes,) = figure.axes
        names_at = [label.get_text() for label in axes.get_xticklabels()]
        places = {
            (names_at[round(bar.get_x() + bar.get_width() / 2)], bar.get_height())
            for bar in axes.patches
        }
    assert names_at == ["a", "b"]
    assert places == {("a", 1.0), ("b", 2.0), ("b", 3.0), ("a", 4.0)}


def test_drawings_are_the_same_every_time(charts: dict[str, Chart]) -> None:
    first, again = (svg.draw(charts["ladder"]) for _ in range(2))
    assert first == again
    root = ElementTree.fromstring(first)
    assert root.tag == f"{SVG}svg"
    assert len(root.findall(f".//{SVG}path")) > 50


def test_names_from_plugins_are_only_text() -> None:
    chart = hostile()
    document = page.page("", "machine", "", [chart])
    own = (
        document.split("<script>")[0]
        + document.rpartition("const dark")[0].rpartition("const figures")[2]
    )
    for tag in ("<img", "<b>", "<i>x", "<u>", "</script>"):
        assert tag not in own.replace("</script>\n", "")
    drawn = svg.draw(chart)
    ElementTree.fromstring(drawn)
    assert "<img" not in drawn


def test_what_was_not_measured_is_said(tmp_path: Path) -> None:
    for path in REFERENCE.glob("*.jsonl"):
        if path.stem not in ("forward", "crossover-batch"):
            shutil.copy(path, tmp_path)
    found = {chart.name: chart for chart in figures.charts(tmp_path)}
    assert found["ladder"].missing == ["forward"]
    assert found["sizes"].missing == ["forward"]  # the other source is there
    assert found["sizes"].panels
    assert "python -m benchmarks reference forward" in found["ladder"].finding
    document = page.page("", "machine", "", [found["ladder"]])
    assert "Not measured: forward" in document
    assert 'id="chart-ladder"' not in document


def test_the_page_is_whole_and_asks_nobody(tmp_path: Path) -> None:
    result = run("report", "--out", str(tmp_path / "out"), "--figures", str(tmp_path / "svg"))
    assert result.returncode == 0, result.stderr
    assert "report.html" in result.stderr
    document = (tmp_path / "out" / "report.html").read_text(encoding="utf-8")
    assert not re.findall(r"(?:src|href)=[\"']?(?:https?:)?//", document.partition("<script>")[0])
    for name in re.findall(r'href="#([^"]+)"', document.partition("<script>")[0]):
        assert f'id="{name}"' in document
    assert {path.stem for path in (tmp_path / "svg").iterdir()} == set(
        re.findall(r'id="chart-([a-z-]+)"', document)
    )


def test_the_page_has_all_thirteen_pictures_with_their_sentences(tmp_path: Path) -> None:
    page.write(tmp_path, pictures.drawings(), REFERENCE, [])
    document = (tmp_path / "report.html").read_text(encoding="utf-8").partition("<script>")[0]
    for name in pictures.PICTURES:
        one = pictures.picture(name)
        assert f'id="chart-article-{name}"' in document
        assert document.count(escape(one.sentence)) == 1
    embedded = re.findall(r'src="data:image/svg\+xml;base64,([^"]+)"', document)
    diagrams = [one for one in map(pictures.picture, pictures.PICTURES)
                if isinstance(one.drawing, Diagram)]  # fmt: skip
    assert [base64.b64decode(data).decode() for data in embedded] == [one.svg for one in diagrams]
    assert len(diagrams) == 6


@pytest.mark.parametrize("asv", [True, False])
def test_report_and_history_lead_to_each_other(tmp_path: Path, asv: bool) -> None:
    page.write(tmp_path, [], REFERENCE, [], asv)
    past = (tmp_path / "history.html").read_text(encoding="utf-8")
    assert 'href="history.html"' in (tmp_path / "report.html").read_text(encoding="utf-8")
    assert 'href="report.html"' in past
    assert ('href="index.html"' in past) == asv
    assert ("make dashboard" in past) != asv


def test_the_history_has_every_benchmark_with_every_network() -> None:
    first, *others = history.details(history.history(figures.RECORDED))
    recorded = {r["benchmark"] for r in first.rows}
    assert recorded >= history.BENCHMARKS.keys() - {history.BACKPROPAGATION}
    titles = [title for benchmark, _, title in history.SHOWN if benchmark in recorded]
    assert [panel.title for panel in first.panels] == titles
    absent = [title for benchmark, _, title in history.SHOWN if benchmark not in recorded]
    assert first.title.endswith(f" (not recorded yet: {'; '.join(absent)})") == bool(absent)
    parameters = {history.BUILD: ["cold", "cached"]}
    networks = [w.name for w in WORKLOADS]
    assert [[panel.title for panel in chart.panels] for chart in others] == [
        parameters.get(one, networks) for one in history.BENCHMARKS if one in recorded
    ]


def test_the_history_goes_on_under_the_names_that_record_a_samples_time(tmp_path: Path) -> None:
    """A whole call's time is divided by its samples; a commit that has both is read once."""
    name = str(history.machine(figures.RECORDED))
    shutil.copytree(figures.RECORDED, tmp_path, dirs_exist_ok=True)
    ended = next(iter(history.ENDED))
    files = sorted((tmp_path / name).glob("*-*.json"))
    old, new, *_ = (file for file in files if ended in file.read_text(encoding="utf-8"))
    record = json.loads(new.read_text(encoding="utf-8"))
    successor = history.ENDED[ended]
    values, axes, *rest = record["results"][ended]
    record["results"][successor] = [[1e-6] * len(values), axes, *rest]
    record["results"][history.BACKPROPAGATION] = [[2e-6] * len(values), axes, *rest]
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
    name = str(history.machine(figures.RECORDED))
    recorded = json.loads(
        next((figures.RECORDED / name).glob("*-*.json")).read_text(encoding="utf-8")
    )
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
    assert (
        len(commits) == len(set(commits)) == len(list((figures.RECORDED / name).glob("*-*.json")))
    )


@pytest.mark.parametrize(
    ("accuracies", "told", "first"),
    [
        ([86.62], "The accuracy is 86.6 % with 1 seed, above the article's 86 %.", "0 of 1 seed"),
        ([85.0, 90.0], "The accuracy is 87.5 % in the median of 2 seeds, and the article's 86 % or "
                       "less in 1.", "0 of 2 seeds"),
    ],
)  # fmt: skip
def test_one_seed_is_no_median(accuracies: list[float], told: str, first: str) -> None:
    found = [Row("accuracy_percent", value=value, seed=k) for k, value in enumerate(accuracies)]
    frame = frames.frame(rows.records(found, {}))
    chart = experiment.training(loading(frame, "article"))
    assert chart.finding == told
    ((series,),) = (panel.series for panel in chart.panels)
    assert series.notes[0].endswith(first)


def trained(*accuracies: dict[int, float], errors: tuple[float, float] = (0.4, 0.1)) -> str:
    """The finding where each seed has these accuracies after so many iterations."""
    found = [
        Row(ACCURACY, value=value, iterations=count, seed=seed)
        for seed, own in enumerate(accuracies)
        for count, value in own.items()
    ]
    found += [
        Row(ERROR, value=value, iterations=count, seed=0)
        for count, value in zip((3000, 9000), errors, strict=True)
    ]
    frame = frames.frame(rows.records(found, {}))
    return iterations.iterations(lambda *_: frame).finding


def test_iterations_do_not_suffice_where_more_of_them_help_every_seed() -> None:
    assert trained({3000: 86.0, 9000: 94.0}, {3000: 90.0, 9000: 91.0}) == (
        "3000 iterations do not suffice: the accuracy is 86.0 … 90.0 % after 3000, "
        "91.0 … 94.0 % after 9000 (2 seeds), while the mean of ‖y − h‖ falls from 0.400 to 0.100."
    )


@pytest.mark.parametrize(
    "accuracies",
    [
        [{3000: 86.0, 9000: 94.0}, {3000: 90.0, 9000: 90.0}],
        [{3000: 86.0, 9000: 94.0}, {3000: 90.0, 9000: 89.0}],
        [{3000: 86.0, 9000: 94.0}, {3000: 90.0}],
        [{3000: 86.0, 9000: 94.0}, {9000: 95.0}],
        [{3000: 86.0}],
        [{1000: 60.0, 2000: 70.0}],
        [{9000: 94.0}],
    ],
)
def test_otherwise_it_is_only_said_what_was_measured(accuracies: list[dict[int, float]]) -> None:
    told = trained(*accuracies, errors=(0.1, 0.4))
    assert told.startswith("The accuracy is ")
    assert told.endswith(", while the mean of ‖y − h‖ goes from 0.100 to 0.400.")


def test_a_history_that_is_not_there_is_said(tmp_path: Path) -> None:
    chart = history.history(tmp_path)
    assert not chart.panels
    assert chart.missing
    assert "make dashboard" in chart.finding


def test_report_refuses_a_folder_there_is_not(tmp_path: Path) -> None:
    result = run("report", "--rows", str(tmp_path / "none"))
    assert result.returncode == 1
    assert "there is no folder" in result.stderr
