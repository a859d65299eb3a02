"""The table of what the article says that does not hold, drawn from stored rows."""

from __future__ import annotations

import statistics
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from benchmarks.article.digits import ITERATIONS
from benchmarks.article.statements import STATEMENTS, Statement
from benchmarks.report import numbers

Record = dict[str, Any]
HEADINGS = ("§", "the article says", "measured")
NOT_MEASURED = "not measured"


@dataclass(frozen=True)
class Values:
    """What one quantity came out as: once, or for several seeds, or after several iterations.

    In a finding, `{x:.1f}` is the median and `{x:.1f %}` the median with its unit, range and
    number of seeds.
    """

    records: tuple[Record, ...]

    @property
    def values(self) -> list[float]:
        """All of them."""
        return [record["value"] for record in self.records]

    @property
    def lowest(self) -> float:
        """The least."""
        return min(self.values)

    @property
    def highest(self) -> float:
        """The greatest."""
        return max(self.values)

    @property
    def seeds(self) -> int:
        """How many seeds there are."""
        return len({record["seed"] for record in self.records})

    @property
    def iterations(self) -> int:
        """The most iterations."""
        return max(record["iterations"] or 0 for record in self.records)

    def after(self, iterations: int) -> Values:
        """The values after so many iterations."""
        return Values(tuple(r for r in self.records if (r["iterations"] or 0) == iterations))

    @property
    def last(self) -> Values:
        """The values after the most iterations."""
        return self.after(self.iterations)

    @property
    def course(self) -> str:
        """The range in percent, after as many iterations as the article's and after more."""
        counts = sorted({record["iterations"] or 0 for record in self.records})
        parts = [
            f"{self.after(count).range_percent} after {numbers.whole(count)}"
            for count in [one for one in counts if one >= ITERATIONS] or counts[-1:]
        ]
        return f"{', '.join(parts)} ({numbers.count(self.seeds, 'seed')})"

    @property
    def range_percent(self) -> str:
        """`86.4 … 89.7 %`."""
        ends = dict.fromkeys(f"{value:.1f}" for value in (self.lowest, self.highest))
        return f"{' … '.join(ends)} %"

    def __format__(self, spec: str) -> str:
        number, _, unit = spec.partition(" ")
        median = format(statistics.median(self.values), number)
        if not unit:
            return median
        seeds = numbers.count(self.seeds, "seed")
        ends = f"{self.lowest:{number}} … {self.highest:{number}}, " if self.seeds > 1 else ""
        return f"{median} {unit} ({ends}{seeds})"


def lines(records: Iterable[Record]) -> list[tuple[str, str, str]]:
    """Section, what the article says, and what was found instead."""
    known = list(records)
    return [(one.section, one.says, finding(one, known)) for one in STATEMENTS]


def finding(statement: Statement, records: Iterable[Record]) -> str:
    """The statement's finding with its numbers, if all were measured."""
    wanted = (statement.key, *statement.figures)
    found: dict[str, list[Record]] = {}
    for record in records:
        if record["figure"] in wanted and record["value"] is not None:
            found.setdefault(record["quantity"], []).append(record)
    if not found.keys() >= set(statement.quantities):
        return NOT_MEASURED
    return statement.finding.format(**{name: Values(tuple(r)) for name, r in found.items()})
