"""`python -m benchmarks train`."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from benchmarks.experiments.article import experiment
from benchmarks.measure import digits
from benchmarks.measure.environment import limit_blas
from benchmarks.measure.sizes import parse_sizes
from benchmarks.show.tables import numbers, training_table
from benchmarks.terminal import console
from benchmarks.terminal.options import REPLACED, JsonOption, check_writable
from benchmarks.terminal.session import Session, measure
from kernels import Network

if TYPE_CHECKING:
    import pandas as pd


def command(
    kernel: Annotated[str, typer.Option(help="The kernel that trains.")] = "batched",
    seeds: Annotated[int, typer.Option(min=1, help="The number of seeds, from 0.")] = 1,
    iterations: Annotated[
        int, typer.Option(min=1, help="Iterations of gradient descent.")
    ] = digits.ITERATIONS,
    alpha: Annotated[float, typer.Option(help="Step size.")] = digits.ALPHA,
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
        threads = experiment.usual_threads(kernel)
    limit_blas(threads)
    if save and json and save.resolve() == json.resolve():
        raise ValueError(f"--save and --json are both {save}: the rows would replace the network")
    sizes = parse_sizes(f"{digits.SIZES[0]}-{hidden}-{digits.SIZES[-1]}")
    network = Network.load(start) if start else None
    if save:
        check_writable(save)
    outcomes: list[experiment.Outcome] = []

    def work(session: Session) -> None:
        for seed in range(seeds):
            session.finished = f"{numbers.count(seed, 'seed')} of {seeds} were finished"

            def progress(done: int, cost: float, _error: float, seed: int = seed) -> None:
                session.progress(f"seed {seed}, cost {cost:.4f}", seed * iterations + done)

            session.progress(f"seed {seed}", seed * iterations)
            outcomes.append(
                experiment.run(
                    kernel, seed, sizes, iterations, alpha, dtype, threads, network, progress
                )
            )
            session.add(experiment.rows(outcomes[-1], curve=seed == 0))

    def show(frame: pd.DataFrame) -> None:
        out = console.console()
        lines = training_table.lines(frame)
        out.print(console.table(training_table.title(frame), training_table.HEADINGS, lines))
        out.print(training_table.summary(frame), markup=False)
        if save:
            best = max(outcomes, key=lambda one: one.accuracy_percent)
            best.trained.network.save(save)
            console.remark(f"the network of seed {best.seed} is in {save}")

    measure("train", work, show, json, threads, total=seeds * iterations, announced=False)
