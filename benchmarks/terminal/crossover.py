"""`python -m benchmarks ladder --crossover`."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from benchmarks.experiments import crossover as measuring
from benchmarks.experiments import ladder as ranking
from benchmarks.experiments.crossover import Crossing, Point
from benchmarks.experiments.ladder import Question
from benchmarks.measure import duel, limits, verdicts
from benchmarks.measure.contenders import Contender
from benchmarks.measure.runs import Run
from benchmarks.show.tables import numbers
from benchmarks.terminal import console
from benchmarks.terminal.keeping import Kept
from benchmarks.terminal.limits import again
from benchmarks.terminal.options import words


def check(axis: str, asked: Sequence[Question], batch: int | None, threads: int) -> None:
    """Raise ValueError for options that do not go together."""
    measuring.grid(axis, asked[0])
    if len(asked) > 1:
        raise ValueError("--crossover takes one network")
    for option, value, usual in (("batch", batch, None), ("threads", threads, 1)):
        if axis == option and value != usual:
            raise ValueError(f"--crossover {axis} varies it: leave --{option} out")


def run(
    axis: str,
    asked: Question,
    who: Sequence[Contender],
    seconds: float,
    rounds: int,
    found: limits.Limits,
    json: Path | None,
) -> None:
    """Vary one thing, store every sitting, and say where the winner changes."""
    points: list[Point] = []
    crossings: list[Crossing] = []
    kept = Kept(Run.begin("ladder", words(), json, asked.threads))
    expected = len(measuring.grid(axis, asked)) + 4
    with console.progress() as bar:
        task = bar.add_task("", total=expected * rounds)
        finished = 0

        def tell(question: Question, what: str, done: int) -> None:
            name = f"{question.workload.name} × {question.workload.rows}"
            text = f"{name}, {numbers.count(question.threads, 'thread')}: {what}"
            bar.update(task, description=text, completed=finished * rounds + done)

        measure = measuring.measurer(seconds, rounds, tell)

        def keep(question: Question, contenders: Sequence[Contender]) -> duel.Sitting:
            nonlocal finished, found
            sitting = measure(question, contenders)
            found = ranking.settled(question, sitting, found, again)
            sitting.impossible = ranking.impossible(question, sitting, found)
            finished += 1
            bar.update(task, total=max(expected, finished + 1) * rounds)
            kept.add(ranking.rows(question, sitting, found))
            if sitting.interrupted:
                raise KeyboardInterrupt
            return sitting

        interrupted = False
        try:
            points.extend(measuring.coarse(axis, asked, who, keep))
            for crossing in measuring.crossings(axis, asked, points, keep):
                crossings.append(crossing)
                kept.add([measuring.row(axis, asked, crossing)])
        except KeyboardInterrupt:
            interrupted = True
    show(axis, points, crossings)
    kept.finish("these are the values that were finished" if interrupted else None)


def show(axis: str, points: Sequence[Point], crossings: Sequence[Crossing]) -> None:
    """The fastest at each value of the grid, and where it changes."""
    out = console.console()
    lines = [line(point) for point in points if point.ranking]
    headings = (axis, "fastest", "time per call", "next", "times the fastest", "")
    out.print(console.table(f"Fastest by {axis}", headings, lines))
    for text in measuring.conclusion(axis, points, crossings):
        out.print(text, markup=False)
    for point in points:
        for name in sorted(point.sitting.impossible):
            time = numbers.duration_interval(*point.sitting.time_ns(name))
            out.print(f"{name} at {point.value} is {verdicts.BELOW}: {time}", markup=False)


def line(point: Point) -> tuple[str, ...]:
    """The two fastest at a value, and whether the first is told from all others."""
    first, *others = point.ranking
    time = numbers.duration_interval(*point.sitting.time_ns(first))
    if not others:
        return str(point.value), first, time, "", "", ""
    ratio = point.sitting.ratio(others[0], first, ranking.comparisons(point.sitting))
    doubts = [f"{verdict}: {name}" for name, verdict in point.rivals.items()]
    verdict = ", ".join(doubts) or verdicts.SLOWER
    return str(point.value), first, time, others[0], numbers.interval(*ratio), verdict
