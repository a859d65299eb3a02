"""The timing engine: samples of a call, taken in turn with those of its rivals.

Each step removes a bias:

- a *sample* is a loop of many calls that lasts `SAMPLE_SECONDS` or longer, so that the clock's
  resolution and cost vanish (`timeit` writes that loop, with the garbage collector off);
- contenders take turns, sample by sample, forwards and backwards, so that a machine that slows
  down slows all of them;
- the *floor*, a builtin function that does nothing, takes part with the same arguments;
- the median of the samples is reported, since disturbances only ever add time.

`Loop` takes the samples of everything that this project times by itself: the article's figures
(`alternate`), a duel's worker, the machine's limits, asv's classes. Beside it stand

- `stopwatch`, for a single call that is much longer than a sample: a loop of it gains nothing;
- `as_timeit`, since the article's readers compare with what IPython's %timeit prints for them;
- pytest-benchmark (`benchmarks.suite`), for its options, its table and its comparison of runs;
- asv (`benchmarks.asv`), for its history and its pages. It times single calls, which are cold and
  too short for a clock: its classes give it the samples of a `Loop` by a clock of their own;
- `limits.together`, since calls of several threads at once last from the first start to the last
  end.
"""

from __future__ import annotations

import math
import time
import timeit
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np

from benchmarks.measure.arrays import Array

SAMPLE_SECONDS = 1e-3
"""The shortest sample: a thousand times what reading the clock costs."""
CALIBRATIONS = 3
MIN_SAMPLES = 6  # the fewest that give the median an interval
TIMEIT_RUNS = 7
QUICK_RUN_SECONDS = 0.02
"""The duration of a quick run of `as_timeit`; those of %timeit last 0.2 s or more."""
FLOOR = "floor"
"""The name, among contenders, of a function that does nothing."""


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


class Loop:
    """Samples of a call: each is a loop of so many calls that it lasts `seconds` or longer.

    Parameters
    ----------
    call : what is timed
    seconds : the shortest duration of a sample
    slower_percent : percentage of additional, uncounted calls: a copy slower by a known amount

    Attributes
    ----------
    calls : calls counted in one sample
    """

    def __init__(
        self, call: Call, seconds: float = SAMPLE_SECONDS, slower_percent: float = 0.0
    ) -> None:
        self._timer = call.timer()
        self.calls = calls_per_sample(self._timer, seconds)
        if slower_percent:  # at least one call must be added
            self.calls = max(self.calls, round(100 / slower_percent))
        self._made = round(self.calls * (1 + slower_percent / 100))

    def sample(self) -> float:
        """Take one sample: the mean duration of a call in it, in seconds."""
        return self._timer.timeit(self._made) / self.calls


def calls_per_sample(timer: timeit.Timer, seconds: float) -> int:
    """The number of calls that last `seconds` or a little longer; warms up what they touch."""
    count = 1
    while timer.timeit(count) < seconds / 2:
        count *= 2
    fastest = min(timer.repeat(CALIBRATIONS, count))  # the first may have been cold
    return max(1, math.ceil(seconds * count / fastest))


def floor(arguments: tuple[Any, ...]) -> Call:
    """The call of a builtin function that does nothing: the cost of a native call by itself."""
    from kernels.codegen.probes import nothing  # asv uses this file with old `kernels`

    return Call(nothing(), arguments)


@dataclass(frozen=True)
class Samples:
    """Times of one call in nanoseconds, each the mean over `calls` calls in a row."""

    ns: Array
    calls: int


def alternate(calls: dict[str, Call], seconds: float) -> dict[str, Samples]:
    """Time several calls in turn for about `seconds` altogether.

    A call that takes long gets fewer samples, but at least six.
    """
    loops = {name: Loop(call) for name, call in calls.items()}
    samples: dict[str, list[float]] = {name: [] for name in calls}
    order = list(calls)
    share = seconds / len(calls)
    spent = dict.fromkeys(calls, 0.0)
    while open_names := [n for n in order if len(samples[n]) < MIN_SAMPLES or spent[n] < share]:
        for name in open_names:
            per_call = loops[name].sample()
            samples[name].append(per_call * 1e9)
            spent[name] += per_call * loops[name].calls
        order.reverse()
    return {name: Samples(np.array(samples[name]), loops[name].calls) for name in calls}


def as_timeit(call: Call, quick: bool = False) -> Samples:
    """The mean time per call of each of 7 runs, as IPython's %timeit takes them.

    %timeit makes a run last 0.2 s or more; `quick` is content with a tenth of that.
    """
    timer = call.timer()
    if quick:
        count = max(1, round(QUICK_RUN_SECONDS / (timer.timeit(1) + 1e-9)))
    else:
        count, _ = timer.autorange()
    return Samples(np.array(timer.repeat(TIMEIT_RUNS, count)) * 1e9 / count, count)


def stopwatch(function: Callable[[], Any]) -> tuple[float, Any]:
    """The duration of one call in nanoseconds, and its result."""
    start = time.perf_counter_ns()
    result = function()
    return float(time.perf_counter_ns() - start), result
