"""Measurements of the figures that the article publishes: worked example, descent, and times.

Every kernel passes the gate just before it is timed.
"""

from __future__ import annotations

from dataclasses import replace
from functools import partial
from typing import Any

import numpy as np

import kernels
from benchmarks.article import descent
from benchmarks.article.figures import COLUMNS, FIGURES, OWN
from benchmarks.measure import duel, portion, statistics, timing, workloads
from benchmarks.measure.contenders import Contender, interpreters
from benchmarks.measure.question import Question
from benchmarks.measure.rows import Row, interval_fields
from benchmarks.measure.workloads import Workload
from kernels.contract import EXAMPLE, EXAMPLE_INPUT
from kernels.proof import gate


def installed() -> list[str]:
    """The kernels of the article's table: all rungs, and C where there is a compiler."""
    return [name for name in COLUMNS if name in kernels.LADDER or kernels.is_installed(name)]


def exact_figures() -> list[Row]:
    """Output of the worked example on every kernel; the descent in Python and under Numba."""
    rows = []
    for name in installed():
        output = kernels.plan(EXAMPLE, name).forward(EXAMPLE_INPUT)
        rows.append(
            Row("output", "3-3-1", "forward", name, value=float(output[0]), figure="worked example")
        )
    for jit in (False, True):
        found = descent.descend(jit=jit)
        kernel = "jitted" if jit else "looped"
        rows.append(Row("minimum", None, "descent", kernel, value=found.x, figure="descent"))
        rows.append(
            Row("steps", None, "descent", kernel, value=float(found.steps), figure="descent")
        )
    return rows


def measure_forward(workload: Workload, quick: bool) -> list[Row]:
    """Time of a forward pass of one sample: all kernels and the floor take turns."""
    X, Y = (array[:2] for array in workload.samples)
    calls, rows = {"floor": timing.floor(())}, {}
    for name in installed():
        plan = kernels.plan(workload.network, name)
        error = gate.check(plan, "forward", X, Y)
        calls[name] = portion.make_call(plan, "forward", X, Y, 1, workload.alpha)
        calls["floor"] = timing.floor(calls[name].arguments)
        rows[name] = Row(
            "time",
            workload.name,
            "forward",
            name,
            error=error,
            build_seconds=plan.build_seconds,
        )
    samples = timing.alternate(calls, seconds=1 if quick else 5)
    floor = statistics.median(samples["floor"].ns).value
    finished = [
        replace(
            with_samples(rows[name], samples[name]), floor_ns=floor, **timeit_fields(call, quick)
        )
        for name, call in calls.items()
        if name != "floor"
    ]
    ratio = statistics.ratio_of_medians(samples["looped"].ns, samples["vectorized"].ns)
    figure = f"ratio {workload.name}"
    return [
        *finished,
        Row("ratio", workload.name, "forward", figure=figure, **interval_fields(ratio)),
    ]


def with_samples(row: Row, samples: timing.Samples, factor: float = 1.0) -> Row:
    """The row with median and interval of these samples, scaled up by `factor`."""
    interval = statistics.median(samples.ns * factor)
    return replace(
        row,
        samples=len(samples.ns),
        calls_per_sample=samples.calls,
        **interval_fields(interval, "ns"),
    )


def timeit_fields(call: timing.Call, quick: bool) -> dict[str, Any]:
    """Mean and standard deviation as %timeit reports them."""
    runs = timing.as_timeit(call, quick).ns
    return {"mean_ns": float(runs.mean()), "std_ns": float(runs.std())}


def measure_frameworks(quick: bool) -> list[Row]:
    """Duel of the article's vectorised code with the libraries it calls more efficient still.

    Each contender has processes of its own. If no library is installed, nothing is timed. Raises
    KeyboardInterrupt if the duel is interrupted; its rows are then lost.
    """
    asked = Question(workloads.named("100-100-50-10").sizes, "forward", rows=1)
    names = [name for figure in FIGURES for name in figure.rivals]
    here = interpreters()
    sitting = duel.Sitting()
    if any(here[name] for name in names):
        entries = [Contender(name) for name in (OWN, *names)]
        rounds = 2 if quick else duel.ROUNDS
        sitting = duel.sit(asked, entries, (0.3 if quick else 3) * len(entries), rounds)
    else:
        sitting.failures = {name: ("missing", kernels.missing(name) or "") for name in names}
    if sitting.interrupted:
        raise KeyboardInterrupt
    rows = [
        asked.row("rival_time", label, **interval_fields(sitting.time_ns(label), "ns"))
        for label in sitting.logs
    ]
    for name in names:
        if {OWN, name} <= sitting.logs.keys():
            found = interval_fields(sitting.ratio(OWN, name, len(names)))
            rows.append(asked.row("rival_ratio", name, against=OWN, **found))
    for label, (state, reason) in sitting.failures.items():
        rows.append(asked.row("rival_time", label, state=state, reason=reason))
    return rows


def measure_training(quick: bool) -> list[Row]:
    """Time of the article's training on every kernel, extrapolated where it takes long."""
    workload = workloads.named("64-30-10")
    X, Y = workload.samples
    parts, rows = {}, {}
    for name in installed():
        plan = kernels.plan(workload.network, name)
        limits = (1, 0.25) if quick else (20, 0.5)
        part = portion.choose(plan, "train", X, Y, workload.iterations, workload.alpha, *limits)
        error = gate.check(plan, "train", X[: part.rows], Y[: part.rows])
        parts[name] = part
        rows[name] = Row(
            "time",
            workload.name,
            "train",
            name,
            rows=workload.rows,
            iterations=workload.iterations,
            error=error,
            build_seconds=plan.build_seconds,
            extrapolated_from=part.label,
        )
    runs: dict[str, list[float]] = {name: [] for name in parts}
    for turn in range(2 if quick else timing.MIN_SAMPLES):
        for name, part in parts.items():
            if part.label or turn < 3:  # three whole trainings are long enough
                runs[name].append(timing.stopwatch(partial(portion.run, part.call))[0])
    return [
        with_samples(rows[name], timing.Samples(np.array(runs[name]), 1), part.factor)
        for name, part in parts.items()
    ]
