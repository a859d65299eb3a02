"""`python -m benchmarks compile`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from benchmarks.experiments import serving as measuring
from benchmarks.measure import duel, serving
from benchmarks.measure.runs import Run
from benchmarks.measure.sizes import parse_sizes
from benchmarks.show.tables import serving_table
from benchmarks.terminal import console, noise
from benchmarks.terminal.keeping import Kept
from benchmarks.terminal.options import JsonOption, check_new, words

if TYPE_CHECKING:
    import pandas as pd


def command(
    data: Annotated[
        str, typer.Option(help=f"What it is fitted on: {', '.join(serving.DATA)}.")
    ] = "digits",
    hidden: Annotated[str, typer.Option(help="Its hidden layers, as 64-32.")] = "30",
    activation: Annotated[
        str, typer.Option(help="Of the hidden layers: relu, tanh, logistic or identity.")
    ] = "relu",
    time: Annotated[float, typer.Option(min=0.1, help="Seconds of timing for each.")] = 8.0,
    rounds: Annotated[
        int, typer.Option(min=2, help="Fresh processes for each contender.")
    ] = duel.ROUNDS,
    json: JsonOption = None,
) -> None:
    """Fit a scikit-learn network, compile it, check it, and duel: who predicts how fast?

    One row and a thousand, by scikit-learn itself, kernels.compile and ONNX Runtime.

    Example: python -m benchmarks compile --data digits
    """
    check_new(json)
    layers = parse_sizes(f"1-{hidden}-1")[1:-1]
    if activation not in serving.ACTIVATIONS:
        known = ", ".join(serving.ACTIVATIONS)
        raise ValueError(f"--activation is one of {known}, got {activation!r}")
    what = serving.Served(data, layers, activation)
    noise.announce()
    kept = Kept(Run.begin("compile", words(), json))
    interrupted = False
    with console.progress() as bar:
        task = bar.add_task("", total=len(measuring.ROWS) * rounds)
        for number, count in enumerate(measuring.ROWS):

            def tell(doing: str, done: int, rows: int = count, first: int = number) -> None:
                text = f"{data}, {rows} at a time: {doing}"
                bar.update(task, description=text, completed=first * rounds + done)

            sitting = measuring.sit(what, count, time, rounds, tell)
            kept.add(measuring.rows(what, count, sitting))
            interrupted = sitting.interrupted
            if interrupted:
                break
    if kept.rows:
        show(kept.frame)
    if not interrupted:
        noise.flag(kept.frame)
    kept.finish("these are the rounds that were finished" if interrupted else None)


def show(frame: pd.DataFrame) -> None:
    """The table of a run."""
    table = console.table(
        serving_table.title(frame), serving_table.HEADINGS, serving_table.lines(frame)
    )
    console.console().print(table)
