"""`python -m benchmarks compile`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from benchmarks.experiments import serving
from benchmarks.measure import duel, networks
from benchmarks.measure.networks import Options
from benchmarks.measure.pipelines import descriptions
from benchmarks.measure.serving_question import (
    DATA,
    SERVED_ACTIVATIONS,
    SERVED_DEFAULT,
    PipelineQuestion,
    ServingQuestion,
)
from benchmarks.measure.sizes import parse_hidden
from benchmarks.show.tables import ladder_table, numbers, serving_table
from benchmarks.terminal import console
from benchmarks.terminal.options import JsonOption, RoundsOption, listed
from benchmarks.terminal.session import measure_duels

if TYPE_CHECKING:
    import pandas as pd

DATA_DEFAULT, HIDDEN_DEFAULT = "digits", "30"


def command(
    data: Annotated[
        str, typer.Option(help=f"The data that the network is fitted on: {', '.join(DATA)}.")
    ] = DATA_DEFAULT,
    hidden: Annotated[
        str, typer.Option(help="Sizes of the hidden layers, as 64-32.")
    ] = HIDDEN_DEFAULT,
    activations: Annotated[
        str | None,
        typer.Option(
            "--activations",
            "--activation",
            help=f"Activation of all hidden layers: {', '.join(SERVED_ACTIVATIONS)}; or one for "
            "each layer after the inputs.",
            show_default=SERVED_DEFAULT,
        ),
    ] = None,
    output: Annotated[
        str | None,
        typer.Option(help=networks.OUTPUT_HELP, show_default="what scikit-learn fits on the data"),
    ] = None,
    loss: Annotated[
        str | None,
        typer.Option(help="Loss that scikit-learn minimises.", show_default="the usual one"),
    ] = None,
    pipeline: Annotated[
        list[str] | None,
        typer.Option(
            help=listed(
                "A typical Pipeline on made-up data, in place of --data and --hidden",
                descriptions(),
            ),
            show_default="a StandardScaler and a network, on --data",
        ),
    ] = None,
    time: Annotated[
        float,
        typer.Option(
            min=0.1,
            help="About how many seconds each contender is timed, in all rounds, for each "
            "number of samples.",
        ),
    ] = 8.0,
    rounds: RoundsOption = duel.ROUNDS,
    json: JsonOption = None,
) -> None:
    """Fit a scikit-learn network, compile it, check it, and time its predictions.

    scikit-learn itself, kernels.compile and ONNX Runtime take turns, on 1 sample and on 1000; for
    a Pipeline only the first two.

    Example: python -m benchmarks compile --data digits
    """
    asked_for = Options(activations=activations, output=output, loss=loss)
    questions: list[ServingQuestion | PipelineQuestion]
    if not pipeline:
        layers = parse_hidden(hidden)
        questions = [serving.question(data, layers, asked_for, rows) for rows in serving.ROWS]
    elif (data, hidden, asked_for) != (DATA_DEFAULT, HIDDEN_DEFAULT, Options()):
        raise ValueError("--pipeline has data and a network of its own: give no others beside it")
    else:
        names = dict.fromkeys(pipeline)
        questions = [PipelineQuestion(name, rows) for name in names for rows in serving.ROWS]

    told = [
        (f"{one.name}, {numbers.count(one.rows, 'sample')} at a time", one) for one in questions
    ]
    measure_duels("compile", told, serving.contenders, serving.rows, show, time, rounds, json)


def show(frame: pd.DataFrame) -> None:
    """Print the table of a run."""
    lines = serving_table.lines(frame)
    console.table(serving_table.title(frame), serving_table.HEADINGS, lines, spare=2)
    for text in ladder_table.failures(frame):
        console.say(text)
