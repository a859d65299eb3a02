"""`python -m benchmarks report`."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from pathlib import Path
from typing import Annotated, NamedTuple

import typer

from benchmarks.experiments.history import machine_name
from benchmarks.measure import files, rows
from benchmarks.measure.environment import ROOT
from benchmarks.measure.stored import Load
from benchmarks.show.drawing import svg
from benchmarks.show.drawing.chart import Chart
from benchmarks.show.figures import catalogue, gathering, history, own
from benchmarks.show.figures.selection import Runs, answering, committed
from benchmarks.show.figures.sources import runs_in
from benchmarks.show.pages import report as page
from benchmarks.show.pages import shown as documents
from benchmarks.show.pages.origin import ARTICLE, Origin, of_own, of_reference
from benchmarks.show.pictures.catalogue import pictures
from benchmarks.terminal import console
from benchmarks.terminal.options import REPLACED

FIGURES = ROOT / "results" / "figures"
"""The committed drawings of the reference."""


def command(
    runs: Annotated[
        list[str] | None,
        typer.Argument(
            help="The runs to show: result sets of merge, folders of runs, or runs as compare "
            "takes them.",
            show_default="your runs",
        ),
    ] = None,
    out: Annotated[
        Path, typer.Option(help=f"The folder that report.html is written to. {REPLACED}")
    ] = rows.LOCAL,
    measured: Annotated[
        Path | None,
        typer.Option("--rows", help="The folder of the runs to show.", show_default="your runs"),
    ] = None,
    drawings: Annotated[
        Path | None,
        typer.Option(
            "--figures",
            help=f"The folder that SVG files are written to. {REPLACED}",
            show_default="figures beside the page, or results/figures",
        ),
    ] = None,
    reference: Annotated[
        bool,
        typer.Option("--reference", help="Show the committed runs, and draw results/figures anew."),
    ] = False,
) -> None:
    """Draw your runs as a page of figures, with the committed reference beside them.

    Runs of several machines are shown side by side too.

    Example: python -m benchmarks report
    """
    if runs and (measured is not None or reference):
        raise ValueError("report takes runs, or --rows or --reference, not both")
    measured = measured or (rows.REFERENCE if reference else rows.LOCAL)
    if not measured.is_dir() and measured != rows.LOCAL:
        raise ValueError(f"there is no folder {measured}")
    mine = Runs(())
    if not reference:
        mine = gathering.named(runs) if runs else gathering.of_folder(measured)
    drawings = drawings or (FIGURES if reference else out / "figures")
    for folder in (out, drawings):
        files.make_folder(folder)
    charts, load, origin = of_committed(measured) if reference else of_yours(mine)
    own_names = {one.name for one in charts if not one.is_reference}
    write(
        Target(out, drawings, documents.figures() if reference else own_names), charts, load, origin
    )


def of_committed(measured: Path) -> tuple[list[Chart], Load, Origin]:
    """The charts of the reference runs, the runs of the article's pictures, and their origin."""
    load = runs_in(measured)
    return catalogue.charts(load), load, of_reference(measured)


def of_yours(mine: Runs) -> tuple[list[Chart], Load, Origin]:
    """The same for the user's runs."""
    reference = committed()
    for name, reason in mine.damaged:
        console.remark(f"{name} is damaged and left out: {reason}")
    charts = own.charts(mine, reference, registered=machine_name())
    shown = {name for chart in charts if not chart.is_reference for name in chart.sources}
    load = answering(reference, mine)
    if load(ARTICLE).empty:
        load = answering(reference, reference)
    return charts, load, of_own(mine, reference, shown, gathering.side_by_side(mine))


class Target(NamedTuple):
    """Where to write the pages and the SVG files, and the names of the figures that get one."""

    out: Path
    drawings: Path
    wanted: Collection[str]


def write(target: Target, charts: Sequence[Chart], load: Load, origin: Origin) -> None:
    """Write the pages and the SVG files, with a progress bar."""
    out, drawings, wanted = target
    shown = pictures(load)
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
        written = page.write(out, drawn, origin, history.details(charts[-1]))
    console.remark(f"open {written} in a browser; the figures as SVG are in {drawings}")
