"""The table of a fitted network's predictions, from stored rows: times beside scikit-learn's."""

from __future__ import annotations

from typing import TYPE_CHECKING

from benchmarks.measure import frames, verdicts
from benchmarks.measure.frames import Record
from benchmarks.measure.serving import SCIKIT
from benchmarks.show.tables import ladder_table, numbers, ranks

if TYPE_CHECKING:
    import pandas as pd

HEADINGS = (
    "",
    "samples",
    "time per call",
    "times as fast as scikit-learn",
    "largest difference",
    "build",
)


def title(frame: pd.DataFrame) -> str:
    """What predicted."""
    served = list(frame.loc[frame["state"] == "ok", "workload"].unique())
    return ", ".join(served) or "Nothing was served"


def lines(frame: pd.DataFrame) -> list[tuple[str, ...]]:
    """Lines of each number of samples and contender that has a time, the fastest first."""
    several = frame["workload"].nunique() > 1
    return [
        (f"{one['workload']}: " * several + one["kernel"], *cells(one, ratios.get(one["kernel"])))
        for group in frames.questions(frame.sort_values("rows", kind="stable", na_position="first"))
        for ratios in [verdicts.ratios(group)]
        for one in frames.records(ranks.measured(group))
    ]


def cells(one: Record, ratio: Record | None) -> tuple[str, ...]:
    """The line of a contender that has a time, without its name."""
    return (
        str(one["rows"]),
        time(one),
        faster(ratio),
        "–" if one["error"] is None else f"{one['error']:.1g}",
        "–" if one["kernel"] == SCIKIT else numbers.seconds(one["build_seconds"]),
    )


def time(record: Record) -> str:
    """A time with its interval, and a remark if it is below the limit."""
    text = numbers.time_interval_of(record)
    return f"{text} ({verdicts.BELOW})" if verdicts.is_below_limit(record) else text


def faster(ratio: Record | None) -> str:
    """Speed-up over scikit-learn: `58 [57, 60]`, with the verdict if there is no difference."""
    if ratio is None:
        return ""
    text, verdict = ladder_table.ratio_text(ratio), verdicts.of_row(ratio)
    return f"{text}, {verdict}" if verdict in (verdicts.EQUAL, verdicts.UNCERTAIN) else text
