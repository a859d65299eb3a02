"""`python -m benchmarks dashboard`."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from benchmarks.experiments import history
from benchmarks.measure.environment import ROOT
from benchmarks.show.figures import page as report
from benchmarks.show.figures.all import charts
from benchmarks.show.figures.history import details
from benchmarks.show.localise import localise
from benchmarks.show.pages.readme import REFERENCE
from benchmarks.show.pictures import pictures
from benchmarks.show.tables import numbers
from benchmarks.terminal import console

PAGE, LIBRARIES = ROOT / ".asv" / "html" / "index.html", ROOT / ".asv" / "libraries"


def command(
    record: Annotated[
        bool, typer.Option(help="Time the commits that lack results, before publishing.")
    ] = True,
    serve: Annotated[bool, typer.Option(help="Serve the page on loopback, until Ctrl-C.")] = True,
    port: Annotated[int, typer.Option(min=1, max=65535, help="On which port.")] = 8080,
) -> None:
    """The history of every rung: time the commits that lack results, publish, serve.

    Example: python -m benchmarks dashboard --no-record
    """
    name = history.register()
    commits = history.lacking(name) if record else []
    if commits:
        minutes = len(commits) * history.MINUTES_PER_COMMIT
        console.remark(
            f"{numbers.count(len(commits), 'commit')} without results on {name}: about "
            f"{minutes} minutes, during which the machine should do nothing else"
        )
        history.record(name, commits)
    try:
        publish()
    except OSError as error:
        console.remark(f"the page needs a network: its libraries could not be fetched ({error})")
    console.remark(f"the history is in {PAGE.parent}, the report beside it")
    if serve:
        history.asv("preview", f"--port={port}")


def publish(page: Path = PAGE) -> None:
    """Write asv's pages, which then ask nobody for anything, and beside them the report.

    Raises OSError or ValueError if their libraries cannot be had; the pages then need a network.
    """
    history.asv("publish", f"--html-dir={page.parent}")
    drawn = charts(REFERENCE)
    shown = [*drawn, *pictures.drawings()]
    report.write(page.parent, shown, REFERENCE, details(drawn[-1]), asv=True)
    localise(page, LIBRARIES)
