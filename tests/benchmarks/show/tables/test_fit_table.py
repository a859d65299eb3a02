"""The table of fits."""

from __future__ import annotations

from typing import Any

from benchmarks.measure import frames
from benchmarks.show.tables import fit_table, ladder_table


def record(kernel: str, **fields: Any) -> dict[str, Any]:
    usual: dict[str, Any] = {
        "quantity": "time",
        "state": "ok",
        "rows": None,
        "error": 0.0,
        "build_seconds": 0.0,
    }
    usual |= {"workload": "iris-32", "operation": "fit", "low_ns": None, "high_ns": None}
    return usual | {"kernel": kernel} | fields


def test_scikit_learn_is_first_and_failures_are_told() -> None:
    ratio = {"quantity": "ratio", "value": 50.0, "low": 49.0, "high": 51.0}
    frame = frames.frame(
        [
            record("kernels.sklearn", median_ns=2e6, error=1e-15),
            record("kernels.sklearn", against="scikit-learn", **ratio),
            record("scikit-learn", median_ns=1e8),
            record("scikit-learn", quantity="accuracy_percent", value=97.5),
            record("kernels.sklearn", workload="search", state="wrong", reason="off by 1"),
        ]
    )
    one, other = fit_table.lines(frame)
    assert one[:2] == ("iris, batches of 32", "scikit-learn")
    assert one[4:] == ("97.5 %", "0")
    assert other[1:] == ("kernels.sklearn", "2.0 ms", "50.0 [49.0, 51.0]", "–", "1e-15")
    assert ladder_table.failures(frame) == ["kernels.sklearn, search: wrong: off by 1"]
