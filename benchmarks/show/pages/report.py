"""The report, an HTML page that opens from a file without a network, and the page of the history.

Plotly, which draws the charts, is part of the page; diagrams are embedded as SVG. Every figure has
its finding as a sentence; a chart also has its points as a table, and its rows as files to save.
"""

from __future__ import annotations

import base64
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

from benchmarks.measure import files, header, rows, stored
from benchmarks.show.drawing import diagram, plotly_chart
from benchmarks.show.drawing.chart import COLOURS, INK, Chart
from benchmarks.show.drawing.diagram import Diagram
from benchmarks.show.pages import templating
from benchmarks.show.pages.origin import Origin

Figure = Chart | Diagram

MOST_POINTS = 400
"""The most points of a chart that has a table of them."""


@dataclass(frozen=True)
class Entry:
    """A figure as the template shows it."""

    name: str
    title: str
    finding: str
    image: str = ""
    """A diagram's SVG file in base64."""
    plotly: bool = False
    """True if Plotly draws it."""
    missing: Sequence[str] = ()
    notes: Sequence[str] = ()
    remarks: Sequence[str] = ()
    is_reference: bool = False
    points: Sequence[tuple[str, str, str]] = ()
    """Panel, series and note of each point."""
    sources: Sequence[str] = ()
    """Runs whose rows can be saved from the page."""
    digest: str = ""


class Download(NamedTuple):
    """A file embedded in the page: its name, media type and content in base64."""

    name: str
    kind: str
    data: str


def write(
    folder: Path,
    figures: Sequence[Figure],
    origin: Origin,
    past: Sequence[Chart],
    asv: bool = False,
) -> Path:
    """Write report.html and history.html, and return the path of the first.

    Parameters
    ----------
    folder : where to write; it is made if it does not exist
    figures : the figures of the report, in their order
    origin : what the report says about where the figures are from
    past : the charts of the history
    asv : True if asv's own pages are in the same folder
    """
    folder.mkdir(parents=True, exist_ok=True)
    files.replace(folder / "history.html", history(past, asv))
    files.replace(folder / "report.html", report(figures, origin))
    return folder / "report.html"


def report(figures: Sequence[Figure], origin: Origin) -> str:
    """The report as HTML, with the stored runs that its charts are drawn from."""
    names = dict.fromkeys(name for chart in charts_of(figures) for name in chart.sources)
    there = {name: origin.runs[name] for name in names if name in origin.runs}
    return page(
        "report.html",
        origin.title,
        origin.machine,
        figures,
        there,
        headline=origin.headline,
        notes=origin.notes,
        machines=origin.machines,
        files={name: downloads(path) for name, path in there.items()},
    )


def history(past: Sequence[Chart], asv: bool) -> str:
    """The charts of the history as HTML; `asv` is True if asv's own pages are beside it."""
    machine = past[0].title if past else "Not recorded"
    return page("history.html", "mlp-ladder over its commits", machine, past, asv=asv)


def page(
    template: str,
    title: str,
    machine: str,
    figures: Sequence[Figure],
    runs: Collection[str] = (),
    **values: object,
) -> str:
    """A document with these figures; `runs` are those whose rows can be saved from it."""
    from plotly.offline import get_plotlyjs

    drawn = {
        chart.name: {
            "wide": plotly_chart.figure(chart),
            "narrow": plotly_chart.figure(chart, narrow=True),
        }
        for chart in charts_of(figures)
        if chart.panels
    }
    return templating.render(
        template,
        title=title,
        machine=machine,
        figures=[entry(one, runs) for one in figures],
        drawn=drawn,
        ink=COLOURS[INK],
        plotly=get_plotlyjs(),
        **values,
    )


def charts_of(figures: Sequence[Figure]) -> list[Chart]:
    """The figures that are charts."""
    return [one for one in figures if isinstance(one, Chart)]


def entry(figure: Figure, runs: Collection[str]) -> Entry:
    """A figure as the template shows it."""
    if isinstance(figure, Diagram):
        image = base64.b64encode(diagram.draw(figure).encode()).decode()
        return Entry(figure.name, figure.title, figure.finding, image=image)
    points = [
        (panel.title, series.name, note)
        for panel in figure.panels
        for series in panel.series
        for note in series.notes
    ]
    return Entry(
        figure.name,
        figure.title,
        figure.finding,
        plotly=bool(figure.panels),
        missing=figure.missing,
        notes=figure.notes,
        remarks=figure.remarks,
        is_reference=figure.is_reference,
        points=points if len(points) <= MOST_POINTS else (),
        sources=[name for name in figure.sources if name in runs],
        digest=figure.digest,
    )


def downloads(path: Path) -> list[Download]:
    """A stored run as files to save: rows, header, and both joined as CSV."""
    file = rows.file_of(path)
    saved, beside = Path(f"{path.stem}.jsonl"), header.beside(file)
    table = stored.csv(stored.load(path).assign(run=path.name)).encode()
    contents = {(saved.name, "application/x-ndjson"): file.read_bytes()}
    if beside.is_file():
        contents[header.beside(saved).name, "application/json"] = beside.read_bytes()
    contents[f"{path.stem}.csv", "text/csv"] = table
    return [
        Download(name, kind, base64.b64encode(data).decode())
        for (name, kind), data in contents.items()
    ]
