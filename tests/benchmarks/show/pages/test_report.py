"""The report page: whole, without requests to other hosts, and with names as text only."""

from __future__ import annotations

import base64
import re
import shutil
from pathlib import Path
from xml.etree import ElementTree

import pytest
from markupsafe import escape

from benchmarks.measure.rows import REFERENCE
from benchmarks.show.drawing import svg
from benchmarks.show.drawing.chart import Axis, Chart, Mark, Panel, Series
from benchmarks.show.drawing.diagram import Diagram
from benchmarks.show.figures import catalogue as figures
from benchmarks.show.figures.sources import runs_in
from benchmarks.show.pages import report as page
from benchmarks.show.pages import shown as documents
from benchmarks.show.pages.origin import of_reference
from benchmarks.show.pictures.catalogue import PICTURES, picture, pictures


def hostile(name: str = "<img src=x onerror=alert(1)>") -> Chart:
    series = Series(name, [1.0, 20.0], ["<b>a</b>", name], notes=["1 & 2", "</script>"])
    panel = Panel("<i>x</i>", Axis("time", "log", times=True), Axis(scale="category"), [series],
                  [Mark("<u>limit</u>", 3.0)])  # fmt: skip
    return Chart("hostile", name, "1 < 2", [panel])


def test_names_from_plugins_are_only_text() -> None:
    chart = hostile()
    document = page.history([chart], asv=False)
    own = (
        document.split("<script>")[0]
        + document.rpartition("const dark")[0].rpartition("const figures")[2]
    )
    for tag in ("<img", "<b>", "<i>x", "<u>", "</script>"):
        assert tag not in own.replace("</script>\n", "")
    drawn = svg.draw(chart)
    ElementTree.fromstring(drawn)
    assert "<img" not in drawn


def test_missing_runs_are_reported_on_the_page(tmp_path: Path) -> None:
    for path in REFERENCE.iterdir():
        if path.name not in ("forward", "crossover-batch"):
            shutil.copytree(path, tmp_path / path.name)
    found = {chart.name: chart for chart in figures.charts(runs_in(tmp_path))}
    assert found["ladder"].missing == ["forward"]
    assert found["sizes"].missing == ["forward"]  # the other source is there
    assert found["sizes"].panels
    assert "python -m benchmarks reference forward" in found["ladder"].finding
    document = page.report([found["ladder"]], of_reference(tmp_path))
    assert "Not measured: forward" in document
    assert 'id="chart-ladder"' not in document


def test_the_page_has_every_figure_and_requests_nothing_from_elsewhere(report: Path) -> None:
    document = report.read_text(encoding="utf-8")
    assert not re.findall(r"(?:src|href)=[\"']?(?:https?:)?//", document.partition("<script>")[0])
    for name in re.findall(r'href="#([^"]+)"', document.partition("<script>")[0]):
        assert f'id="{name}"' in document
    drawn = {path.stem for path in (report.parent / "svg").iterdir()}
    assert drawn == documents.figures() < set(re.findall(r'id="chart-([a-z-]+)"', document))


def test_the_page_has_all_thirteen_pictures_with_their_sentences(tmp_path: Path) -> None:
    page.write(tmp_path, [one.drawing for one in pictures()], of_reference(REFERENCE), [])
    document = (tmp_path / "report.html").read_text(encoding="utf-8").partition("<script>")[0]
    for name in PICTURES:
        one = picture(name)
        assert f'id="chart-article-{name}"' in document
        assert document.count(str(escape(one.sentence))) == 1
    embedded = re.findall(r'src="data:image/svg\+xml;base64,([^"]+)"', document)
    diagrams = [one for one in pictures() if isinstance(one.drawing, Diagram)]
    assert [base64.b64decode(data).decode() for data in embedded] == [one.svg for one in diagrams]
    assert len(diagrams) == 6


@pytest.mark.parametrize("asv", [True, False])
def test_report_and_history_lead_to_each_other(tmp_path: Path, asv: bool) -> None:
    page.write(tmp_path, [], of_reference(REFERENCE), [], asv)
    past = (tmp_path / "history.html").read_text(encoding="utf-8")
    assert 'href="history.html"' in (tmp_path / "report.html").read_text(encoding="utf-8")
    assert 'href="report.html"' in past
    assert ('href="index.html"' in past) == asv
    assert ("make dashboard" in past) != asv
