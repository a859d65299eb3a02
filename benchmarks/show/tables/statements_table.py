"""The table of the article's statements that do not hold, from stored rows."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from benchmarks.article.figures import FIGURES
from benchmarks.article.statements import STATEMENTS, Statement
from benchmarks.measure.digits import ITERATIONS
from benchmarks.show.tables import numbers

if TYPE_CHECKING:
    import pandas as pd

HEADINGS = ("§", "the article says", "measured")
NOT_MEASURED, NOT_INSTALLED = "not measured", "not installed"


@dataclass(frozen=True)
class Values:
    """The values of one quantity: a single one, one for each seed, or after several iterations.

    A finding formats them: `{x:.1f}` is the median, `{x:.1f …}` the range, and `{x:.1f %}` the
    median with its unit, range and number of seeds.
    """

    rows: pd.DataFrame

    @property
    def lowest(self) -> float:
        """The least value."""
        return float(self.rows["value"].min())

    @property
    def highest(self) -> float:
        """The greatest value."""
        return float(self.rows["value"].max())

    @property
    def seeds(self) -> int:
        """Number of seeds."""
        return self.rows["seed"].nunique(dropna=False)

    @property
    def counts(self) -> list[int]:
        """The numbers of iterations, in ascending order; 0 for a value that has none."""
        return sorted(map(int, self.rows["iterations"].fillna(0).unique()))

    @property
    def iterations(self) -> int:
        """The largest number of iterations."""
        return self.counts[-1]

    def after(self, iterations: int) -> Values:
        """The values after so many iterations."""
        return Values(self.rows[self.rows["iterations"].fillna(0) == iterations])

    @property
    def last(self) -> Values:
        """The values after the most iterations."""
        return self.after(self.iterations)

    @property
    def course(self) -> str:
        """The range in percent after the article's iterations, and after each larger number."""
        counts = self.counts
        parts = [
            f"{self.after(count):.1f …} % after {numbers.whole(count)}"
            for count in [one for one in counts if one >= ITERATIONS] or counts[-1:]
        ]
        return f"{', '.join(parts)} ({numbers.count(self.seeds, 'seed')})"

    @property
    def as_long(self) -> str:
        """A speed-up below 1 as a slow-down: `30×` if the greatest value is 1/30."""
        return numbers.ratio(1 / self.highest)

    def __format__(self, spec: str) -> str:
        number, _, unit = spec.partition(" ")
        if unit == "…":
            ends = f"{self.lowest:{number}}", f"{self.highest:{number}}"
            return " … ".join(dict.fromkeys(ends))
        median = float(self.rows["value"].median())
        if not unit:
            return format(median, number)
        return numbers.over_seeds(
            median, self.lowest, self.highest, self.seeds, places=number, unit=unit
        )


def lines(frame: pd.DataFrame) -> list[tuple[str, str, str]]:
    """Lines of the statements: section, what the article says, what was measured."""
    return [(one.section, one.says, finding(one, frame)) for one in STATEMENTS]


def finding(statement: Statement, frame: pd.DataFrame) -> str:
    """The statement's finding with its numbers; a remark if one of them was not measured."""
    named = frame["figure"].isin([statement.key, *statement.figures])
    rivals = frame["kernel"].isin(
        [rival for one in FIGURES if one.key in statement.figures for rival in one.rivals]
    )
    rows = frame[(named | rivals) & frame["value"].notna()]
    found = {str(quantity): Values(group) for quantity, group in rows.groupby("quantity")}
    if not found.keys() >= set(statement.quantities):
        missing = (frame.loc[rivals, "state"] == "missing").any()
        return NOT_INSTALLED if missing else NOT_MEASURED
    return statement.finding.format(**found)
