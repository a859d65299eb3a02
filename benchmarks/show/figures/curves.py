"""Charts of time against a quantity: size of the network, of the batch, threads, calls."""

from __future__ import annotations

from dataclasses import replace
from itertools import groupby
from operator import itemgetter
from typing import TYPE_CHECKING, Any

from benchmarks.measure import frames, verdicts
from benchmarks.measure.frames import Record, values
from benchmarks.measure.sizes import parse_network
from benchmarks.measure.stored import Load
from benchmarks.show.drawing.chart import Axis, Chart, Mark, Panel, Series
from benchmarks.show.figures.points import FLOOR, LIMIT, TIME, colour_of, lines
from benchmarks.show.tables import numbers, ranks, recommend
from kernels import LADDER
from kernels.network import parameter_count

if TYPE_CHECKING:
    import pandas as pd

CALLS = [10.0**k for k in range(8)]
"""Numbers of calls at which the total time is drawn."""

ONE_ROW = (
    "A batch of one sample is a call of forward_batch with a matrix of one row; forward, which "
    "takes the sample as a vector, is the shorter way for one sample."
)


def parameters(frame: pd.DataFrame) -> pd.Series[float]:
    """Number of weights and biases of each row's network."""
    return frame["workload"].map(
        lambda name: float(parameter_count(parse_network(name)[0])), na_action="ignore"
    )


def samples(frame: pd.DataFrame) -> pd.Series[float]:
    """Number of samples that one call of each row takes."""
    return frame["rows"].fillna(1).astype(float)


def sizes(load: Load) -> Chart:
    """Time of one sample against the size of the network, for every contender."""
    frame = frames.of_one_machine(load("forward", "crossover-width"))
    timed = ranks.times(frame)
    axis = Axis("weights and biases", "log")
    floors = timed.loc[timed["floor_ns"] > 0, "floor_ns"]
    floor = [] if floors.empty else [Mark("floor", float(floors.min()), "y")]
    series = [*lines(frame, parameters(frame)), limit(timed)]
    return Chart(
        "sizes",
        "Cost of one sample against the size of the network",
        winners(frame, parameters(frame), "parameters") + crossings(frame),
        () if timed.empty else [Panel("", axis, TIME, series, floor)],
        ("forward", "crossover-width"),
        frames.records(frame),
        notes=(LIMIT, FLOOR),
        columns=1,
    )


def limit(timed: pd.DataFrame) -> Series:
    """The limit for each network, as a line."""
    known = timed.assign(x=parameters(timed))[timed["limit_ns"] > 0]
    best = known.drop_duplicates("x", keep="last").sort_values("x")
    return Series(
        "limit",
        values(best["x"]),
        values(best["limit_ns"]),
        "steps",
        notes=[f"{r['workload']}: {numbers.duration(r['limit_ns'])}" for r in frames.records(best)],
    )


def batches(load: Load) -> Chart:
    """Time per sample against the size of the batch."""
    frame = load("crossover-batch")
    timed = ranks.times(frame)
    axis = Axis("time per sample", "log", times=True)
    series = lines(frame, samples(frame), samples(frame))
    network = "" if timed.empty else f", {timed['workload'].iloc[0]}"
    return Chart(
        "batches",
        f"Time per sample against the batch{network}",
        winners(frame, samples(frame), "batch size") + crossings(frame),
        () if timed.empty else [Panel("", Axis("samples a batch", "log"), axis, series)],
        ("crossover-batch",),
        frames.records(frame),
        notes=(ONE_ROW,),
        columns=1,
    )


def winners(frame: pd.DataFrame, x: pd.Series[Any], unit: str) -> str:
    """A sentence on the fastest contender in each range of x, in the order of x."""
    asked = frames.questions(frame.assign(x=x))
    best = {
        frames.first(group)["x"]: recommend.leader(group)
        for group in asked
        if not ranks.comparable(group).empty
    }
    parts = []
    for leader, stretch in groupby(sorted(best.items()), key=itemgetter(1)):
        at = [value for value, _ in stretch]
        where = f"{at[0]:,.0f}" if len(at) == 1 else f"{at[0]:,.0f} to {at[-1]:,.0f}"
        parts.append(f"{where}: {leader}")
    return f"The fastest by {unit}: {'; '.join(parts)}."


def crossings(frame: pd.DataFrame) -> str:
    """Sentences on the points at which the fastest changes, each with its interval."""
    return "".join(
        f" From about {r['value']:.0f} [{r['low']:.0f}, {r['high']:.0f}] on {r['kernel']} is "
        f"faster than {r['against']}."
        for r in frames.records(frame[frame["quantity"].str.startswith("crossover_")])
        if verdicts.has_interval(r["low"], r["high"])
    )


def threads(load: Load) -> Chart:
    """Time of a training iteration with two threads, as a share of the time with one."""
    frame = load("train", "train-threads")
    frame = frame[(frame["workload"] == "64-30-10") & (frame["dtype"] == "float64")]
    frame = frame[frame.groupby(frames.machines(frame))["threads"].transform("nunique") > 1]
    timed = [one for one in lines(frame, frame["threads"]) if len(one.x) > 1]
    gains = sorted(((float(one.y[0]) / float(one.y[-1]), one.name) for one in timed), reverse=True)
    texts = [f"{numbers.significant(gain, 2)} times as fast in {name}" for gain, name in gains]
    names = list(dict.fromkeys(str(x) for one in timed for x in one.x))
    panel = Panel(
        "",
        Axis("threads", "category", names=names),
        Axis("time with one thread = 100 %"),
        [relative(one) for one in timed],
    )
    return Chart(
        "threads",
        "Threads: an iteration of training, 64-30-10 over 1078 samples",
        f"With two threads instead of one, an iteration is {', '.join(texts)}."
        if texts
        else "No machine has times with one thread and with two.",
        [panel] if timed else (),
        ("train", "train-threads"),
        frames.records(frame),
        columns=1,
    )


def relative(line: Series) -> Series:
    """Times against threads in percent of the first, with names instead of numbers below."""
    first = float(line.y[0])
    return replace(
        line,
        x=[str(x) for x in line.x],
        y=[100 * float(y) / first for y in line.y],
        low=[None if low is None else 100 * low / first for low in line.low],
        high=[None if high is None else 100 * high / first for high in line.high],
    )


def payback(load: Load) -> Chart:
    """Total time of build and calls against the number of calls."""
    frame = load("forward")
    panels, findings = [], []
    for group in frames.questions(frame):
        ranked = frames.records(ranks.comparable(group))
        rungs = [r for r in ranked if r["kernel"] in LADDER]
        if not rungs:
            continue
        axis, workload = Axis("build and all calls", "log", times=True), rungs[0]["workload"]
        panels.append(Panel(workload, Axis("calls", "log"), axis, [*map(spent, rungs)]))
        ready = ranks.fastest_without_build(group)
        calls = ranks.calls_to_pay_back(rungs[0], ready)
        if calls is not None:
            findings.append(f"{numbers.significant(calls, 2)} calls on {workload}")
    text = f"The fastest rung's build is paid back after {', '.join(findings)}."
    if not findings:
        text = "No build has to be paid back: the fastest rung needs none, or is not faster."
    rows = frames.records(frame)
    return Chart("payback", "When a build is paid back", text, panels, ("forward",), rows)


def spent(record: Record) -> Series:
    """A rung's total time of build and calls, at each of `CALLS`."""
    build = ranks.build_seconds(record) * 1e9
    times = [build + count * record["median_ns"] for count in CALLS]
    return Series(
        record["kernel"],
        CALLS,
        times,
        "line",
        notes=[
            f"{count:,.0f} calls: {numbers.duration(time)}, of which {numbers.duration(build)} "
            "are the build"
            for count, time in zip(CALLS, times, strict=True)
        ],
        colour=colour_of(record["kernel"]),
    )


CHARTS = (sizes, payback, batches, threads)
