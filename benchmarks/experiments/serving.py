"""Serving a fitted scikit-learn network: its own calls, ONNX Runtime, and `kernels.compile`.

The contenders sit a duel; what each of them does is in `benchmarks.measure.serving`.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from benchmarks.measure import duel
from benchmarks.measure.contenders import Contender, Task
from benchmarks.measure.rows import Row, interval_fields
from benchmarks.measure.serving import CONTENDERS, ONE, SCIKIT, Served

ROWS = (1, 1000)
"""How many rows a call has, in turn."""


def sit(
    what: Served, rows: int, seconds: float, rounds: int, progress: duel.Progress
) -> duel.Sitting:
    """All contenders against each other, on so many rows."""
    task = Task(
        sizes=(),
        operation="serve",
        rows=rows,
        serving={"data": what.data, "hidden": list(what.hidden), "activation": what.activation},
    )
    who: Sequence[Contender] = [Contender(name) for name in CONTENDERS if rows == 1 or name != ONE]
    return duel.sit(task, who, seconds * len(who), rounds, progress)


def rows(what: Served, count: int, sitting: duel.Sitting) -> Iterator[Row]:
    """A time for each, and how many times as fast it is as scikit-learn; or why it has none."""

    def row(quantity: str, kernel: str, **fields: Any) -> Row:
        facts = sitting.facts.get(kernel) or sitting.facts.get(SCIKIT) or [{}]
        return Row(
            quantity,
            workload=f"{what.data}: {facts[0].get('architecture', what.activation)}",
            operation="serve",
            kernel=kernel,
            rows=count,
            threads=1,
            **fields,
        )

    compared = len(sitting.logs) - 1
    for label in sitting.logs:
        facts = sitting.facts[label]
        yield row(
            "time",
            label,
            **interval_fields(sitting.time_ns(label), "ns"),
            samples=sitting.samples[label],
            processes=len(sitting.logs[label]),
            build_seconds=facts[0]["build_seconds"],
            error=max(one["error"] for one in facts),
            packages=facts[0].get("packages"),
        )
        if label != SCIKIT and SCIKIT in sitting.logs:
            yield row(
                "ratio",
                label,
                **interval_fields(sitting.ratio(SCIKIT, label, compared)),
                against=SCIKIT,
                processes=len(sitting.logs[label]),
            )
    for label, (state, reason) in sitting.failures.items():
        yield row("time", label, state=state, reason=reason)
