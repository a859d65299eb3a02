"""`python -m benchmarks dashboard`."""

from __future__ import annotations

from typing import Annotated

import typer

from benchmarks.experiments import dashboard
from benchmarks.show.tables import numbers
from benchmarks.terminal import console


def history(
    record: Annotated[
        bool, typer.Option(help="Time the commits that lack results, before publishing.")
    ] = True,
    serve: Annotated[bool, typer.Option(help="Serve the page on loopback, until Ctrl-C.")] = True,
    port: Annotated[int, typer.Option(min=1, max=65535, help="On which port.")] = 8080,
) -> None:
    """The history of every rung: time the commits that lack results, publish, serve.

    Example: python -m benchmarks dashboard --no-record
    """
    name = dashboard.register()
    commits = dashboard.lacking(name) if record else []
    if commits:
        minutes = len(commits) * dashboard.MINUTES_PER_COMMIT
        console.remark(
            f"{numbers.count(len(commits), 'commit')} without results on {name}: about "
            f"{minutes} minutes, during which the machine should do nothing else"
        )
        dashboard.record(name, commits)
    try:
        dashboard.publish()
    except OSError as error:
        console.remark(f"the page needs a network: its libraries could not be fetched ({error})")
    console.remark(f"the history is in {dashboard.PAGE.parent}, the report beside it")
    if serve:
        dashboard.asv("preview", f"--port={port}")
