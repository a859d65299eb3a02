"""`python -m benchmarks sweep`."""

from __future__ import annotations

import importlib.util
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from benchmarks.experiments.sweep import connecting, settings, summary
from benchmarks.experiments.sweep.data import Data, load
from benchmarks.experiments.sweep.engines import Engine
from benchmarks.experiments.sweep.settings import Setting
from benchmarks.experiments.sweep.store import Store
from benchmarks.experiments.sweep.sweep import Sweep
from benchmarks.measure import files, rows
from benchmarks.measure.sizes import parse_hidden
from benchmarks.show.tables import numbers, sweep_table
from benchmarks.terminal import console
from benchmarks.terminal.options import JsonOption
from benchmarks.terminal.session import Session, measure

if TYPE_CHECKING:
    import pandas as pd

REPEATED = "Repeat the option for several."
BATCH = 32
"""Samples per step, if there are as many and no other number is asked for."""
FOLDER = "sweep"
"""The folder of the usual store, among the user's own runs."""


def command(
    data: Annotated[
        str,
        typer.Option(
            help="digits, iris, a .npz file with arrays X and y, or a .csv file with a header."
        ),
    ] = "digits",
    target: Annotated[
        str | None, typer.Option(help="The column of a .csv file that is predicted.")
    ] = None,
    predict: Annotated[
        str | None,
        typer.Option(
            help="classes or numbers.",
            show_default="whole numbers and texts are classes, others numbers",
        ),
    ] = None,
    seeds: Annotated[int, typer.Option(min=1, help="The number of seeds, from 0.")] = 10,
    hidden: Annotated[
        list[str] | None,
        typer.Option(
            help=f"Sizes of the hidden layers, as 30 or 64-32. {REPEATED}", show_default="30"
        ),
    ] = None,
    activation: Annotated[
        list[str] | None,
        typer.Option(help=f"Activation of the hidden layers. {REPEATED}", show_default="relu"),
    ] = None,
    optimizer: Annotated[
        list[str] | None,
        typer.Option(help=f"sgd, adam or adamw. {REPEATED}", show_default="adam"),
    ] = None,
    learning_rate: Annotated[
        list[float] | None,
        typer.Option(
            help=f"Learning rate. {REPEATED}",
            show_default="0.001 for adam and adamw, 0.1 for sgd",
        ),
    ] = None,
    batch_size: Annotated[
        list[int] | None,
        typer.Option(min=1, help=f"Samples per step. {REPEATED}", show_default=str(BATCH)),
    ] = None,
    passes: Annotated[int, typer.Option(min=1, help="Passes over the training samples.")] = 50,
    l2: Annotated[
        float, typer.Option(min=0.0, help="The penalty on weights, scikit-learn's alpha.")
    ] = 0.0,
    workers: Annotated[
        int | None,
        typer.Option(min=1, help="Processes that train at once.", show_default="one per core"),
    ] = None,
    scheduler: Annotated[
        str | None,
        typer.Option(
            help="Train on the Dask cluster of this scheduler, as tcp://127.0.0.1:8786, instead of "
            "processes of this machine."
        ),
    ] = None,
    into: Annotated[
        Path | None,
        typer.Option(
            help="The folder that has all results; those that are there stay, and are not trained "
            "again.",
            show_default="results/local/sweep",
        ),
    ] = None,
    json: JsonOption = None,
) -> None:
    """Train many small networks: every combination of settings, with every seed.

    Each network is tested on the same 40 % of the data. A sweep that was interrupted goes on where
    it stopped when the same command is given again.

    Example: python -m benchmarks sweep --seeds 200 --hidden 30 --hidden 64-32
    """
    if scheduler is not None and workers is not None:
        raise ValueError("--workers is for processes of this machine: a cluster has its own")
    if scheduler is not None:
        connecting.require()
    samples = load(data, target, predict)
    m = len(samples.X_train)
    asked = settings.grid(
        list(map(parse_hidden, hidden or ["30"])),
        activation or ["relu"],
        optimizer or ["adam"],
        learning_rate or [None],
        batch_size or [min(BATCH, m)],
        passes,
        l2,
    )
    for setting in asked:
        setting.stepping.require_at_most(m)
    folder = into or rows.LOCAL / FOLDER
    with Store(folder) as store:
        sweep = Sweep(samples, asked, seeds, store)
        if sweep.there:
            console.remark(f"{numbers.are(sweep.there, 'result')} there already")
        measure(
            "sweep",
            partial(work, sweep=sweep, workers=workers, scheduler=scheduler),
            partial(show, folder=folder),
            json,
            total=sweep.total,
            announced=False,
            flagged=False,
        )


def engine_for(data: Data, workers: int | None, scheduler: str | None) -> Engine:
    """The engine: processes of this machine, or the cluster of a scheduler."""
    if scheduler is None:
        from benchmarks.experiments.sweep.local import LocalEngine

        return LocalEngine(data, workers)
    from benchmarks.experiments.sweep.cluster import ClusterEngine

    return ClusterEngine(data, scheduler, remark=console.remark)


def work(session: Session, sweep: Sweep, workers: int | None, scheduler: str | None) -> None:
    """Train what is missing; add the rows of all that is stored, also after Ctrl-C."""
    session.run.columns["data"] = sweep.data.name

    def progress(setting: Setting, done: int) -> None:
        what = f"{done} of {sweep.total}: {setting}"
        session.progress(what, done, phase=sweep.data.name)

    try:
        if sweep.there < sweep.total:
            session.progress("starting workers", sweep.there)
            engine = engine_for(sweep.data, workers, scheduler)
            try:
                sweep.run(engine, progress)
            finally:
                engine.close()
    finally:
        session.finished = (
            f"{sweep.done} of {numbers.count(sweep.total, 'result')} are stored; the same command "
            "trains the others"
        )
        session.add(summary.rows(sweep))
    if sweep.share is not None:
        console.remark(
            f"{numbers.count(sweep.trained, 'network')} trained in "
            f"{numbers.seconds(sweep.wall_seconds)} by {numbers.count(sweep.workers, 'worker')}, "
            f"which trained {100 * sweep.share:.1f} % of the time"
        )


def show(frame: pd.DataFrame, folder: Path) -> None:
    """Print the table of a sweep, and draw its figure."""
    if not (frame["operation"] == "train").any():
        return
    console.table(
        sweep_table.title(frame), sweep_table.headings(frame), sweep_table.lines(frame),
        left=2, spare=sweep_table.SPARED,
    )  # fmt: skip
    console.say(sweep_table.summary(frame))
    draw(frame, folder)


def draw(frame: pd.DataFrame, folder: Path) -> None:
    """Write the figure of a sweep into its folder."""
    if importlib.util.find_spec("matplotlib") is None:
        console.remark("there is no figure: matplotlib is not installed (the extra `report`)")
        return
    from benchmarks.show.drawing import svg
    from benchmarks.show.figures import sweeps

    chart = sweeps.chart(frame)
    if chart is not None:
        path = folder / f"{frame['data'].iloc[0]}.svg"
        try:
            files.replace(path, svg.draw(chart))
        except OSError as error:  # the table is shown all the same
            console.remark(f"the figure could not be written to {path}: {error.strerror or error}")
        else:
            console.remark(f"the figure is {path}")
