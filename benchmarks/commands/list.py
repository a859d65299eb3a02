"""`python -m benchmarks list`."""

from __future__ import annotations

from typing import Annotated

import typer

from benchmarks.measure import fields, header, listing, machines, workloads
from benchmarks.measure.contenders import interpreters
from benchmarks.show.tables import questions
from benchmarks.terminal import console
from kernels import LADDER, PEERS, PluginError, find, missing, names, plugins

NOT_FINISHED = "not finished"
"""The state of a run that is measured now, or was killed."""


def command(
    stored: Annotated[
        bool, typer.Option("--runs", help="List the runs in results/local instead.")
    ] = False,
) -> None:
    """List rungs, peers (installed or not) and networks; with --runs, what you have measured.

    Example: python -m benchmarks list --runs
    """
    if stored:
        list_runs()
        return
    list_kernels()
    networks = [
        (
            workload.name,
            workload.source,
            str(workload.parameters()),
            str(workload.multiply_adds()),
            str(workload.rows),
            str(workload.iterations),
        )
        for workload in (*workloads.WORKLOADS, *workloads.KNOWN)
    ]
    columns = ("network", "", "parameters", "multiply-adds a sample", "samples", "iterations")
    console.table("Workloads", columns, networks, left=2, spare=3)
    console.say(questions.UNNAMED)


def list_kernels() -> None:
    """Print the kernels, then the plug-ins that cannot be imported."""
    lines, broken = [], list(plugins.unreadable())
    for name in names():
        kind = "rung" if name in LADDER else "peer" if name in PEERS else "plug-in"
        try:
            kernel = find(name)
        except PluginError as error:
            broken.append(f"{name}: {error}")
            lines.append((name, kind, "cannot be imported", "", "", ""))
            continue
        lines.append(
            (
                name,
                kind,
                where(name),
                ", ".join(kernel.operations),
                ", ".join(kernel.dtypes),
                "any" if kernel.max_threads is None else str(kernel.max_threads),
            )
        )
    headings = ("kernel", "kind", "", "operations", "dtypes", "threads")
    console.table("Kernels", headings, lines, left=5, spare=3)
    for line in broken:
        console.say(line)


def list_runs() -> None:
    """Print the user's runs, the oldest first, and what else `compare` and `export` take."""
    lines, damaged = [], []
    for number, path, about, count, problem in listing.listed():
        if problem:
            damaged.append(problem)
        state = "damaged" if problem else state_of(about)
        called = " ".join([about.command or "", *(about.arguments or ())])
        machine = machines.described(about.machine)
        cells = (path.name, called, when(about), state, machine, str(count))
        lines.append((str(number), *cells))
    headings = ("", "run", "command", "date", "state", "machine", "rows")
    if lines:
        console.table("Your runs", headings, lines, left=6)
    else:
        console.say("No run of yours is stored yet.")
    for problem in damaged:
        console.say(problem)
    console.say(
        "compare and export take numbers, names, 'latest', paths, and the reference runs' names "
        "(reference --list)."
    )


def state_of(about: header.Header) -> str:
    """The state of a run in words."""
    return NOT_FINISHED if about.state == header.RUNNING else about.state or fields.UNKNOWN


def when(about: header.Header) -> str:
    """The day of a run's start, in UTC."""
    return (about.started or fields.UNKNOWN)[:10]


def where(name: str) -> str:
    """The environment in which a kernel can run, or the reason why it cannot."""
    python = interpreters()[name]
    if python is None:
        reason = missing(name) or ""
        return reason if "installed" in reason else f"not installed: {reason}"
    return "installed" if missing(name) is None else f"in {python.parents[1].name}"
