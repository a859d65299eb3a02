"""A sitting: contenders timed against each other, and the verdict on a pair of them.

Each step removes a bias:

- each contender has a process of its own, so that no library disturbs another; several *rounds*
  have fresh processes, since memory layout, hash seeds and addresses favour one process over the
  next by more than the differences looked for: the processes are the sample, not the calls in one;
- all of a round's processes exist at once and take turns on one core, forwards and backwards and
  from a new starting point each time, so that a machine that changes speed does so for all; the
  core changes from round to round;
- samples last a millisecond, after one that does not count, with the garbage collector off; those
  from quiet moments (`measure.quiet`) count, and a round goes on until every contender has some; a
  low quantile stands for the process, since disturbances only ever add time;
- processes become ready one after the other, so that no build slows down another;
- the floor, a builtin function that does nothing, takes turns like every contender.

The ratio of two contenders is taken within each round; the mean of its logarithms and Student's t
give the interval, widened (Bonferroni) for the number of comparisons that are made.
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

from benchmarks.measure import interrupts, verdicts
from benchmarks.measure.contenders import Contender, ContenderError, Process
from benchmarks.measure.question import AnyQuestion
from benchmarks.measure.quiet import LONGEST_SECONDS
from benchmarks.measure.statistics import Interval, geometric_mean

ROUNDS = 8
START_SECONDS = 2.5
"""About the time until a contender's process is ready: from 1 s to 10 s, by what it imports."""
MIN_TURNS = 6
QUIET_SAMPLES = 5
"""Samples from quiet moments for which a round waits, of every contender."""
WAIT_SECONDS = 3.0
"""The longest that a round waits for quiet moments, for each contender."""
QUANTILE = 0.05
"""The quantile of a process's samples that stands for the process."""

Progress = Callable[[str, int], object]
"""A function that is called with what is being done and the number of finished rounds."""


@dataclass
class Sitting:
    """The outcome of a sitting.

    Attributes
    ----------
    logs : logarithms of a call's time in ns, by contender and round; without those that failed
    facts : what the processes of each contender reported when they were ready
    failures : state and reason (`ContenderError`) of each contender without a time
    below_limit : contenders whose time is below the limit, so that they win nothing; set by the
        experiment, which knows the limit
    samples : number of samples that each contender's time is from
    interrupted : True if Ctrl-C ended the sitting
    """

    logs: dict[str, list[float]] = field(default_factory=dict)
    facts: dict[str, list[dict[str, Any]]] = field(default_factory=dict)
    failures: dict[str, tuple[str, str]] = field(default_factory=dict)
    below_limit: frozenset[str] = frozenset()
    samples: dict[str, int] = field(default_factory=dict)
    interrupted: bool = False

    @property
    def rounds(self) -> int:
        """The rounds of the contenders that stayed longest."""
        return max(map(len, self.logs.values()), default=0)

    def time_ns(self, label: str) -> Interval:
        """A call's time in ns: the geometric mean over processes, with its 95 % interval."""
        return geometric_mean(np.array(self.logs[label]))

    def ratio(self, label: str, to: str, comparisons: int = 1) -> Interval:
        """The time of a call of `label` divided by that of `to`, over the rounds of both."""
        pairs = zip(self.logs[label], self.logs[to], strict=False)
        return geometric_mean(np.array([one - other for one, other in pairs]), comparisons)


@dataclass
class Samples:
    """A process's samples in ns, from quiet moments and from others."""

    quiet: list[float] = field(default_factory=list)
    other: list[float] = field(default_factory=list)

    def add(self, ns: float, quiet: bool) -> None:
        """Add a sample."""
        (self.quiet if quiet else self.other).append(ns)

    @property
    def enough(self) -> bool:
        """True if the round need not wait for more samples.

        Calls that are too long for quiet moments never have one: each of their samples is the
        least of several.
        """
        long = min(self.other, default=0.0) > LONGEST_SECONDS * 1e9
        return len(self.quiet) >= QUIET_SAMPLES or long

    @property
    def counted(self) -> list[float]:
        """The samples that stand for the process: from quiet moments, if there are any."""
        return self.quiet or self.other

    @property
    def ns(self) -> float:
        """The process's time of a call: a low quantile, or without quiet moments the least."""
        return float(np.quantile(self.quiet, QUANTILE)) if self.quiet else min(self.other)


def verdict(ratio: Interval) -> str:
    """The verdict of a ratio's interval on the contender in its numerator."""
    return verdicts.of_interval(ratio.low, ratio.high)


def sit(
    question: AnyQuestion,
    contenders: Sequence[Contender],
    seconds: float,
    rounds: int = ROUNDS,
    progress: Progress = lambda _what, _done: None,
    enough: Callable[[Sitting], bool] = lambda _: False,
    beaten: Callable[[Sitting], Iterable[str]] = lambda _: (),
    quiet: bool = True,
) -> Sitting:
    """Time contenders against each other.

    Parameters
    ----------
    question, contenders : what is timed
    seconds : about the duration of the timing, over all rounds; starting processes comes on top
    rounds : fresh processes for each contender
    progress : called with what is being done, and how many rounds are finished
    enough : called after every round; True ends the sitting
    beaten : called after every round; returns the contenders to drop
    quiet : take samples at quiet moments of the machine; False: at once

    A contender that is missing, wrong, crashes or hangs is listed under `failures` and the others
    go on. Ctrl-C ends the sitting; finished rounds count.

    Raises ValueError if two contenders have the same name.
    """
    result = Sitting()
    living = {one.label: one for one in contenders}
    if len(living) < len(contenders):
        raise ValueError("two contenders have the same name")
    finished: dict[str, list[float]] = {label: [] for label in living}
    cores = sorted(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else [None]
    try:
        # compilers' caches on disk: empty in the first round, whose builds are cold, and each
        # contender's own, or one would find what another has compiled
        with tempfile.TemporaryDirectory() as folder:
            caches = {label: f"{folder}/{number}" for number, label in enumerate(living)}
            for index in range(rounds):
                progress("starting", index)
                core = cores[index % len(cores)]
                found = play_round(
                    living,
                    result,
                    lambda one, core=core: Process(  # type: ignore[misc]
                        one, question=question, core=core, cache=caches[one.label], quiet=quiet
                    ),
                    seconds / rounds,
                    lambda what, done=index: progress(what, done),  # type: ignore[misc]
                )
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
    living: dict[str, Contender],
    result: Sitting,
    start: Callable[[Contender], Process],
    seconds: float,
    progress: Callable[[str], object],
) -> dict[str, Samples]:
    """Samples of a fresh process for each of `living`; contenders that fail are removed from it."""
    processes: dict[str, Process] = {}

    def lose(label: str, error: ContenderError) -> None:
        result.failures[label] = (error.state, str(error))
        living.pop(label)
        if label in processes:
            processes.pop(label).close()

    facts = {}
    try:
        for label, contender in list(living.items()):
            progress(f"preparing {label}")
            try:
                with interrupts.held():
                    processes[label] = start(contender)
                facts[label] = processes[label].ready()
            except ContenderError as error:
                lose(label, error)
        progress("timing")
        samples = {label: Samples() for label in processes}
        began = time.monotonic()
        for turn, order in enumerate(orders(list(processes))):
            spent = time.monotonic() - began
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
        with interrupts.held():
            for process in processes.values():
                process.close()
    for label in processes:
        result.facts.setdefault(label, []).append(facts[label])
    return {label: samples[label] for label in processes}


def orders(labels: list[str]) -> Iterator[list[str]]:
    """The order of each turn: every starting point once forwards and once backwards."""
    random.shuffle(labels)
    for start in count():
        at = start % max(1, len(labels))
        order = labels[at:] + labels[:at]
        yield order
        yield order[::-1]
