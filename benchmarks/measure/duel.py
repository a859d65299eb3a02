"""Sittings, in which contenders are timed against each other, and the verdict on a pair.

Each step removes a bias:

- one process a contender, so that no library disturbs another; several *rounds* with fresh
  processes, since layout of memory, hash seeds and addresses favour one process over the next by
  more than what is to be told apart: the processes are the sample, not the calls within one;
- all of a round's processes are there at once and take turns on one core, forwards and backwards
  and from a new starting point each time, so that a machine that changes speed does so for all;
  the core changes from round to round;
- samples of a millisecond, after one that does not count, with the garbage collector off; those
  from quiet moments (`measure.quiet`) count, and a round goes on until everybody has some; a low
  quantile stands for the process, since what disturbs them only ever adds time;
- they are made ready one after the other, so that nobody's build is slowed by another's;
- the floor, a compiled function that does nothing, takes its turns like everybody else.

The ratio of two contenders is taken within each round; the mean of its logarithms and Student's t
give the interval, widened (Bonferroni) for the number of comparisons a verdict is one of.
"""

from __future__ import annotations

import os
import random
import tempfile
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from itertools import count
from typing import Any

import numpy as np

from benchmarks.measure import verdicts
from benchmarks.measure.arrays import Array
from benchmarks.measure.contenders import Contender, ContenderError, Process, Task
from benchmarks.measure.quiet import LONGEST
from benchmarks.measure.statistics import LEVEL, Interval, student

ROUNDS = 8
MIN_TURNS = 6
QUIET_SAMPLES = 5
"""A round goes on until every contender has so many from quiet moments,"""
WAIT_SECONDS = 3.0
"""but no longer than this a contender."""
QUANTILE = 0.05
"""Of a process's samples: the time that stands for it."""

Progress = Callable[[str, int], object]


@dataclass
class Sitting:
    """What a sitting gave.

    `logs[label]` holds, round by round, the logarithm of the time of a call in ns, for
    every contender that did not fail; `facts[label]` what its processes said of
    themselves, `failures[label]` in a word and a line why another has no time.
    """

    logs: dict[str, list[float]] = field(default_factory=dict)
    facts: dict[str, list[dict[str, Any]]] = field(default_factory=dict)
    failures: dict[str, tuple[str, str]] = field(default_factory=dict)
    impossible: frozenset[str] = frozenset()
    """Who has a time below the limit, and so wins nothing; for those to say who know the limit."""
    samples: dict[str, int] = field(default_factory=dict)
    interrupted: bool = False

    @property
    def rounds(self) -> int:
        """How many rounds there were for those who stayed longest."""
        return max(map(len, self.logs.values()), default=0)

    def time_ns(self, label: str) -> Interval:
        """A call's time: the mean over processes, of logarithms, with its 95 % interval."""
        return t_interval(np.array(self.logs[label]), comparisons=1)

    def ratio(self, label: str, to: str, comparisons: int = 1) -> Interval:
        """How many times as long a call of one takes as one of the other, from common rounds."""
        pairs = zip(self.logs[label], self.logs[to], strict=False)
        return t_interval(np.array([one - other for one, other in pairs]), comparisons)


@dataclass
class Samples:
    """A process's samples, from quiet moments and from others."""

    quiet: list[float] = field(default_factory=list)
    other: list[float] = field(default_factory=list)

    def add(self, ns: float, quiet: bool) -> None:
        """Take one more."""
        (self.quiet if quiet else self.other).append(ns)

    @property
    def enough(self) -> bool:
        """Whether no more need be waited for.

        Calls that are too long for quiet moments never have one: each of their samples is the
        least of several.
        """
        return len(self.quiet) >= QUIET_SAMPLES or min(self.other, default=0.0) > LONGEST * 1e9

    @property
    def counted(self) -> list[float]:
        """Those that stand for the process: from quiet moments, if there are any."""
        return self.quiet or self.other

    @property
    def ns(self) -> float:
        """The process's time of a call: a low quantile; where nothing was quiet, the least."""
        return float(np.quantile(self.quiet, QUANTILE)) if self.quiet else min(self.other)


def t_interval(logs: Array, comparisons: int) -> Interval:
    """exp of the mean, with Student's interval for it; NaN ends from a single value."""
    mean = float(logs.mean())
    if len(logs) < 2:
        return Interval(float(np.exp(mean)), np.nan, np.nan)
    quantile = student(1 - (1 - LEVEL) / 2 / comparisons, len(logs) - 1)
    half = float(quantile * logs.std(ddof=1) / np.sqrt(len(logs)))
    with np.errstate(over="ignore"):  # two rounds that disagree: an end at infinity
        return Interval(*(float(np.exp(end)) for end in (mean, mean - half, mean + half)))


def verdict(ratio: Interval) -> str:
    """What a ratio's interval says of the contender above the line."""
    return verdicts.of_interval(ratio.low, ratio.high)


def sit(
    task: Task,
    entrants: Sequence[Contender],
    seconds: float,
    rounds: int = ROUNDS,
    progress: Progress = lambda _what, _done: None,
    enough: Callable[[Sitting], bool] = lambda _: False,
    beaten: Callable[[Sitting], Iterable[str]] = lambda _: (),
) -> Sitting:
    """Time contenders against each other.

    Parameters
    ----------
    task, entrants : what to do, and who
    seconds : of timing, about, over all rounds; starting the processes comes on top
    rounds : how many fresh processes each contender gets
    progress : told what is being done, and how many rounds are finished
    enough : asked after every round whether what there is suffices
    beaten : asked after every round who need not go on

    A contender that is missing, wrong, crashes or hangs is listed under `failures` and the others
    go on. Ctrl-C ends the sitting; finished rounds count.
    """
    result = Sitting()
    living = {one.label: one for one in entrants}
    if len(living) < len(entrants):
        raise ValueError("two contenders have the same name")
    finished: dict[str, list[float]] = {label: [] for label in living}
    cores = sorted(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else [None]
    try:
        # what compilers keep on disk: nothing in the first round, whose builds are cold
        with tempfile.TemporaryDirectory() as cache:
            for index in range(rounds):
                progress("starting", index)
                core = cores[index % len(cores)]
                share = seconds / rounds
                found = play_round(task, living, result, core, cache, share, progress, index)
                for label, samples in found.items():
                    finished[label].append(float(np.log(samples.ns)))
                    result.samples[label] = result.samples.get(label, 0) + len(samples.counted)
                result.logs = {
                    label: logs
                    for label, logs in finished.items()
                    if logs and label not in result.failures
                }
                if enough(result):
                    break
                for label in beaten(result):
                    living.pop(label, None)
    except KeyboardInterrupt:
        result.interrupted = True
    return result


def play_round(
    task: Task,
    living: dict[str, Contender],
    result: Sitting,
    core: int | None,
    cache: str,
    seconds: float,
    progress: Progress,
    index: int,
) -> dict[str, Samples]:
    """One fresh process for each of `living`, from which it takes out who fails."""
    processes: dict[str, Process] = {}

    def lose(label: str, error: ContenderError) -> None:
        result.failures[label] = (error.state, str(error))
        living.pop(label)
        if label in processes:
            processes.pop(label).close()

    facts = {}
    try:
        for label, contender in list(living.items()):
            progress(f"preparing {label}", index)
            try:
                processes[label] = Process(contender, task, core, cache)
                facts[label] = processes[label].ready()
            except ContenderError as error:
                lose(label, error)
        progress("timing", index)
        samples = {label: Samples() for label in processes}
        start = time.monotonic()
        for turn, order in enumerate(orders(list(processes))):
            spent = time.monotonic() - start
            enough = all(samples[label].enough for label in processes)
            if turn >= MIN_TURNS and spent > (seconds if enough else WAIT_SECONDS * len(order)):
                break
            for label in order:
                if label in processes:
                    try:
                        samples[label].add(*processes[label].sample())
                    except ContenderError as error:
                        lose(label, error)
    finally:
        for process in processes.values():
            process.close()
    for label in processes:
        result.facts.setdefault(label, []).append(facts[label])
    return {label: samples[label] for label in processes}


def orders(labels: list[str]) -> Iterator[list[str]]:
    """Turn after turn: from another starting point, forwards, then the same backwards."""
    random.shuffle(labels)
    for start in count():
        at = start % max(1, len(labels))
        order = labels[at:] + labels[:at]
        yield order
        yield order[::-1]
