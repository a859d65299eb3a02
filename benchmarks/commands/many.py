"""`python -m benchmarks many`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from benchmarks.experiments import many
from benchmarks.measure.many import CONTENDERS, TASKS, ManyQuestion
from benchmarks.show.tables import ladder_table, many_table
from benchmarks.terminal import console
from benchmarks.terminal.options import JsonOption, RoundsOption, TaskTimeOption, listed
from benchmarks.terminal.session import measure_duels

if TYPE_CHECKING:
    import pandas as pd


def command(
    task: Annotated[
        list[str] | None,
        typer.Option(
            help=listed("What is trained", {name: one.what for name, one in TASKS.items()}),
            show_default="all",
        ),
    ] = None,
    threads: Annotated[
        int, typer.Option(min=1, help="Threads of each contender; the loop has one.")
    ] = 2,
    time: TaskTimeOption = 8.0,
    rounds: RoundsOption = 4,
    json: JsonOption = None,
) -> None:
    """Time the training of many networks: train_many, a loop over train, JAX's vmap.

    Adam, batches of 32, a seed for each network. Before they are timed, weights are
    compared with those of trainings alone: equal to the last bit, for JAX to 1e-6.

    Example: python -m benchmarks many --task iris --threads 2
    """
    asked = [ManyQuestion(name, threads) for name in dict.fromkeys(task or TASKS)]
    questions = [(one.what, one) for one in asked]
    measure_duels(
        "many", questions, lambda _: CONTENDERS, many.rows, show, time, rounds, json, threads
    )


def show(frame: pd.DataFrame) -> None:
    """Print the table of a run."""
    console.table(many_table.TITLE, many_table.HEADINGS, many_table.lines(frame), left=2)
    for text in ladder_table.failures(frame):
        console.say(text)
