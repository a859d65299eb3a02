"""`python -m benchmarks train`."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from benchmarks.experiments.article import experiment
from benchmarks.measure import digits
from benchmarks.measure.environment import environment, limit_blas
from benchmarks.measure.sizes import parse_sizes
from benchmarks.show.tables import training_table
from benchmarks.terminal import console
from benchmarks.terminal.keeping import Kept
from benchmarks.terminal.options import REPLACED, JsonOption, check_writable, target
from kernels import Network


def command(
    kernel: Annotated[str, typer.Option(help="Which kernel trains.")] = "batched",
    seeds: Annotated[int, typer.Option(min=1, help="How many seeds, from 0.")] = 1,
    iterations: Annotated[int, typer.Option(min=1, help="Steps of descent.")] = digits.ITERATIONS,
    alpha: Annotated[float, typer.Option(help="Step size.")] = digits.ALPHA,
    hidden: Annotated[str, typer.Option(help="Sizes of the hidden layers, as 30 or 30-20.")] = "30",
    dtype: Annotated[str, typer.Option(help="float64 or float32.")] = "float64",
    threads: Annotated[
        int | None,
        typer.Option(
            min=1, help="Threads.", show_default="every core where the kernel gains by it"
        ),
    ] = None,
    start: Annotated[
        Path | None, typer.Option(help="A saved network to go on from, for every seed's split.")
    ] = None,
    save: Annotated[
        Path | None,
        typer.Option(help=f"Where to save the most accurate network (.npz). {REPLACED}"),
    ] = None,
    json: JsonOption = None,
) -> None:
    """The article's experiment: recognise digits (§5), with a kernel of your choice.

    Example: python -m benchmarks train --kernel jitted --seeds 3
    """
    if threads is None:
        threads = experiment.usual_threads(kernel)
    path = target(json, "train")
    limit_blas(threads)
    if save and save.resolve() == path.resolve():
        raise ValueError(f"--save and --json are both {save}: the rows would replace the network")
    sizes = parse_sizes(f"{digits.SIZES[0]}-{hidden}-{digits.SIZES[-1]}")
    network = Network.load(start) if start else None
    if save:
        check_writable(save)
    outcomes: list[experiment.Outcome] = []
    kept = Kept(path, environment(threads))
    out = console.console()
    with console.progress("cost {task.fields[cost]}") as bar:
        for seed in range(seeds):
            task = bar.add_task(f"seed {seed}", total=iterations, cost="")
            outcomes.append(
                experiment.run(
                    kernel,
                    seed,
                    sizes,
                    iterations,
                    alpha,
                    dtype,
                    threads,
                    network,
                    lambda done, cost, _error, task=task: bar.update(  # type: ignore[misc]
                        task, completed=done, cost=f"{cost:.4f}"
                    ),
                )
            )
            bar.remove_task(task)
            kept.add(experiment.rows(outcomes[-1], curve=len(outcomes) == 1))
    lines = training_table.lines(kept.frame)
    out.print(console.table(training_table.title(kept.frame), training_table.HEADINGS, lines))
    out.print(training_table.summary(kept.frame), markup=False)
    if save:
        best = max(outcomes, key=lambda one: one.accuracy_percent)
        best.trained.network.save(save)
        console.remark(f"the network of seed {best.seed} is in {save}")
    kept.finish()
