"""Charts of every rung's speed over the project's commits, from asv's records.

The rungs are those of `RUNGS`, under which asv's records are stored.
"""

from __future__ import annotations

import itertools
import json
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from benchmarks.measure import fields, frames, machines
from benchmarks.measure.frames import values
from benchmarks.measure.workloads import REPEATED, RUNGS
from benchmarks.show.drawing.chart import Axis, Chart, Panel, Series
from benchmarks.show.figures import changes
from benchmarks.show.figures.changes import Point
from benchmarks.show.tables import numbers

if TYPE_CHECKING:
    import pandas as pd

FORWARD, BUILD = "ladder.Forward.time_forward", "building.Build.track_build_seconds"
BACKPROPAGATION = "ladder.Backpropagation.time_backpropagation"
BATCH = "ladder.ForwardPerSample.time_forward_per_sample"
GRADIENT = "ladder.GradientPerSample.time_gradient_per_sample"
TRAINING = "ladder.TrainPerSample.time_iteration_per_sample"
ADAM = "ladder.AdamPerSample.time_adam_per_sample"
BENCHMARKS = {
    FORWARD: "forward, one sample",
    BACKPROPAGATION: "backpropagation, one sample",
    BATCH: "forward of a batch, per sample",
    GRADIENT: "gradient over a batch, per sample",
    TRAINING: "training, one iteration, per sample",
    BUILD: "building a plan for 100-100-50-10",
    ADAM: "a step of Adam, per sample",
}
"""Titles of asv's benchmarks, as on asv's own pages."""
SHOWN = tuple(
    (benchmark, parameter, f"{BENCHMARKS[benchmark]}, {parameter}")
    for benchmark, parameter in (
        (FORWARD, "3-3-1"),
        (FORWARD, "100-100-50-10"),
        (BACKPROPAGATION, "100-100-50-10"),
        (BATCH, "100-100-50-10"),
        (GRADIENT, "64-30-10"),
        (TRAINING, "64-30-10"),
        (BUILD, "cold"),
    )
)
"""Panels of the short chart: a benchmark, its other parameter besides the rung, the title."""
ENDED = {
    "ladder.ForwardBatch.time_forward_batch": BATCH,
    "ladder.GradientOfBatch.time_gradient": GRADIENT,
    "ladder.Train.time_train_iteration": TRAINING,
}
"""Former benchmarks, of the time per call on many samples, with their successors, per sample."""
ENDED_SAMPLES, ENDED_SAMPLES_OF = 32, {"looped": 1, "vectorized": 1}
"""Samples per call of the former benchmarks, in general and of these rungs."""
PARAMETERS = (*(workload.name for workload in REPEATED), "cold", "cached")
TITLE = "The speed of every rung over the commits"
Shown = tuple[str, str, str]
COLUMNS = ["benchmark", "kernel", "parameter", "commit", "date", "seconds"]


def machine(folder: Path, preferred: str = "") -> str | None:
    """The machine with the most recorded commits, among several the last by name.

    The preferred one comes first if it has any.
    """
    found = [path.parent for path in folder.glob("*/machine.json")]
    counts = {one.name: len(list(one.glob("*-*.json"))) for one in found}
    if counts.get(preferred):
        return preferred
    return max(counts, key=lambda name: (counts[name], name), default=None)


def load(folder: Path, name: str) -> pd.DataFrame:
    """asv's records of a machine: seconds of one sample, or of a build, per commit and rung.

    asv has recorded builds of less than a millisecond as 0; they are left out.
    """
    import pandas as pd
    from asv.results import iter_results_for_machine

    found = []
    for result in iter_results_for_machine(str(folder), name):
        keys = result.get_all_result_keys()
        for recorded, benchmark in ({one: one for one in BENCHMARKS} | ENDED).items():
            if recorded not in keys or (recorded in ENDED and benchmark in keys):
                continue
            axes = result.get_result_params(recorded)
            results = result.get_result_value(recorded, axes)
            for (rung, parameter), value in zip(itertools.product(*axes), results, strict=True):
                kernel = rung.strip("'")
                seconds = None if value is None else value / samples(recorded, kernel)
                about = (benchmark, kernel, parameter.strip("'"))
                found.append((*about, result.commit_hash[:8], result.date, seconds))
    frame = pd.DataFrame(found, columns=COLUMNS).astype({"seconds": float})
    # a benchmark that failed or was skipped is NaN
    return frame[frame["seconds"] > 0].sort_values(["date", *COLUMNS[:4]], ignore_index=True)


def samples(recorded: str, kernel: str) -> int:
    """Number of samples that a recorded time covers."""
    return ENDED_SAMPLES_OF.get(kernel, ENDED_SAMPLES) if recorded in ENDED else 1


def history(folder: Path, preferred: str = "") -> Chart:
    """The chart of the benchmarks in `SHOWN`, on a machine; without records it says so."""
    name = machine(folder, preferred)
    frame = load(folder, name) if name else None
    if frame is None or frame.empty:
        text = "Not recorded: make dashboard."
        return Chart("history", TITLE, text, (), missing=("results/asv",))
    absent = [text for benchmark, parameter, text in SHOWN if of(frame, benchmark, parameter).empty]
    title = f"{TITLE}, {describe(folder, name)}"
    if absent:
        title += f" (not recorded yet: {'; '.join(absent)})"
    return chart("history", title, frame, SHOWN)


def details(short: Chart) -> list[Chart]:
    """The chart of `history`, then one for each benchmark with all of its networks."""
    import pandas as pd

    frame, charts = pd.DataFrame(short.rows, columns=COLUMNS), [short]
    for number, (benchmark, title) in enumerate(BENCHMARKS.items()):
        own = frame[frame["benchmark"] == benchmark]
        there = set(own["parameter"])
        shown = [(benchmark, name, name) for name in PARAMETERS if name in there]
        if shown:
            charts.append(chart(f"benchmark-{number}", title.capitalize(), own, shown))
    return charts


def chart(name: str, title: str, frame: pd.DataFrame, shown: Sequence[Shown]) -> Chart:
    """A chart of these benchmarks over the commits, a panel for each."""
    panels = []
    for benchmark, parameter, text in shown:
        chosen = of(frame, benchmark, parameter)
        series = [
            line(rung, number, chosen[chosen["kernel"] == rung])
            for number, rung in enumerate(RUNGS)
        ]
        drawn = [one for one in series if one.x]
        if drawn:
            axis = Axis("", "log", times=True)
            commits = list(chosen["commit"].unique())
            panels.append(Panel(text, Axis("commit", "category", names=commits), axis, drawn))
    return Chart(
        name,
        title,
        finding(frame, shown),
        panels,
        rows=frames.records(frame),
        notes=stories(frame, shown),
    )


def of(frame: pd.DataFrame, benchmark: str, parameter: str) -> pd.DataFrame:
    """The records of a benchmark with one parameter."""
    return frame[(frame["benchmark"] == benchmark) & (frame["parameter"] == parameter)]


def describe(folder: Path, name: str | None) -> str:
    """The machine's description, from what `benchmarks.experiments.history` told asv of it."""
    about = json.loads((folder / str(name) / "machine.json").read_text(encoding="utf-8"))
    processor, _, family = about["cpu"].removesuffix(")").rpartition(" (")
    columns = {
        "processor": processor,
        "processor_family": family,
        "vector_instructions": about["arch"].rpartition(", ")[2],
        "cores": int(about["num_cpu"].split()[0]),
    }
    return machines.described(fields.modernized(columns))


def line(rung: str, number: int, own: pd.DataFrame) -> Series:
    """A rung's times from the oldest commit to the newest."""
    times = values(own["seconds"] * 1e9)
    notes = [f"{changes.about(one)}: {numbers.duration(one.seconds * 1e9)}" for one in points(own)]
    return Series(rung, values(own["commit"]), times, "line", notes=notes, colour=number)


def finding(frame: pd.DataFrame, shown: Sequence[Shown]) -> str:
    """A sentence on how many benchmarks got faster and slower, each by its fastest rung."""
    found = {title: fastest(frame, *about) for *about, title in shown}
    ways: dict[str, list[str]] = {}
    for title, own in found.items():
        if len(own) > 1:
            way = changes.direction(own[0].seconds, own[-1].seconds)
            ways.setdefault(way, []).append(f"{title} ({changes.times(own[0], own[-1])})")
    texts = [f"{way.capitalize()}: {'; '.join(titles)}." for way, titles in ways.items()]
    commits = numbers.count(frame["commit"].nunique(), "commit")
    return f"The fastest rung from the first of {commits} to the last. " + (
        " ".join([*texts, changes.RULE])
    )


def fastest(frame: pd.DataFrame, benchmark: str, parameter: str) -> list[Point]:
    """The time of the fastest rung at each commit, of those recorded at several commits."""
    chosen = of(frame, benchmark, parameter)
    chosen = chosen[chosen.groupby("kernel")["commit"].transform("nunique") > 1]
    return points(chosen.loc[chosen.groupby("commit")["seconds"].idxmin()].sort_values("date"))


def points(own: pd.DataFrame) -> list[Point]:
    """The recorded times, in the order of the rows."""
    columns = own[["commit", "date", "seconds"]]
    return [Point(*row) for row in columns.itertuples(index=False, name=None)]


def stories(frame: pd.DataFrame, shown: Sequence[Shown]) -> list[str]:
    """For each benchmark which rungs got faster or slower, and with which commits."""
    found = []
    for benchmark, parameter, title in shown:
        chosen = of(frame, benchmark, parameter)
        rungs = {rung: points(chosen[chosen["kernel"] == rung]) for rung in RUNGS}
        rungs = {"the fastest rung": fastest(frame, benchmark, parameter)} | rungs
        if told := changes.told({name: own for name, own in rungs.items() if own}):
            found.append(f"{title}: {told}")
    return found
