"""`python -m benchmarks report`."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from benchmarks.measure import files, rows
from benchmarks.measure.environment import ROOT
from benchmarks.show.figures import all as figures
from benchmarks.show.figures import history, page, svg
from benchmarks.show.pages.readme import REFERENCE
from benchmarks.show.pictures import pictures
from benchmarks.terminal import console
from benchmarks.terminal.options import REPLACED, make_folder

FIGURES = ROOT / "results" / "figures"


def command(
    out: Annotated[
        Path, typer.Option(help=f"The folder that report.html is written to. {REPLACED}")
    ] = rows.LOCAL,
    measured: Annotated[
        Path, typer.Option("--rows", help="The folder of the stored runs to show.")
    ] = REFERENCE,
    drawings: Annotated[
        Path,
        typer.Option("--figures", help=f"The folder that SVG files are written to. {REPLACED}"),
    ] = FIGURES,
) -> None:
    """Draw what was measured, and the article's pictures: a page for a browser, and SVG files.

    Example: python -m benchmarks report --out pages
    """
    if not measured.is_dir():
        raise ValueError(f"there is no folder {measured}")
    for folder in (out, drawings):
        make_folder(folder)
    charts = figures.charts(measured)
    with console.progress() as bar:
        task = bar.add_task("", total=len(charts) + len(pictures.PICTURES) + 1)
        for chart in charts:
            bar.update(task, description=chart.title)
            if chart.panels:
                files.replace(drawings / f"{chart.name}.svg", svg.draw(chart))
            bar.advance(task)
        for name in pictures.PICTURES:
            bar.update(task, description=name)
            picture = pictures.picture(name)
            files.replace(drawings / f"{picture.drawing.name}.svg", picture.svg)
            bar.advance(task)
        shown = [*charts, *pictures.drawings()]
        written = page.write(out, shown, measured, history.details(charts[-1]))
    console.remark(f"the page is {written}, the figures are in {drawings}")
