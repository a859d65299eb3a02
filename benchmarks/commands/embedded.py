"""`python -m benchmarks embedded`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from benchmarks.experiments import embedded
from benchmarks.experiments import ladder as asking
from benchmarks.measure import frames, limits, networks
from benchmarks.measure.networks import Options
from benchmarks.show.tables import ladder_table, numbers, ranks
from benchmarks.show.tables import questions as wording
from benchmarks.terminal import console
from benchmarks.terminal.options import JsonOption
from benchmarks.terminal.session import LIMITS_SECONDS, Session, measure, measured_limits
from kernels.support import checks

if TYPE_CHECKING:
    import pandas as pd

HEADINGS = ("", "time per sample", "of the limit")


def command(
    sizes: Annotated[list[str] | None, typer.Option(help=networks.SIZES_HELP)] = None,
    activations: Annotated[str | None, typer.Option(help=networks.ACTIVATIONS_HELP)] = None,
    output: Annotated[str | None, typer.Option(help=networks.OUTPUT_HELP)] = None,
    dtype: Annotated[str, typer.Option(help="Precision: float64 or float32.")] = "float64",
    time: Annotated[
        float, typer.Option(min=0.1, help="About how many seconds each call is timed.")
    ] = 2.0,
    json: JsonOption = None,
) -> None:
    """Time one sample at a time in compiled code, as a C or C++ program would compute it.

    The call from Python is left out. So times can stand beside those of libraries that are called
    from C++.

    Example: python -m benchmarks embedded --sizes 16-64-32-32-5-relu-softmax --dtype float32
    """
    checks.dtype(dtype)
    found = networks.asked_for(Options(sizes or (), activations, output))
    questions = [asking.question(one, None, "forward", dtype) for one in found]
    rates = limits.needed(questions)

    def work(session: Session) -> None:
        best = measured_limits(session, rates)
        for number, asked in enumerate(questions):
            session.progress(asked.name, number)
            session.add(embedded.rows(asked, best, time))
            session.finished = f"{numbers.count(number + 1, 'network')} of {len(questions)}"

    calls = 2 * len(embedded.KERNELS)
    seconds = LIMITS_SECONDS + len(questions) * calls * time
    measure("embedded", work, show, json, total=len(questions), seconds=seconds)


def show(frame: pd.DataFrame) -> None:
    """Print the table of each network."""
    for group in frames.questions(frame):
        lines = [
            (ladder_table.name(one), numbers.time_interval_of(one), ladder_table.share(one))
            for one in frames.records(ranks.measured(group))
        ]
        console.table(wording.title(frames.first(group)), HEADINGS, lines)
