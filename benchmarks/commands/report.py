"""`python -m benchmarks report`."""

from __future__ import annotations

from html import escape
from pathlib import Path
from typing import Annotated

import typer

from benchmarks import console
from benchmarks.figures import all as figures
from benchmarks.figures import page, svg
from benchmarks.measure import files, rows
from benchmarks.measure.environment import ROOT
from benchmarks.report import article_table
from benchmarks.report.readme import REFERENCE

FIGURES = ROOT / "results" / "figures"


def report(
    out: Annotated[
        Path, typer.Option(help="The folder that report.html is written to.")
    ] = rows.LOCAL,
    measured: Annotated[
        Path, typer.Option("--rows", help="The folder of the stored runs to show.")
    ] = REFERENCE,
    drawings: Annotated[
        Path, typer.Option("--figures", help="The folder of the SVG files.")
    ] = FIGURES,
) -> None:
    """Draw what was measured: a page to open in a browser, and the same figures as SVG files.

    Example: python -m benchmarks report --out /tmp/mlp-ladder
    """
    if not measured.is_dir():
        raise ValueError(f"there is no folder {measured}")
    charts = figures.charts(measured)
    drawings.mkdir(parents=True, exist_ok=True)
    out.mkdir(parents=True, exist_ok=True)
    with console.progress() as bar:
        task = bar.add_task("", total=len(charts) + 1)
        for chart in charts:
            bar.update(task, description=chart.title)
            if chart.panels:
                files.replace(drawings / f"{chart.name}.svg", svg.draw(chart))
            bar.advance(task)
        sources = {name: measured / f"{name}.jsonl" for chart in charts for name in chart.sources}
        there = {name: path for name, path in sources.items() if path.is_file()}
        document = page.page(charts, *headline(measured / "article.jsonl"), there)
        files.replace(out / "report.html", document)
    console.remark(f"the page is {out / 'report.html'}, the figures are in {drawings}")


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
