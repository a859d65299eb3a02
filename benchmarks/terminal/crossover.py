"""The session and the tables of `python -m benchmarks ladder --crossover`."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from pathlib import Path

from benchmarks.experiments import crossover as measuring
from benchmarks.experiments import ladder as ranking
from benchmarks.experiments.crossover import Crossing, Point
from benchmarks.measure import duel, limits, verdicts
from benchmarks.measure.contenders import Contender
from benchmarks.measure.question import Question
from benchmarks.show.tables import numbers, questions
from benchmarks.terminal import console
from benchmarks.terminal.session import (
    LIMITS_SECONDS,
    Session,
    measure,
    measured_limits,
    sitting_seconds,
)

KEPT = 3
"""About how many contenders stay in a sitting after its first round."""


def about(question: Question) -> str:
    """The network, samples and threads of a sitting."""
    threads = numbers.count(question.threads, "thread")
    return f"{question.name} × {question.rows}, {threads}"


def check(axis: str, asked: Sequence[Question], batch: int | None, threads: int) -> None:
    """Raise ValueError for options that exclude each other."""
    measuring.grid(axis, asked[0])
    if len(asked) > 1:
        raise ValueError("--crossover takes one network")
    for option, value, usual in (("batch", batch, None), ("threads", threads, 1)):
        if axis == option and value != usual:
            raise ValueError(f"--crossover {axis} varies it: leave --{option} out")


def run(
    axis: str,
    asked: Question,
    contenders: Sequence[Contender],
    seconds: float,
    rounds: int,
    json: Path | None,
) -> None:
    """Measure along an axis, store every sitting, and show where the winner changes."""
    points: list[Point] = []
    crossings: list[Crossing] = []
    expected = len(measuring.grid(axis, asked)) + 4

    def work(session: Session) -> None:
        rates = limits.needed([asked])
        found = measured_limits(session, rates)
        again = partial(limits.measure, activations=rates)
        finished = 0

        def progress(question: Question, what: str, done: int) -> None:
            session.progress_of_round(about(question), finished * rounds, what, done)

        sit = measuring.measurer(seconds, rounds, progress)

        def stored(question: Question, entries: Sequence[Contender]) -> duel.Sitting:
            nonlocal finished, found
            sitting = sit(question, entries)
            found = ranking.confirmed(question, sitting, found, again)
            sitting.below_limit = ranking.below_limit(question, sitting, found)
            finished += 1
            session.progress("", total=max(expected, finished + 1) * rounds)
            rows = ranking.rows(question, sitting, found)
            session.sat(about(question), sitting, rounds, rows)
            return sitting

        points.extend(measuring.coarse(axis, asked, contenders, stored))
        for crossing in measuring.crossings(axis, asked, points, stored):
            crossings.append(crossing)
            session.add([measuring.row(axis, asked, crossing)])

    measure(
        "ladder",
        work,
        lambda _: show(axis, asked, points, crossings),
        json,
        asked.threads,
        total=expected * rounds,
        seconds=LIMITS_SECONDS + expected * sitting_seconds(KEPT, seconds, rounds),
        flagged=False,  # a contender that was beaten has one round
    )


def show(
    axis: str, asked: Question, points: Sequence[Point], crossings: Sequence[Crossing]
) -> None:
    """Print the fastest at each value of the grid, and where it changes."""
    lines = [line(point) for point in points if point.ranking]
    headings = (axis, "fastest", "time per call", "next", "times the fastest", "")
    network = questions.network(asked.columns())
    console.table(f"Fastest by {axis}: {network}", headings, lines, left=2)
    for text in measuring.conclusion(axis, points, crossings):
        console.say(text)
    for point in points:
        for name in sorted(point.sitting.below_limit):
            time = numbers.duration_interval(*point.sitting.time_ns(name))
            console.say(f"{name} at {point.value} is {verdicts.BELOW}: {time}")


def line(point: Point) -> tuple[str, ...]:
    """The cells of a value: its two fastest, and the verdicts on rivals of the first."""
    first, *others = point.ranking
    time = numbers.duration_interval(*point.sitting.time_ns(first))
    if not others:
        return str(point.value), first, time, "", "", ""
    ratio = point.sitting.ratio(others[0], first, ranking.comparisons(point.sitting))
    doubts = [f"{verdict}: {name}" for name, verdict in point.rivals.items()]
    verdict = ", ".join(doubts) or verdicts.SLOWER
    return str(point.value), first, time, others[0], numbers.interval(*ratio), verdict
