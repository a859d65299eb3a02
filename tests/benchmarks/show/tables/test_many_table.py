"""The table of trainings of many networks."""

from __future__ import annotations

from typing import Any

from benchmarks.measure import frames
from benchmarks.show.tables import ladder_table, many_table


def record(kernel: str, **fields: Any) -> dict[str, Any]:
    usual: dict[str, Any] = {
        "quantity": "time",
        "state": "ok",
        "rows": None,
        "threads": 2,
        "error": 0.0,
        "workload": "many-iris",
        "operation": "train_many",
    }
    return usual | {"kernel": kernel} | fields


def test_the_fastest_is_first_and_failures_are_told() -> None:
    ratio = {"quantity": "ratio", "value": 5.0, "low": 4.0, "high": 6.0, "against": "train_many"}
    frame = frames.frame(
        [
            record("jax", median_ns=2e9, error=1e-12),
            record("jax", **ratio),
            record("train_many", median_ns=4e8),
            record("jax", workload="many-digits", state="missing", reason="jax is not installed"),
        ]
    )
    ours, theirs = many_table.lines(frame)
    assert ours[:2] == ("1000 networks 4-16-3 on iris, 50 passes, 2 threads", "kernels.train_many")
    assert ours[3:] == ("", "0")
    assert theirs[1].startswith("JAX")
    assert theirs[3:] == ("5.00 [4.00, 6.00]", "1e-12")
    assert ladder_table.failures(frame) == ["not installed: jax (make peers)"]
