"""The report: one page with everything in it, that opens from a file and asks nobody for anything.

Charts are drawn by Plotly, which is part of the page. Every chart has its finding in a sentence,
its numbers in a table for those who do not see or point, and its rows to save.
"""

from __future__ import annotations

import base64
import json
from collections.abc import Mapping, Sequence
from html import escape
from pathlib import Path
from string import Template

from benchmarks.figures import plotly_chart
from benchmarks.figures.chart import Chart
from benchmarks.measure import files, rows
from benchmarks.report import article_table

TEMPLATE = Path(__file__).with_name("page.html")
BESIDE = '<a href="index.html">Every benchmark and parameter over the commits</a>'
ELSEWHERE = "Every benchmark and parameter over the commits: <code>make dashboard</code>"
TABLE_LINES = 400
"""More points than this are of a curve, which its rows tell better than a table."""


def write(folder: Path, charts: Sequence[Chart], measured: Path, beside: bool = False) -> Path:
    """Write report.html, with the rows that lie in `measured`; `beside`: next to asv's pages."""
    sources = {name: measured / f"{name}.jsonl" for chart in charts for name in chart.sources}
    there = {name: path for name, path in sources.items() if path.is_file()}
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / "report.html"
    document = page(charts, *headline(measured / "article.jsonl"), there, beside)
    files.replace(path, document)
    return path


def headline(article: Path) -> tuple[str, str]:
    """The article's table in HTML, and where it was measured."""
    if not article.is_file():
        return "<p>Not measured: python -m benchmarks article</p>", "Not measured"
    records = rows.read(article)
    head = "".join(f"<th scope='col'>{escape(text)}</th>" for text in article_table.HEADINGS)
    body = "".join(
        "<tr>" + "".join(f"<td>{escape(cell)}</td>" for cell in line) + "</tr>"
        for line in article_table.headline(records)
    )
    table = f"<table><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table>"
    notes = "".join(
        f"<p class='origin'>{escape(note)}</p>" for note in article_table.notes(records)
    )
    return table + notes, article_table.machine(records)


def page(
    charts: Sequence[Chart],
    headline: str,
    machine: str,
    sources: Mapping[str, Path],
    beside: bool = False,
) -> str:
    """The whole document; `sources` are the files that charts are made from."""
    from plotly.offline import get_plotlyjs

    figures = {
        chart.name: {
            "wide": plotly_chart.figure(chart),
            "narrow": plotly_chart.figure(chart, columns=1),
        }
        for chart in charts
        if chart.panels
    }
    contents = "".join(
        f'<li><a href="#{chart.name}">{escape(chart.title)}</a></li>' for chart in charts
    )
    return Template(TEMPLATE.read_text(encoding="utf-8")).substitute(
        contents=contents,
        dashboard=BESIDE if beside else ELSEWHERE,
        headline=headline,
        machine=escape(machine),
        sections="\n".join(section(chart, sources) for chart in charts),
        files="\n".join(file(name, path) for name, path in sources.items()),
        figures=in_script(figures),
        plotly=get_plotlyjs(),
    )


def in_script(value: object) -> str:
    """JSON that may stand in a script element, whatever its texts are."""
    text = json.dumps(value, ensure_ascii=False, allow_nan=False)
    return text.replace("<", "\\u003c").replace(">", "\\u003e").replace("&", "\\u0026")


def section(chart: Chart, sources: Mapping[str, Path]) -> str:
    """A chart with what belongs to it."""
    links = ", ".join(
        f'<a href="#file-{name}">{escape(name)}.jsonl</a>'
        for name in chart.sources
        if name in sources
    )
    origin = f"Rows: {links}; digest {chart.digest}." if links else ""
    drawing = (
        f'<div class="chart" id="chart-{chart.name}" role="img" '
        f'aria-label="{escape(chart.title, quote=True)}"></div>'
        if chart.panels
        else ""
    )
    missing = (
        f'<p class="missing">Not measured: {escape(", ".join(chart.missing))}.</p>'
        if chart.missing
        else ""
    )
    return (
        f'<section id="{chart.name}" aria-labelledby="title-{chart.name}">\n'
        f'<h2 id="title-{chart.name}">{escape(chart.title)}</h2>\n'
        f"<p>{escape(chart.finding)}</p>\n{missing}{drawing}\n{numbers(chart)}"
        f'<p class="origin">{origin}</p>\n</section>'
    )


def numbers(chart: Chart) -> str:
    """The points of a chart as a table, folded away."""
    lines = [
        f"<tr><td>{escape(panel.title)}</td><td>{escape(series.name)}</td>"
        f"<td>{escape(note)}</td></tr>"
        for panel in chart.panels
        for series in panel.series
        for note in series.notes
    ]
    if not lines or len(lines) > TABLE_LINES:
        return ""
    return (
        "<details><summary>The numbers as a table</summary><div class='scroll'><table>"
        "<thead><tr><th>panel</th><th>series</th><th>point</th></tr></thead>"
        f"<tbody>{''.join(lines)}</tbody></table></div></details>\n"
    )


def file(name: str, path: Path) -> str:
    """A file of rows, to be saved from the page itself."""
    data = base64.b64encode(path.read_bytes()).decode()
    link = f'<a download="{escape(path.name, quote=True)}" href="data:application/x-ndjson;base64,'
    return f'<li id="file-{name}">{link}{data}">{escape(path.name)}</a></li>'
