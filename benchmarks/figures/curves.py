"""The charts of times against something: size, batch, threads, number of calls."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any

from benchmarks.figures.chart import Axis, Chart, Mark, Panel, Record, Series
from benchmarks.figures.points import TIME, Load, colour_of, lines
from benchmarks.measure import verdicts
from benchmarks.report import ladder_table, numbers
from benchmarks.report.article_table import find
from benchmarks.workloads import RUNGS, parse_sizes
from kernels.network import parameter_count

CALLS = [10.0**k for k in range(9)]


def parameters(record: Record) -> float:
    """How many weights and biases a row's network has."""
    return float(parameter_count(parse_sizes(record["workload"])))


def samples(record: Record) -> float:
    """How many samples one call takes."""
    return float(record["rows"] or 1)


def sizes(load: Load) -> Chart:
    """Cost against size, for every contender."""
    varied = load("crossover-width")
    records = [*load("forward"), *varied]
    timed = ladder_table.times(records)
    axis = Axis("weights and biases", "log")
    floors = [r["floor_ns"] for r in timed if r["floor_ns"]]
    floor = [Mark("floor", min(floors), "y")] if floors else []
    series = [*lines(records, parameters), limit(timed)]
    return Chart(
        "sizes",
        "Cost of one sample against the size of the network",
        winners(records, parameters, "parameters") + crossings(varied),
        [Panel("", axis, TIME, series, floor)] if timed else (),
        ("forward", "crossover-width"),
        records,
        columns=1,
    )


def limit(timed: Sequence[Record]) -> Series:
    """What the machine allows for each network."""
    best = {parameters(r): r for r in timed if r["limit_ns"]}
    rows = [best[count] for count in sorted(best)]
    return Series(
        "limit",
        sorted(best),
        [r["limit_ns"] for r in rows],
        "steps",
        notes=[f"{r['workload']}: {numbers.duration(r['limit_ns'])}" for r in rows],
    )


def batches(load: Load) -> Chart:
    """Time per sample against the size of the batch."""
    records = load("crossover-batch")
    timed = ladder_table.times(records)
    axis = Axis("time per sample", "log", times=True)
    series = lines(records, samples, samples)
    network = f", {timed[0]['workload']}" if timed else ""
    return Chart(
        "batches",
        f"Time per sample against the batch{network}",
        winners(records, samples, "samples a batch") + crossings(records),
        [Panel("", Axis("samples a batch", "log"), axis, series)] if timed else (),
        ("crossover-batch",),
        records,
        columns=1,
    )


def winners(records: Sequence[Record], x: Callable[[Record], float], unit: str) -> str:
    """Who is the fastest from where to where, and where that is not told."""
    groups = (group for group in verdicts.groups(records) if ladder_table.alike(group))
    best = {x(group[0]): ladder_table.leader(group) for group in groups}
    runs: list[list[Any]] = []
    for value in sorted(best):
        if not runs or runs[-1][0] != best[value]:
            runs.append([best[value], value, value])
        runs[-1][2] = value
    parts = [
        f"at {a:,.0f} {leader}" if a == b else f"from {a:,.0f} to {b:,.0f} {leader}"
        for leader, a, b in runs
    ]
    return f"The fastest by {unit}: {'; '.join(parts)}."


def crossings(records: Sequence[Record]) -> str:
    """Where the winner changes, with the interval."""
    return "".join(
        f" From about {r['value']:.0f} [{r['low']:.0f}, {r['high']:.0f}] on {r['kernel']} is "
        f"faster than {r['against']}."
        for r in records
        if r["quantity"].startswith("crossover_") and verdicts.has_interval(r["low"], r["high"])
    )


def threads(load: Load) -> Chart:
    """Training with one thread and with two."""
    records = find([*load("train"), *load("train-threads")], workload="64-30-10", dtype="float64")
    series = [one for one in lines(records, lambda r: r["threads"]) if len(one.x) > 1]
    named = [replace(one, x=[str(x) for x in one.x]) for one in series]
    gains = sorted(((float(one.y[0]) / float(one.y[-1]), one.name) for one in series), reverse=True)
    texts = [f"{numbers.significant(gain, 2)} times as fast for {name}" for gain, name in gains]
    return Chart(
        "threads",
        "Threads: an iteration of training, 64-30-10 over 1078 samples",
        f"Two threads make an iteration {', '.join(texts)}.",
        [Panel("", Axis("threads", "category"), TIME, named)] if named else (),
        ("train", "train-threads"),
        records,
        columns=1,
    )


def payback(load: Load) -> Chart:
    """Build and calls together, against the number of calls."""
    records = load("forward")
    panels, findings = [], []
    for group in verdicts.groups(records):
        ranked = ladder_table.alike(group)
        series = [spent(r) for r in ranked if r["kernel"] in RUNGS]
        if not series:
            continue
        axis = Axis("build and all calls", "log", times=True)
        panels.append(Panel(ranked[0]["workload"], Axis("calls", "log"), axis, series))
        calls = ladder_table.calls_to_pay_back(ranked[0], group)
        if calls is not None:
            findings.append(f"{numbers.significant(calls, 2)} calls on {ranked[0]['workload']}")
    text = f"The fastest rung's build is paid back after {', '.join(findings)}."
    return Chart("payback", "When a build is paid back", text, panels, ("forward",), records)


def spent(record: Record) -> Series:
    """A rung's build and so many calls."""
    build = ladder_table.build_seconds(record) * 1e9
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
