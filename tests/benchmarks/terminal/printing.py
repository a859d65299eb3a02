"""Print the tables of all commands, and write their cells to a file: `printing.py FOLDER`."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from typing import Any
from unittest import mock

from benchmarks.commands import (
    article,
    compare,
    costs,
    embedded,
    fit,
    ladder,
    limits,
    many,
    merge,
    reference,
    selftest,
    sweep,
    train,
)
from benchmarks.commands import compile as serving
from benchmarks.commands import list as listing
from benchmarks.experiments.crossover import Point
from benchmarks.measure import rows
from benchmarks.measure.runs import Run
from benchmarks.measure.stored import load
from benchmarks.terminal import console, crossover
from tests.benchmarks.made_up import (
    ACME,
    BETA,
    COSTS,
    FOUND,
    QUESTION,
    duels,
    fastest,
    keep,
    ratio,
    sitting,
    stored,
    time,
)


def rankings(_: Path) -> None:
    """Show networks side by side, times of which one is too uncertain, and a crossover."""
    ladder.show(load("forward", "gradient"))
    ladder.show(stored(*fastest(), time("a" * 30, 2e9, 1.5), ratio("a" * 30, 10.5, 1e6)))
    point = Point(1024, sitting(0.8, jitted=1e9, c=1.1e9))
    crossover.show("batch", QUESTION, [point], [])


def lists(folder: Path) -> None:
    """List the kernels and networks, and two runs of which one has a long command."""
    listing.command(False)
    with mock.patch.object(rows, "LOCAL", folder / "runs"):
        for sizes in ("3-3-1", "640-128-128-128-128-8-128-128-128-128-640-relu-identity"):
            with Run.begin("ladder", ["--sizes", sizes]) as run:
                run.add(fastest())
        listing.command(True)


def hosts(folder: Path) -> list[Path]:
    """Runs of two machines, one with a long name, whose verdicts differ."""
    times = {"specialized": 2000.0, "jitted": 3000.0, "a" * 30: 9000.0}
    long = BETA | {"processor": "Intel(R) Xeon(R) Platinum 8488C CPU @ 2.40GHz"}
    for name, machine, factor in (("one", ACME, 1.0), ("two", long, 0.3)):
        if not (folder / name).exists():
            found = duels(times | {"specialized": 1000.0 / factor})
            keep(folder / name / "2026-01-01T00-00-00-ladder", found, machine=machine)
    return [folder / "one", folder / "two"]


def comparisons(folder: Path) -> None:
    """Compare two runs, and two machines."""
    compare.command("article", "forward", every=True, anyway=True)
    one, two = hosts(folder)
    compare.command(str(one), str(two), every=True)


COMMANDS: dict[str, Callable[[Path], object]] = {
    "article": lambda _: article.show(load("article")),
    "compare": comparisons,
    "compile": lambda _: serving.show(load("pipelines")),
    "costs": lambda _: costs.show(stored(*COSTS)),
    "embedded": lambda _: embedded.show(stored(time("c", 3.0, operation="embedded"))),
    "fit": lambda _: fit.show(load("fit")),
    "ladder": rankings,
    "limits": lambda _: limits.show(FOUND, {}),
    "list": lists,
    "many": lambda _: many.show(
        stored(time("train_many", 3e8, operation="train_many", workload="many-iris"))
    ),
    "merge": lambda folder: merge.command(hosts(folder), str(folder / "set")),
    "reference": lambda _: reference.command([], True),
    "selftest": lambda _: selftest.show(load("selftest")),
    "sweep": lambda folder: sweep.command(
        data="iris",
        seeds=2,
        hidden=["3", "4-3"],
        passes=2,
        workers=1,
        into=folder,
        json=folder / "sweep.jsonl",
    ),
    "train": lambda folder: train.command(seeds=2, iterations=2, json=folder / "train.jsonl"),
}
"""A function for each command that prints a table, called with a folder for files."""


def main(folder: Path) -> None:
    """Print the tables, with a line before each that has its number."""
    tables: list[dict[str, Any]] = []
    print_table = console.table

    def numbered(
        title: str,
        headings: Sequence[str],
        lines: Iterable[Sequence[str]],
        left: int = 1,
        spare: int = 0,
    ) -> None:
        cells = [list(line) for line in lines]
        print(f"<{len(tables)}>", flush=True)
        tables.append({"title": title, "headings": headings, "lines": cells})
        print_table(title, headings, cells, left, spare)
        print(f"</{len(tables) - 1}>", flush=True)

    with mock.patch.object(console, "table", numbered):
        for show in COMMANDS.values():
            show(folder)
    (folder / "tables.json").write_text(json.dumps(tables))


if __name__ == "__main__":
    main(Path(sys.argv[1]))
