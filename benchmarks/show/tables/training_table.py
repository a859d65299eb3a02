"""The table of trainings on the digits, from stored rows: a line a seed, and their accuracy."""

from __future__ import annotations

from typing import TYPE_CHECKING

from benchmarks.measure import frames
from benchmarks.show.tables import accuracy, numbers

if TYPE_CHECKING:
    import pandas as pd

HEADINGS = ("seed", "cost J", "mean ‖y − h‖", "accuracy", "time")


def title(frame: pd.DataFrame) -> str:
    """The network, and how it was trained: `64-30-10 on digits, 3000 iterations: batched, ...`."""
    one = frames.first(accuracies(frame))
    how = f" of {one['training']}" if one["training"] else ""
    return (
        f"{one['workload']} on digits, {numbers.count(one['iterations'], 'iteration')}{how}: "
        f"{one['kernel']}, {one['dtype']}, {numbers.count(one['threads'], 'thread')}"
    )


def lines(frame: pd.DataFrame) -> list[tuple[str, ...]]:
    """Cost and mean error of the last iteration, accuracy and duration of each seed."""
    ordered = frame.sort_values("iterations", kind="stable")
    last = ordered.drop_duplicates(["seed", "quantity"], keep="last")
    ends = last.pivot_table("value", "seed", "quantity", dropna=False)
    found = accuracies(frame).set_index("seed").join(ends)
    return [
        (
            str(seed),
            f"{one['cost']:.5f}",
            f"{one['mean_error']:.4f}",
            f"{one['value']:.1f} %",
            seconds(float(one["seconds"])),
        )
        for seed, one in found.iterrows()
    ]


def seconds(value: float) -> str:
    """A duration with three digits."""
    ns = value * 1e9
    return numbers.duration(ns, 0.99 * ns, 1.01 * ns)


def summary(frame: pd.DataFrame) -> str:
    """A sentence on the accuracy of all seeds, beside the article's."""
    return f"accuracy: {accuracy.sentence(frames.values(accuracies(frame)['value']))}"


def accuracies(frame: pd.DataFrame) -> pd.DataFrame:
    """The rows with the accuracy of each seed."""
    return frame[frame["quantity"] == "accuracy_percent"]
