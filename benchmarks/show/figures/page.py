"""The report: one page with everything in it, that opens from a file and asks nobody for anything.

Charts are drawn by Plotly, which is part of the page; diagrams stand in it as SVG. Every figure has
its finding in a sentence, and a chart its numbers in a table for those who do not see or point, and
its rows to save.
"""

from __future__ import annotations

import base64
import json
from collections.abc import Sequence
from html import escape
from pathlib import Path
from string import Template

from benchmarks.measure import files, header, stored
from benchmarks.show.figures import diagram, plotly_chart
from benchmarks.show.figures.chart import COLOURS, INK, Chart
from benchmarks.show.figures.diagram import Diagram
from benchmarks.show.tables import article_table

TEMPLATE = Path(__file__).with_name("page.html")
QUESTION = (
    "How fast can a small neural network run from Python, and how close is that to the hardware's "
    "limit?"
)
ASV = "asv's own pages, which also show memory and imports: "
TABLE_LINES = 400
"""More points than this are of a curve, which its rows tell better than a table."""


def write(
    folder: Path,
    figures: Sequence[Chart | Diagram],
    measured: Path,
    past: Sequence[Chart],
    asv: bool = False,
) -> Path:
    """Write report.html, with the rows that lie in `measured`, and beside it history.html.

    `past` are the charts of the latter; `asv`: whether asv's pages lie in the same folder.
    """
    names = dict.fromkeys(name for chart in charts_of(figures) for name in chart.sources)
    sources = [path for name in names if (path := measured / name).is_dir()]
    opening, machine = headline(measured / "article")
    link = '<a href="history.html">The speed of every rung over the commits</a>'
    report = page(QUESTION, machine, link, figures, opening, sources)
    where = '<a href="index.html">here</a>' if asv else "<code>make dashboard</code>"
    links = f'<a href="report.html">What was measured last</a>; {ASV}{where}'
    told = past[0].title if past else "Not recorded"
    folder.mkdir(parents=True, exist_ok=True)
    files.replace(folder / "history.html", page("mlp-ladder over its commits", told, links, past))
    files.replace(folder / "report.html", report)
    return folder / "report.html"


def headline(article: Path) -> tuple[str, str]:
    """The article's table as a section, and where it was measured."""
    if not article.is_dir():
        return "<p>Not measured: python -m benchmarks article</p>", "Not measured"
    frame = stored.load(article)
    head = "".join(f"<th scope='col'>{escape(text)}</th>" for text in article_table.HEADINGS)
    body = "".join(
        "<tr>" + "".join(f"<td>{escape(cell)}</td>" for cell in line) + "</tr>"
        for line in article_table.headline(frame)
    )
    notes = "".join(f"<p class='origin'>{escape(note)}</p>" for note in article_table.notes(frame))
    text = (
        '<section id="headline" aria-labelledby="title-headline">\n'
        "<h2 id='title-headline'>The article's figures beside this machine's</h2>\n"
        '<div class="scroll" tabindex="0" role="region" aria-labelledby="title-headline">'
        f"<table><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table></div>{notes}\n"
        "</section>"
    )
    return text, article_table.machine(frame)


def page(
    title: str,
    machine: str,
    links: str,
    figures: Sequence[Chart | Diagram],
    opening: str = "",
    sources: Sequence[Path] = (),
) -> str:
    """A whole document; `links` and `opening` are HTML, `sources` the runs that charts are from."""
    from plotly.offline import get_plotlyjs

    drawn = {
        chart.name: {
            "wide": plotly_chart.figure(chart),
            "narrow": plotly_chart.figure(chart, columns=1),
        }
        for chart in charts_of(figures)
        if chart.panels
    }
    contents = "".join(f'<li><a href="#{one.name}">{escape(one.title)}</a></li>' for one in figures)
    known = {path.name for path in sources}
    return Template(TEMPLATE.read_text(encoding="utf-8")).substitute(
        title=escape(title),
        contents=contents,
        links=links,
        machine=escape(machine),
        opening=opening,
        sections="\n".join(section(one, known) for one in figures),
        files=saved(sources),
        figures=in_script(drawn),
        ink=COLOURS[INK],
        plotly=get_plotlyjs(),
    )


def in_script(value: object) -> str:
    """JSON that may stand in a script element, whatever its texts are."""
    text = json.dumps(value, ensure_ascii=False, allow_nan=False)
    return text.replace("<", "\\u003c").replace(">", "\\u003e").replace("&", "\\u0026")


def charts_of(figures: Sequence[Chart | Diagram]) -> list[Chart]:
    """Those of the figures that Plotly draws."""
    return [one for one in figures if isinstance(one, Chart)]


def section(figure: Chart | Diagram, known: set[str]) -> str:
    """A figure with what belongs to it."""
    inner = of_diagram(figure) if isinstance(figure, Diagram) else of_chart(figure, known)
    return (
        f'<section id="{figure.name}" aria-labelledby="title-{figure.name}">\n'
        f'<h2 id="title-{figure.name}">{escape(figure.title)}</h2>\n'
        f"<p>{escape(figure.finding)}</p>\n{inner}\n</section>"
    )


def of_diagram(figure: Diagram) -> str:
    """Its drawing, which the sentence above describes."""
    data = base64.b64encode(diagram.draw(figure).encode()).decode()
    return (
        f'<div class="scroll" tabindex="0" role="region" aria-labelledby="title-{figure.name}">'
        f'<img class="diagram" id="chart-{figure.name}" alt="{escape(figure.title)}" '
        f'src="data:image/svg+xml;base64,{data}"></div>'
    )


def of_chart(chart: Chart, known: set[str]) -> str:
    """The place for its drawing, its numbers, and where its rows are."""
    links = ", ".join(
        f'<a href="#file-{name}">{escape(name)}.jsonl</a>'
        for name in chart.sources
        if name in known
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
    return f'{missing}{drawing}\n{numbers(chart)}<p class="origin">{origin}</p>'


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


def saved(sources: Sequence[Path]) -> str:
    """Links that save runs from the page itself: rows, header, and both joined as CSV."""
    if not sources:
        return ""
    links = []
    for path in sources:
        name = f"{path.name}.jsonl"
        rows = download(name, "application/x-ndjson", (path / header.ROWS).read_bytes())
        about = (path / header.HEADER).read_bytes()
        top = download(header.beside(Path(name)).name, "application/json", about)
        table = stored.csv(stored.load(path).assign(run=path.name)).encode()
        columns = download(f"{path.name}.csv", "text/csv", table)
        links.append(f'<li id="file-{path.name}">{rows}, {top}, {columns}</li>')
    return (
        '<section id="files" aria-labelledby="title-files">\n'
        '<h2 id="title-files">The rows behind it, to save</h2>\n'
        f"<ul>{''.join(links)}</ul>\n</section>"
    )


def download(name: str, kind: str, data: bytes) -> str:
    """A link that saves these data as a file of this name."""
    text = base64.b64encode(data).decode()
    return f'<a download="{name}" href="data:{kind};base64,{text}">{name}</a>'
