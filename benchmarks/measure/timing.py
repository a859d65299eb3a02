"""Times of a call, taken in turn with those of its rivals.

Each step removes a bias:

- a *sample* is a loop of many calls that lasts a millisecond or more, so that the clock's
  resolution and cost vanish (`timeit` writes that loop, with the garbage collector off);
- contenders take turns, sample by sample, forwards and backwards, so that a machine that slows
  down slows all of them;
- the *floor*, a function that does nothing with the same arguments, takes part in the same turns;
- the median of the samples is reported, since disturbances only ever add time.
"""

from __future__ import annotations

import time
import timeit
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np

from benchmarks.measure.arrays import Array

SAMPLE_SECONDS = 1e-3
MIN_SAMPLES = 6  # the fewest that give the median an interval
TIMEIT_RUNS = 7
FLOOR = "floor"
"""What a function that does nothing is called among contenders."""


@dataclass(frozen=True)
class Call:
    """A function and its arguments: what is timed is `function(*arguments)` and nothing else."""

    function: Callable[..., Any]
    arguments: tuple[Any, ...] = ()

    def timer(self) -> timeit.Timer:
        """The loop, with the function and its arguments as local variables."""
        names = [f"argument_{index}" for index in range(len(self.arguments))]
        values = {"_function": self.function}
        values |= {f"_{name}": value for name, value in zip(names, self.arguments, strict=True)}
        setup = "; ".join(f"{name} = _{name}" for name in ["function", *names])
        return timeit.Timer(f"function({', '.join(names)})", setup, globals=values)


def floor(*_arguments: Any) -> None:
    """Do nothing: what a call costs by itself."""


@dataclass(frozen=True)
class Samples:
    """Times of one call in nanoseconds, each the mean over `calls` calls in a row."""

    ns: Array
    calls: int


def alternate(calls: dict[str, Call], seconds: float) -> dict[str, Samples]:
    """Time several calls in turn for about `seconds` altogether.

    A call that takes long gets fewer samples, but at least six.
    """
    timers = {name: call.timer() for name, call in calls.items()}
    counts = {name: calls_per_sample(timer) for name, timer in timers.items()}
    samples: dict[str, list[float]] = {name: [] for name in calls}
    order = list(calls)
    share = seconds / len(calls)
    spent = dict.fromkeys(calls, 0.0)
    while open_names := [n for n in order if len(samples[n]) < MIN_SAMPLES or spent[n] < share]:
        for name in open_names:
            elapsed = timers[name].timeit(counts[name])
            samples[name].append(elapsed * 1e9 / counts[name])
            spent[name] += elapsed
        order.reverse()
    return {name: Samples(np.array(samples[name]), counts[name]) for name in calls}


def calls_per_sample(timer: timeit.Timer, seconds: float = SAMPLE_SECONDS) -> int:
    """How many calls last so long or longer; also warms up whatever the call touches."""
    count = 1
    while timer.timeit(count) < seconds:
        count *= 2
    return count


def as_timeit(call: Call, quick: bool = False) -> Samples:
    """The mean time per call of each of 7 runs, as IPython's %timeit takes them.

    %timeit makes a run last 0.2 s or more; `quick` is content with 0.02 s.
    """
    timer = call.timer()
    if quick:
        count = max(1, round(0.02 / (timer.timeit(1) + 1e-9)))
    else:
        count, _ = timer.autorange()
    return Samples(np.array(timer.repeat(TIMEIT_RUNS, count)) * 1e9 / count, count)


def stopwatch(function: Callable[[], Any]) -> tuple[float, Any]:
    """One call's duration in nanoseconds, and what it returned."""
    start = time.perf_counter_ns()
    result = function()
    return float(time.perf_counter_ns() - start), result
