"""`python -m benchmarks ladder`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from benchmarks.experiments import ladder as measuring
from benchmarks.measure import duel, frames, header, limits
from benchmarks.measure.runs import Run
from benchmarks.measure.sizes import parse_sizes
from benchmarks.show.tables import ladder_table
from benchmarks.terminal import console, noise
from benchmarks.terminal import crossover as varying
from benchmarks.terminal.keeping import Kept
from benchmarks.terminal.limits import again, measured
from benchmarks.terminal.options import JsonOption, check_new, words
from kernels.support import checks

if TYPE_CHECKING:
    import pandas as pd


def command(
    sizes: Annotated[
        list[str], typer.Option(help="The network, as 24-64-64-4; may be given several times.")
    ],
    batch: Annotated[
        int | None,
        typer.Option(min=1, help="Samples in a call.", show_default="one for forward, else 1024"),
    ] = None,
    operation: Annotated[str, typer.Option(help="forward, gradient or train.")] = "forward",
    dtype: Annotated[str, typer.Option(help="float64 or float32.")] = "float64",
    threads: Annotated[int, typer.Option(min=1, help="Threads for one call.")] = 1,
    kernels: Annotated[
        str | None, typer.Option(help="Which, as batched,jitted.", show_default="all")
    ] = None,
    peers: Annotated[bool, typer.Option(help="With what people would use instead.")] = True,
    time: Annotated[
        float, typer.Option(min=0.1, help="Seconds of timing for each contender, about.")
    ] = 8.0,
    rounds: Annotated[
        int, typer.Option(min=2, help="Fresh processes for each contender.")
    ] = duel.ROUNDS,
    crossover: Annotated[
        str | None, typer.Option(help="Vary batch, width or threads: where does the winner change?")
    ] = None,
    json: JsonOption = None,
) -> None:
    """Which kernel is fastest on your network, by how much, and how near to the limit.

    Every contender is checked, then timed in processes of its own, in turn with all others.
    Starting the processes takes about as long again as the timing.

    Example: python -m benchmarks ladder --sizes 24-64-64-4 --batch 32
    """
    check_new(json)
    checks.dtype(dtype)
    who = measuring.entrants(
        [name.strip() for name in kernels.split(",")] if kernels else None, peers
    )
    asked = [
        measuring.question(parse_sizes(one), batch, operation, dtype, threads) for one in sizes
    ]
    if crossover:
        varying.check(crossover, asked, batch, threads)
    noise.announce()
    found = measured(limits.SECONDS / 3)
    if crossover:
        varying.run(crossover, asked[0], who, time, rounds, found, json)
        return
    kept = Kept(Run.begin("ladder", words(), json, threads))
    interrupted = False
    with console.progress() as bar:
        task = bar.add_task("", total=len(asked) * rounds)
        for number, question in enumerate(asked):

            def tell(
                what: str, done: int, name: str = question.workload.name, first: int = number
            ) -> None:
                bar.update(task, description=f"{name}: {what}", completed=first * rounds + done)

            sitting = measuring.sit(question, who, time * len(who), rounds, tell)
            found = measuring.settled(question, sitting, found, again)
            kept.add(measuring.rows(question, sitting, found))
            if sitting.interrupted:
                interrupted = True
                break
    show(kept.frame)
    if not interrupted:
        if not any(row.median_ns for row in kept.rows):
            kept.run.finish(header.FAILED)
            raise ValueError("none of the contenders could be timed")
        noise.flag(kept.frame)
    finished = max((row.processes or 0 for row in kept.rows), default=0)
    text = f"the last ranking is of {finished} of {rounds} rounds"
    kept.finish(text if interrupted else None)


def show(frame: pd.DataFrame) -> None:
    """The rankings of a run, each with a sentence of advice; then all networks side by side."""
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
