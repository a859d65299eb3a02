"""`python -m benchmarks dashboard`."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from benchmarks.experiments import history
from benchmarks.measure import rows
from benchmarks.measure.environment import ROOT
from benchmarks.show.figures.catalogue import charts
from benchmarks.show.figures.history import details
from benchmarks.show.figures.sources import runs_in
from benchmarks.show.pages import report
from benchmarks.show.pages.origin import of_reference
from benchmarks.show.pages.vendor import vendor
from benchmarks.show.pictures.catalogue import pictures
from benchmarks.show.tables import numbers
from benchmarks.terminal import console

PAGE, LIBRARIES = ROOT / ".asv" / "html" / "index.html", ROOT / ".asv" / "libraries"


def command(
    record: Annotated[bool, typer.Option(help="First time the commits without results.")] = True,
    serve: Annotated[bool, typer.Option(help="Serve the page on loopback, until Ctrl-C.")] = True,
    port: Annotated[int, typer.Option(min=1, max=65535, help="The port to serve on.")] = 8080,
) -> None:
    """Show the history of every rung: time the commits without results, publish, serve.

    Example: python -m benchmarks dashboard --no-record
    """
    name = history.register()
    commits = history.lacking(name) if record else []
    if commits:
        minutes = len(commits) * history.MINUTES_PER_COMMIT
        console.remark(
            f"{numbers.count(len(commits), 'commit')} without results on {name}: about "
            f"{numbers.count(minutes, 'minute')}, during which the machine should do nothing else"
        )
        history.record(name, commits)
    try:
        publish()
    except OSError as error:
        console.remark(f"the page needs a network: its libraries could not be fetched ({error})")
    console.remark(f"the history is in {PAGE.parent}, the report beside it")
    if serve:
        history.preview(port)


def publish(page: Path = PAGE) -> None:
    """Write asv's pages, with their libraries stored beside them, and the report.

    Raises OSError or ValueError if the libraries cannot be fetched; the pages then need a network.
    """
    history.asv("publish", f"--html-dir={page.parent}")
    load = runs_in(rows.REFERENCE)
    drawn = charts(load)
    shown = [*drawn, *(picture.drawing for picture in pictures(load))]
    report.write(page.parent, shown, of_reference(rows.REFERENCE), details(drawn[-1]), asv=True)
    vendor(page, LIBRARIES)
