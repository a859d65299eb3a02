"""`python -m benchmarks ladder`."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Annotated

import typer

from benchmarks.experiments import ladder as measuring
from benchmarks.measure import duel, frames, limits
from benchmarks.show.tables import ladder_table
from benchmarks.terminal import console
from benchmarks.terminal import crossover as varying
from benchmarks.terminal.options import JsonOption, RoundsOption
from benchmarks.terminal.session import Session, measure, measured_limits
from kernels.support import checks

if TYPE_CHECKING:
    import pandas as pd


def command(
    sizes: Annotated[
        list[str],
        typer.Option(
            help="The network, as 24-64-64-4, or with activations of hidden and output layers as "
            "24-64-64-4-relu-softmax; may be given several times."
        ),
    ],
    batch: Annotated[
        int | None,
        typer.Option(
            min=1,
            help="Samples in a call.",
            show_default="1 for forward, else all of the workload",
        ),
    ] = None,
    operation: Annotated[
        str, typer.Option(help="What is timed: forward, gradient or train.")
    ] = "forward",
    dtype: Annotated[str, typer.Option(help="Precision: float64 or float32.")] = "float64",
    threads: Annotated[int, typer.Option(min=1, help="Threads for one call.")] = 1,
    kernels: Annotated[
        str | None, typer.Option(help="Kernels, as batched,jitted.", show_default="all")
    ] = None,
    peers: Annotated[bool, typer.Option(help="Include other libraries.")] = True,
    time: Annotated[
        float, typer.Option(min=0.1, help="About how many seconds each contender is timed.")
    ] = 8.0,
    rounds: RoundsOption = duel.ROUNDS,
    crossover: Annotated[
        str | None,
        typer.Option(help="Vary batch, width or threads, and find where the winner changes."),
    ] = None,
    json: JsonOption = None,
) -> None:
    """Rank all ways to compute your network: which is fastest, by how much, how near the limit.

    Every contender is checked, then timed in processes of its own, in turn with all others.
    Starting the processes takes about as long again as the timing.

    Example: python -m benchmarks ladder --sizes 24-64-64-4 --batch 32
    """
    checks.dtype(dtype)
    names = [name.strip() for name in kernels.split(",")] if kernels else None
    contenders = measuring.contenders(names, peers)
    questions = [measuring.question(one, batch, operation, dtype, threads) for one in sizes]
    if crossover:
        varying.check(crossover, questions, batch, threads)
        varying.run(crossover, questions[0], contenders, time, rounds, json)
        return

    def work(session: Session) -> None:
        found = measured_limits(session)
        for number, asked in enumerate(questions):
            progress = partial(session.progress_of_round, asked.name, number * rounds)
            sitting = measuring.sit(asked, contenders, time * len(contenders), rounds, progress)
            found = measuring.confirmed(asked, sitting, found, limits.measure)
            session.finished = f"{asked.name} had {sitting.rounds} of {rounds} rounds"
            session.add(measuring.rows(asked, sitting, found), sitting.interrupted)

    measure("ladder", work, show, json, threads, total=len(questions) * rounds)


def show(frame: pd.DataFrame) -> None:
    """Print the rankings of a run, each with its advice; then all networks side by side."""
    out = console.console()
    groups = frames.questions(frame)
    for group in groups:
        title = ladder_table.title(frames.first(group))
        out.print(console.table(title, ladder_table.HEADINGS, ladder_table.lines(group)))
        out.print(ladder_table.advice(group), markup=False)
        out.print()
    if len(groups) > 1:
        headings, lines = ladder_table.summary(frame)
        plain = [tuple(cell.replace("*", "") for cell in line) for line in lines]
        out.print(console.table("Time per call (times the fastest)", headings, plain))
