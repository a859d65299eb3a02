"""`python -m benchmarks merge`."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import groupby
from pathlib import Path
from typing import Annotated

import typer

from benchmarks.experiments import merge as merging
from benchmarks.measure import fields, rows
from benchmarks.show.tables import numbers
from benchmarks.terminal import console

NAME = "machines"
"""The folder of the result set in `results/local`, unless another is asked for."""
HEADINGS = ("machine", "commits", "dates", "runs", "rows")


def command(
    folders: Annotated[
        list[Path],
        typer.Argument(
            metavar="DIR...",
            help="Folders of hosts, such as a copy of results/local; runs; or result sets.",
        ),
    ],
    into: Annotated[
        str | None,
        typer.Option(
            metavar="FOLDER",
            help="The folder of the result set. What is in it already is kept as it is.",
            show_default="results/local/machines",
        ),
    ] = None,
) -> None:
    """Copy the runs of many hosts into one result set, with a folder for each machine.

    Each run is copied as it is. Merging again adds only what is not there. compare and report take
    the folder, and show its machines side by side.

    Example: python -m benchmarks merge host-a host-b --into results/local/machines
    """
    target = rows.LOCAL / NAME if into is None else Path(into)
    found, left_out = merging.collect(folders, target)
    for line in left_out:
        console.remark(line)
    if not found:
        raise ValueError(f"there is no run to merge in {', '.join(map(str, folders))}")
    merged = merging.store(found, target)
    there, damaged = merging.members(target)
    for line in damaged:
        console.remark(line)
    console.table("", HEADINGS, lines(there), left=3)
    console.say(
        f"{numbers.are(len(merged.added), 'run')} added to {target}; "
        f"{numbers.are(len(merged.known), 'run')} in it already, or the same as another."
    )


def lines(runs: Iterable[merging.Candidate]) -> Iterator[tuple[str, ...]]:
    """The lines of the table of a result set, one for each machine."""
    for machine, group in groupby(runs, key=lambda run: run.path.parent.name):
        found = list(group)
        commits = dict.fromkeys(run.about.commit or fields.UNKNOWN for run in found)
        days = sorted(run.about.started[:10] for run in found if run.about.started)
        dates = " to ".join(dict.fromkeys([*days[:1], *days[-1:]])) or fields.UNKNOWN
        count = sum(run.rows for run in found)
        yield machine, ", ".join(commits), dates, str(len(found)), str(count)
