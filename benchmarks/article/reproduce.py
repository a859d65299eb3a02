"""Measure every figure of the article on this machine.

The work is a list of steps; each gives rows. A step passes the gate before it times anything, and
an interrupted run keeps the rows of the steps it finished.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from functools import partial
from typing import Any

import numpy as np

import kernels
from benchmarks import ladder, portion, workloads
from benchmarks.article import digits, experiment
from benchmarks.article.figures import FIGURES
from benchmarks.measure import duel, statistics, timing
from benchmarks.measure.contenders import Contender, interpreters
from benchmarks.measure.rows import Row, interval_fields
from benchmarks.workloads import Workload
from kernels import descent, gate
from kernels.contract import EXAMPLE, EXAMPLE_INPUT


@dataclass(frozen=True)
class Step:
    """A part of the run, with about how long it takes in the default and the quick setting."""

    title: str
    seconds: float
    run: Callable[[], list[Row]]


def steps(quick: bool) -> Iterator[Step]:
    """Everything that is measured, in the article's order; `quick` is rougher."""
    forward = list(
        dict.fromkeys(figure.workload for figure in FIGURES if figure.operation == "forward")
    )
    yield Step("worked example and one-dimensional descent", 1, exact_figures)
    for name in forward:
        workload = workloads.named(str(name))
        yield Step(
            f"forward pass, {name}",
            2 if quick else 12,
            partial(measure_forward, workload, quick),
        )
    yield Step("loops over Python floats", 1, partial(measure_floats, quick))
    yield Step("TensorFlow and Theano", 2, partial(measure_frameworks, quick))
    yield Step("the digits", 1, describe_digits)
    yield Step("training on the digits", 6 if quick else 40, partial(measure_training, quick))
    seeds = range(1 if quick else 100)
    for seed in seeds:
        yield Step(f"accuracy, seed {seed + 1} of {len(seeds)}", 1, partial(train_digits, seed))


# --- §3 -----------------------------------------------------------------------------------------


def exact_figures() -> list[Row]:
    """The worked example on every rung, and the descent plain and under Numba."""
    rows = []
    for name in kernels.LADDER:
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
    """One forward pass of one sample on every rung, in turn, with the floor among them."""
    X, Y = (array[:2] for array in workload.samples)
    calls, rows = {"floor": timing.Call(timing.floor)}, {}
    for name in kernels.LADDER:
        plan = kernels.plan(workload.network, name)
        error = gate.check(plan, "forward", X, Y)
        calls[name] = portion.make_call(plan, "forward", X, Y, 1, workload.alpha)
        calls["floor"] = timing.Call(timing.floor, calls[name].arguments)
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
    """The row with median and interval of what was timed, scaled up by `factor`."""
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


def measure_floats(quick: bool) -> list[Row]:
    """The article's loops over NumPy arrays against the same loops over lists of floats."""
    medians: dict[tuple[str, str], float] = {}
    for name in ("3-3-1", "100-100-50-10"):
        workload = workloads.named(name)
        network, x = workload.network, workload.samples[0][0]
        plan = kernels.plan(network, "looped")
        lists = [weight.tolist() for weight in network.W], [bias.tolist() for bias in network.b]
        if not np.allclose(float_loops(*lists, x.tolist()), plan.forward(x), rtol=1e-12):
            raise gate.GateError("the loops over Python floats are wrong")
        calls = {
            "looped": portion.make_call(plan, "forward", x[None], x[None], 1, workload.alpha),
            "floats": timing.Call(float_loops, (*lists, x.tolist())),
        }
        for kind, samples in timing.alternate(calls, seconds=0.3 if quick else 1.5).items():
            medians[name, kind] = float(np.median(samples.ns))
    values = {
        "floats_us": medians["3-3-1", "floats"] / 1e3,
        "looped_us": medians["3-3-1", "looped"] / 1e3,
        "ratio": medians["100-100-50-10", "looped"] / medians["100-100-50-10", "floats"],
    }
    return [Row(key, value=value, figure="statement loops") for key, value in values.items()]


def float_loops(W: list[list[list[float]]], b: list[list[float]], x: list[float]) -> list[float]:
    """The loops of rung 1 without a NumPy array in them."""
    h = x
    for weight, bias in zip(W, b, strict=True):
        node_out = []
        for i in range(len(weight)):
            z = bias[i]
            row = weight[i]
            for j in range(len(row)):
                z += row[j] * h[j]
            node_out.append(1 / (1 + math.exp(-z)) if z > -700 else 0.0)
        h = node_out
    return h


def measure_frameworks(quick: bool) -> list[Row]:
    """The libraries that the article calls more efficient still, against its own vectorised code.

    They are duelled, each in processes of its own; nothing is timed if none is installed.
    """
    asked = ladder.Question(workloads.named("100-100-50-10"), "forward")
    names = [name for figure in FIGURES for name in figure.rivals]
    here = interpreters()
    sitting = duel.Sitting()
    if any(here[name] for name in names):
        who = [Contender(name) for name in ("vectorized", *names)]
        rounds = 2 if quick else duel.ROUNDS
        sitting = duel.sit(asked.task(), who, (0.3 if quick else 3) * len(who), rounds)
    rows = [
        asked.row("rival_time", label, **interval_fields(sitting.time_ns(label), "ns"))
        for label in sitting.logs
    ]
    for name in names:
        if name in sitting.logs:
            against = sitting.ratio("vectorized", name, len(names))
            found = interval_fields(against)
            rows.append(asked.row("rival_ratio", name, against="vectorized", **found))
        else:
            state, reason = sitting.failures.get(name, ("missing", kernels.missing(name)))
            rows.append(asked.row("rival_time", name, state=state, reason=reason))
    return rows


# --- §5 -----------------------------------------------------------------------------------------


def describe_digits() -> list[Row]:
    """What the article says of its data, measured."""
    pixels, scaled = digits.images()[0], digits.scaled()
    values = {
        "statement data": {"images": len(pixels)},
        "statement pixels": {"lowest": pixels.min(), "highest": pixels.max()},
        "statement scaling": {
            "scaled_lowest": scaled.min(),
            "scaled_highest": scaled.max(),
            "within_percent": 100 * np.mean(np.abs(scaled) <= 2),
            "constant_pixels": np.sum(pixels.std(axis=0) == 0),
        },
    }
    return [
        Row(quantity, value=float(value), figure=figure)
        for figure, quantities in values.items()
        for quantity, value in quantities.items()
    ]


def measure_training(quick: bool) -> list[Row]:
    """The article's training on every rung: in full where it takes seconds, else extrapolated."""
    workload = workloads.named("64-30-10")
    X, Y = workload.samples
    parts, rows = {}, {}
    for name in kernels.LADDER:
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


def train_digits(seed: int) -> list[Row]:
    """The article's experiment with one seed for split and weights: accuracy and the curve."""
    return list(experiment.rows(experiment.run("specialized", seed), curve=seed == 0))
