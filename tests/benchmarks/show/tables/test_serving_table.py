"""The table of ways to serve a fitted network."""

from __future__ import annotations

from typing import Any

from benchmarks.measure import frames
from benchmarks.show.tables import ladder_table, serving_table


def test_the_table_has_the_fastest_first_and_says_who_is_missing() -> None:
    def record(kernel: str, **fields: Any) -> dict[str, Any]:
        usual = {"quantity": "time", "state": "ok", "rows": 1, "error": 0.0, "build_seconds": 0.1,
                 "workload": "iris", "low_ns": None, "high_ns": None}  # fmt: skip
        return usual | {"kernel": kernel} | fields

    frame = frames.frame(
        [
            record("scikit-learn", median_ns=100e3),
            record("compiled", median_ns=1e3),
            record(
                "compiled",
                quantity="ratio",
                value=100.0,
                low=99.0,
                high=101.0,
                against="scikit-learn",
            ),
            record("onnx-runtime", state="missing", reason="onnx is not installed"),
        ]
    )
    lines = serving_table.lines(frame)
    assert [line[0] for line in lines] == ["compiled", "scikit-learn"]
    assert lines[0][3] == "100 [99.0, 101]"
    assert lines[1][5] == "–"  # nothing is built
    assert ladder_table.failures(frame) == ["not installed: onnx-runtime (make peers)"]
