"""Machines side by side: which contender wins where, how near the limit, and where they disagree.

Each machine's times, ratios and limit are its own; nothing is averaged over machines.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from functools import cached_property
from typing import TYPE_CHECKING, NamedTuple

from benchmarks.measure import fields, frames, verdicts
from benchmarks.measure.frames import Record
from benchmarks.measure.statistics import Interval
from benchmarks.show.tables import ladder_table, numbers, pairs, questions, ranks

if TYPE_CHECKING:
    import pandas as pd

Line = tuple[str, ...]
MISSING = ladder_table.MISSING
NOT_MEASURED, NO_TIME = "not measured", "no time that counts"
WINNERS = (
    "", "machine", "fastest", "second", "time", "of its limit", "second / fastest", "",
)  # fmt: skip
"""Headings of the table of winners; the first four columns are text."""
SEVERAL = ("commit", *fields.VERSIONS, "thread_settings")
"""The columns whose differences between machines are told."""
RULE = (
    "Every time, ratio and share is of one machine alone, the share of that machine's own limit; "
    "nothing is averaged over machines."
)
QUOTIENT = (
    "A verdict is on the first of the two. Where neither was the fastest, the ratio is the "
    "quotient of their ratios to the fastest. Machines that are too uncertain differ from none."
)


class Table(NamedTuple):
    """A table with a title, the number of its columns that are text, and a note below it."""

    title: str
    headings: Sequence[str]
    lines: Sequence[Line]
    left: int
    note: str = ""


class SideBySide:
    """The rows of two or more machines, side by side.

    Parameters
    ----------
    answers : the rows of each machine, by its name; of each question those of one run
    remarks : sentences on how machines differ that have one name and two numbers
    """

    def __init__(self, answers: Mapping[str, pd.DataFrame], remarks: Sequence[str] = ()) -> None:
        self.rows = answers
        self.machines = tuple(answers)
        self.remarks = tuple(remarks)

    @cached_property
    def answers(self) -> list[dict[str, pd.DataFrame]]:
        """For each question, the rows of each machine that was asked it."""
        found: dict[tuple[object, ...], dict[str, pd.DataFrame]] = {}
        for machine, frame in self.rows.items():
            for group in frames.questions(frame):
                asked = frames.first(group)
                key = tuple(asked[name] for name in frames.QUESTION)
                found.setdefault(key, {})[machine] = group
        return list(found.values())

    @cached_property
    def shared(self) -> list[dict[str, pd.DataFrame]]:
        """Those of `answers` that two or more machines give."""
        return [one for one in self.answers if len(one) > 1]

    @cached_property
    def differing(self) -> list[pairs.Pair]:
        """The pairs of contenders whose verdicts differ between machines."""
        return pairs.differing(self.shared)

    def winners(self) -> Table:
        """The table of who is fastest where: a line for each question and machine.

        Questions that only one machine answers come last.
        """
        ordered = sorted(self.answers, key=lambda one: len(one) == 1)
        found = [line for one in ordered for line in self.winner_lines(one)]
        return Table("Which contender wins where", WINNERS, found, 4, RULE)

    def winner_lines(self, answer: Mapping[str, pd.DataFrame]) -> Iterator[Line]:
        """The lines of one question; a question of one machine says so and has no other line."""
        title = questions.title(first_of(answer))
        if len(answer) == 1:
            ((machine, frame),) = answer.items()
            yield title, f"only {machine}", *winner(frame)
            return
        for machine in self.machines:
            cells = winner(answer[machine]) if machine in answer else pad(NOT_MEASURED)
            yield title, machine, *cells

    def shares(self) -> Table:
        """The table of every contender's share of each machine's own limit."""
        found = [line for one in self.shared for line in self.share_lines(one)]
        return Table("Shares of each machine's own limit", ("", "", *self.machines), found, 2)

    def share_lines(self, answer: Mapping[str, pd.DataFrame]) -> Iterator[Line]:
        """The lines of one question: a line for each contender with a share on some machine."""
        times = {machine: ranks.by_kernel(frame) for machine, frame in answer.items()}
        title = questions.title(first_of(answer))
        for kernel in dict.fromkeys(kernel for one in times.values() for kernel in one):
            found = (times.get(machine, {}).get(kernel) for machine in self.machines)
            cells = [MISSING if one is None else ladder_table.share(one) for one in found]
            if any(cell != MISSING for cell in cells):
                yield title, kernel, *cells

    def disagreements(self, every: bool = True) -> Table:
        """The table of pairs whose verdicts differ; `every` includes those that may be chance."""
        shown = [one for one in self.differing if every or one.kind != pairs.OVERLAPPING]
        lines = [
            (
                questions.title(one.question),
                f"{one.first} against {one.second}",
                *(judged(one, machine) for machine in self.machines),
                one.kind,
            )
            for one in shown
        ]
        headings = ("", "", *self.machines, "")
        return Table("Where the verdicts differ", headings, lines, 2, QUOTIENT)

    def agreement(self) -> str:
        """A sentence on how many pairs of contenders the machines agree and differ in."""
        count = sum(1 for one in self.shared for _ in pairs.pairs(one))
        if not count:
            return "No two machines compared the same two contenders on the same question."
        kinds = [one.kind for one in self.differing]
        told = ", ".join(f"{kinds.count(kind)} {kind}" for kind in pairs.KINDS)
        return (
            f"Of {numbers.count(count, 'pair')} of contenders that two or more machines compared, "
            f"the verdicts differ in {len(kinds)} ({told})."
        )

    def notes(self) -> list[str]:
        """Sentences on what else differs between the machines: commits, versions, packages."""
        columns = {name: {m: distinct(f, name) for m, f in self.rows.items()} for name in SEVERAL}
        return [
            *self.remarks,
            *(different(name, found) for name, found in columns.items() if is_different(found)),
            *self.different_packages(),
        ]

    def different_packages(self) -> Iterator[str]:
        """A sentence for each contender whose packages differ between machines."""
        timed = {machine: frames.timed(frame) for machine, frame in self.rows.items()}
        for kernel in dict.fromkeys(
            k for one in timed.values() for k in frames.values(one["kernel"])
        ):
            found = {
                machine: distinct(one[one["kernel"] == kernel], "packages")
                for machine, one in timed.items()
            }
            if is_different(found):
                yield different(f"packages of {kernel}", found)


def first_of(answer: Mapping[str, pd.DataFrame]) -> Record:
    """The first row of a question's answers, which says what was asked."""
    return frames.first(next(iter(answer.values())))


def pad(*cells: str) -> Line:
    """These cells of a winner, followed by empty ones."""
    return cells + ("",) * (len(WINNERS) - 2 - len(cells))


def winner(frame: pd.DataFrame) -> Line:
    """The cells of the fastest of one question on one machine, and of the second."""
    counted = frames.records(ranks.comparable(frame).drop_duplicates("kernel"))
    if not counted:
        return pad(NO_TIME)
    best, *others = counted
    time, share = numbers.time_interval_of(best), ladder_table.share(best)
    if not others:
        return (ladder_table.name(best), MISSING, time, share, MISSING, "")
    ratio, verdict = against(frame, best, others[0])
    names = map(ladder_table.name, (best, others[0]))
    return (*names, time, share, ratio, verdict)


def against(frame: pd.DataFrame, best: Record, second: Record) -> tuple[str, str]:
    """The second's ratio to the fastest, and the verdict on it, from their duel if there was one.

    Without a duel it is the quotient of the times, without an interval or a verdict.
    """
    found = pairs.ratio(pairs.ratios(frame), str(second["kernel"]), str(best["kernel"]))
    if found is None:
        return numbers.significant(second["median_ns"] / best["median_ns"], 3), ""
    return numbers.interval(*found), verdicts.of_interval(*found[1:])


def judged(pair: pairs.Pair, machine: str) -> str:
    """The verdict on a pair on one machine with its ratio: `faster, 0.75 [0.72, 0.78]`."""
    ratio: Interval | None = pair.ratios.get(machine)
    return MISSING if ratio is None else f"{pair.verdicts[machine]}, {numbers.interval(*ratio)}"


def distinct(frame: pd.DataFrame, column: str) -> list[str]:
    """The different values of a column, sorted; without those that are not known."""
    found = {str(value) for value in frames.values(frame[column]) if value is not None}
    return sorted(found - {fields.UNKNOWN})


def is_different(found: Mapping[str, Sequence[str]]) -> bool:
    """True if two machines know different values."""
    return len({tuple(values) for values in found.values() if values}) > 1


def different(what: str, found: Mapping[str, Sequence[str]]) -> str:
    """A sentence with the values of each machine that knows one."""
    told = (
        f"{', '.join(value or 'none' for value in values)} on {machine}"
        for machine, values in found.items()
        if values
    )
    return f"{what} differs: {'; '.join(told)}"
