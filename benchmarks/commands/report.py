"""`python -m benchmarks report`."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from benchmarks.measure import files, rows
from benchmarks.measure.environment import ROOT
from benchmarks.show.drawing import svg
from benchmarks.show.figures import catalogue as figures
from benchmarks.show.figures import history
from benchmarks.show.figures.sources import runs_in
from benchmarks.show.pages import report as page
from benchmarks.show.pages import shown as documents
from benchmarks.show.pictures.catalogue import pictures
from benchmarks.terminal import console
from benchmarks.terminal.options import REPLACED

FIGURES = ROOT / "results" / "figures"


def command(
    out: Annotated[
        Path, typer.Option(help=f"The folder that report.html is written to. {REPLACED}")
    ] = rows.LOCAL,
    measured: Annotated[
        Path, typer.Option("--rows", help="The folder with the folders of the runs to show.")
    ] = rows.REFERENCE,
    drawings: Annotated[
        Path,
        typer.Option("--figures", help=f"The folder that SVG files are written to. {REPLACED}"),
    ] = FIGURES,
) -> None:
    """Draw what was measured, and the article's pictures: the report, and SVG files for documents.

    Example: python -m benchmarks report --out pages
    """
    if not measured.is_dir():
        raise ValueError(f"there is no folder {measured}")
    for folder in (out, drawings):
        files.make_folder(folder)
    load = runs_in(measured)
    charts, shown = figures.charts(load), pictures(load)
    wanted = documents.figures()
    with console.progress() as bar:
        task = bar.add_task("", total=len(charts) + len(shown) + 1)
        for chart in charts:
            bar.update(task, description=chart.title)
            if chart.panels and chart.name in wanted:
                files.replace(drawings / f"{chart.name}.svg", svg.draw(chart))
            bar.advance(task)
        for picture in shown:
            bar.update(task, description=picture.title)
            if picture.is_measured and picture.drawing.name in wanted:
                files.replace(drawings / f"{picture.drawing.name}.svg", picture.svg)
            bar.advance(task)
        drawn = [*charts, *(picture.drawing for picture in shown)]
        written = page.write(out, drawn, measured, history.details(charts[-1]))
    console.remark(f"the page is {written}, the figures are in {drawings}")
