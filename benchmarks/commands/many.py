"""`python -m benchmarks many`."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Annotated

import typer

from benchmarks.experiments import many
from benchmarks.measure.many import CONTENDERS, TASKS, ManyQuestion
from benchmarks.show.tables import ladder_table, many_table
from benchmarks.terminal import console
from benchmarks.terminal.options import JsonOption, RoundsOption
from benchmarks.terminal.session import Session, measure, sitting_seconds

if TYPE_CHECKING:
    import pandas as pd


def command(
    task: Annotated[
        list[str] | None,
        typer.Option(
            help="What is trained; repeat the option for several: "
            + "; ".join(f"{name} ({one.what})" for name, one in TASKS.items())
            + ".",
            show_default="all",
        ),
    ] = None,
    threads: Annotated[
        int, typer.Option(min=1, help="Threads of each contender; the loop has one.")
    ] = 2,
    time: Annotated[
        float,
        typer.Option(
            min=0.1,
            help="About how many seconds each contender is timed for a task, in all rounds.",
        ),
    ] = 8.0,
    rounds: RoundsOption = 4,
    json: JsonOption = None,
) -> None:
    """Time the training of many networks: train_many, a loop over train, JAX's vmap.

    Adam, batches of 32, a seed for each network. Before they are timed, weights are
    compared with those of trainings alone: equal to the last bit, for JAX to 1e-6.

    Example: python -m benchmarks many --task iris --threads 2
    """
    questions = [ManyQuestion(name, threads) for name in dict.fromkeys(task or TASKS)]

    def work(session: Session) -> None:
        for number, asked in enumerate(questions):
            progress = partial(session.progress_of_round, asked.what, number * rounds)
            sitting = many.sit(asked, time, rounds, progress)
            session.sat(asked.what, sitting, rounds, many.rows(asked, sitting))

    seconds = len(questions) * sitting_seconds(len(CONTENDERS), time, rounds)
    total = len(questions) * rounds
    measure("many", work, show, json, threads, total=total, seconds=seconds)


def show(frame: pd.DataFrame) -> None:
    """Print the table of a run."""
    console.table(many_table.TITLE, many_table.HEADINGS, many_table.lines(frame), left=2)
    for text in ladder_table.failures(frame):
        console.say(text)
