"""`python -m benchmarks ladder`."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from benchmarks.experiments import ladder as measuring
from benchmarks.measure import duel, frames, limits, networks, stepping
from benchmarks.measure.networks import Asked, Options
from benchmarks.measure.question import WITH_LOSS, Question
from benchmarks.show.tables import ladder_table, recommend
from benchmarks.show.tables import questions as wording
from benchmarks.terminal import console
from benchmarks.terminal import crossover as varying
from benchmarks.terminal.options import (
    ROUNDS_HELP,
    BatchSizeOption,
    JsonOption,
    L2Option,
    RateOption,
)
from benchmarks.terminal.session import (
    LIMITS_SECONDS,
    Session,
    measure,
    measured_limits,
    sitting_seconds,
)
from kernels.support import checks

if TYPE_CHECKING:
    import pandas as pd


SECONDS, QUICK_SECONDS = 8.0, 1.0
QUICK_ROUNDS = 3


def command(
    sizes: Annotated[list[str] | None, typer.Option(help=networks.SIZES_HELP)] = None,
    activations: Annotated[str | None, typer.Option(help=networks.ACTIVATIONS_HELP)] = None,
    output: Annotated[str | None, typer.Option(help=networks.OUTPUT_HELP)] = None,
    loss: Annotated[str | None, typer.Option(help=networks.LOSS_HELP)] = None,
    network: Annotated[list[Path] | None, typer.Option(help=networks.NETWORK_HELP)] = None,
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
    optimizer: Annotated[
        str | None,
        typer.Option(
            help="Train with sgd, adam or adamw; needs --operation train. The time is of one step.",
            show_default="the article's descent",
        ),
    ] = None,
    batch_size: BatchSizeOption = None,
    learning_rate: RateOption = None,
    l2: L2Option = None,
    dtype: Annotated[str, typer.Option(help="Precision: float64 or float32.")] = "float64",
    threads: Annotated[int, typer.Option(min=1, help="Threads for one call.")] = 1,
    kernels: Annotated[
        str | None, typer.Option(help="Kernels, as batched,jitted.", show_default="all")
    ] = None,
    peers: Annotated[
        bool | None,
        typer.Option(
            "--peers/--no-peers",
            help="Include other libraries.",
            show_default="peers; no-peers with --quick",
        ),
    ] = None,
    time: Annotated[
        float | None,
        typer.Option(
            min=0.1,
            help="About how many seconds each contender is timed.",
            show_default=f"{SECONDS:g}; {QUICK_SECONDS:g} with --quick",
        ),
    ] = None,
    rounds: Annotated[
        int | None,
        typer.Option(
            min=2,
            help=ROUNDS_HELP,
            show_default=f"{duel.ROUNDS}; {QUICK_ROUNDS} with --quick",
        ),
    ] = None,
    quick: Annotated[
        bool,
        typer.Option(
            "--quick", help="Rougher, in under a minute a network: the rungs, in fewer rounds."
        ),
    ] = False,
    crossover: Annotated[
        str | None,
        typer.Option(help="Vary batch, width or threads, and find where the winner changes."),
    ] = None,
    json: JsonOption = None,
) -> None:
    """Rank all ways to compute your network: which is fastest, by how much, how near the limit.

    Every contender is checked, then timed in processes of its own, in turn with all others.
    Starting the processes takes about as long again as the timing.

    Example: python -m benchmarks ladder --sizes 24-64-64-4 --activations relu --output softmax
    """
    checks.dtype(dtype)
    time = time or (QUICK_SECONDS if quick else SECONDS)
    rounds = rounds or (QUICK_ROUNDS if quick else duel.ROUNDS)
    names = [name.strip() for name in kernels.split(",")] if kernels else None
    contenders = measuring.contenders(names, not quick if peers is None else peers)
    found = networks.asked_for(Options(sizes or (), activations, output, loss, network or ()))
    steps = stepping.asked(
        optimizer=optimizer, batch_size=batch_size, learning_rate=learning_rate, l2=l2
    )
    questions = [measuring.question(one, batch, operation, dtype, threads, steps) for one in found]
    if crossover:
        varying.check(crossover, questions, batch, threads)
    remarks(found, questions, loss)
    if quick:
        console.remark("--quick is rougher: fewer rounds, so wider intervals and fewer verdicts")
    if crossover:
        varying.run(crossover, questions[0], contenders, time, rounds, json)
        return
    rates = limits.needed(questions)

    def work(session: Session) -> None:
        found = measured_limits(session, rates)
        for number, asked in enumerate(questions):
            progress = partial(session.progress_of_round, asked.name, number * rounds)
            sitting = measuring.sit(asked, contenders, time * len(contenders), rounds, progress)
            again = partial(limits.measure, activations=rates)
            found = measuring.confirmed(asked, sitting, found, again)
            session.sat(asked.name, sitting, rounds, measuring.rows(asked, sitting, found))

    each = sitting_seconds(len(measuring.installed(contenders)), time, rounds)
    seconds = LIMITS_SECONDS + len(questions) * each
    measure("ladder", work, show, json, threads, len(questions) * rounds, seconds)


def remarks(found: Sequence[Asked], questions: Sequence[Question], loss: str | None) -> None:
    """Say which file has which weights, and that a loss given for forward passes changes nothing.

    Tables name weights by their digest.
    """
    for one, asked in zip(found, questions, strict=True):
        if one.file is not None:
            what = wording.network(asked.columns())
            console.remark(f"{Path(one.file).name} is {what}")
    if loss is not None and questions[0].operation not in WITH_LOSS:
        console.remark(f"--loss {loss} changes nothing here: a forward pass computes no loss")


def show(frame: pd.DataFrame) -> None:
    """Print the rankings of a run, each with its advice; then all networks side by side."""
    groups = frames.questions(frame)
    for group in groups:
        first = frames.first(group)
        title = wording.title(first)
        lines = ladder_table.lines(group)
        console.table(title, ladder_table.headings(group), lines, spare=3)
        for text in ladder_table.failures(group):
            console.say(text)
        console.say(f"{wording.network(first)}: {recommend.advice(group)}")
        console.say()
    if len(groups) > 1:
        headings, lines = ladder_table.summary(frame)
        plain = [tuple(cell.replace("*", "") for cell in line) for line in lines]
        console.table("Time per call (times the fastest)", headings, plain)
        console.say(wording.UNNAMED)
