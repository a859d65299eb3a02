"""`python -m benchmarks train`."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from benchmarks.experiments.article import experiment
from benchmarks.measure import digits, stepping
from benchmarks.measure.environment import limit_blas
from benchmarks.measure.sizes import parse_hidden
from benchmarks.show.tables import numbers, training_table
from benchmarks.terminal import console
from benchmarks.terminal.options import (
    REPLACED,
    BatchSizeOption,
    JsonOption,
    L2Option,
    RateOption,
    check_writable,
)
from benchmarks.terminal.session import Session, measure
from kernels import Network

if TYPE_CHECKING:
    import pandas as pd


PASSES = 100
"""Passes of a training with an optimizer, unless more or fewer are asked for."""


def command(
    kernel: Annotated[str, typer.Option(help="The kernel that trains.")] = "batched",
    seeds: Annotated[int, typer.Option(min=1, help="The number of seeds, from 0.")] = 1,
    iterations: Annotated[
        int | None,
        typer.Option(
            min=1, help="Passes over the images.", show_default="3000; 100 with an optimizer"
        ),
    ] = None,
    alpha: Annotated[
        float | None,
        typer.Option(help="Step size of the article's descent.", show_default=str(digits.ALPHA)),
    ] = None,
    activations: Annotated[
        str | None,
        typer.Option(
            help="Activation of the hidden layers, as relu. With it the output is softmax and the "
            "loss is log.",
            show_default="the article's network: all logistic",
        ),
    ] = None,
    optimizer: Annotated[
        str | None,
        typer.Option(
            help="Train with sgd, adam or adamw.",
            show_default="the article's descent, with --alpha",
        ),
    ] = None,
    batch_size: BatchSizeOption = None,
    learning_rate: RateOption = None,
    l2: L2Option = None,
    hidden: Annotated[str, typer.Option(help="Sizes of the hidden layers, as 30 or 30-20.")] = "30",
    dtype: Annotated[str, typer.Option(help="Precision: float64 or float32.")] = "float64",
    threads: Annotated[
        int | None,
        typer.Option(
            min=1, help="Threads.", show_default="one per core where the kernel gains by it"
        ),
    ] = None,
    start: Annotated[
        Path | None, typer.Option(help="A saved network to start from, for every seed.")
    ] = None,
    save: Annotated[
        Path | None,
        typer.Option(help=f"A file for the most accurate network (.npz). {REPLACED}"),
    ] = None,
    json: JsonOption = None,
) -> None:
    """Run the article's experiment, recognising digits (§5), with a kernel of your choice.

    Example: python -m benchmarks train --kernel jitted --seeds 3
    """
    if threads is None:
        threads = 1 if batch_size is not None else experiment.usual_threads(kernel)
    limit_blas(threads)
    if save and json and save.resolve() == json.resolve():
        raise ValueError(f"--save and --json are both {save}: the rows would replace the network")
    steps = stepping.asked(
        optimizer=optimizer, batch_size=batch_size, learning_rate=learning_rate, l2=l2
    )
    if steps is not None and alpha is not None:
        raise ValueError("give --alpha or --optimizer, which has a --learning-rate, not both")
    if steps is not None:
        steps.require_at_most(digits.TRAINING_ROWS)
    if activations is not None and "," in activations:
        raise ValueError(f"--activations is one for all hidden layers, as relu, got {activations}")
    way = experiment.Way(activations, steps)
    passes = iterations or (digits.ITERATIONS if steps is None else PASSES)
    sizes = (digits.SIZES[0], *parse_hidden(hidden), digits.SIZES[-1])
    network = Network.load(start) if start else None
    if save:
        check_writable(save)
    outcomes: list[experiment.Outcome] = []

    def work(session: Session) -> None:
        for seed in range(seeds):
            session.finished = f"{seed} of {numbers.count(seeds, 'seed')} finished"

            def progress(done: int, cost: float, _error: float, seed: int = seed) -> None:
                session.progress(f"seed {seed}, cost {cost:.4f}", seed * passes + done)

            session.progress(f"seed {seed}", seed * passes)
            outcomes.append(
                experiment.run(
                    kernel,
                    seed,
                    sizes,
                    passes,
                    digits.ALPHA if alpha is None else alpha,
                    dtype,
                    threads,
                    network,
                    progress,
                    way=way,
                )
            )
            session.add(experiment.rows(outcomes[-1], curve=seed == 0))

    def show(frame: pd.DataFrame) -> None:
        lines = training_table.lines(frame)
        console.table(training_table.title(frame), training_table.HEADINGS, lines)
        console.say(training_table.summary(frame))
        if save:
            best = max(outcomes, key=lambda one: one.accuracy_percent)
            best.trained.network.save(save)
            console.remark(f"the network of seed {best.seed} is in {save}")

    measure("train", work, show, json, threads, total=seeds * passes, announced=False)
