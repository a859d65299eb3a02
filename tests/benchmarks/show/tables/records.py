"""Stored rows with chosen numbers, for tests of the tables made of them."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

from benchmarks.measure.rows import Row

MACHINE = {"processor": "One", "threads": 1, "vector_instructions": "avx2", "cores": 2}


def record(**fields: Any) -> dict[str, Any]:
    return MACHINE | {"threads": 1} | asdict(Row(**fields)) | {"threads": fields.get("threads", 1)}


def time(kernel: str, ns: float, **fields: Any) -> dict[str, Any]:
    interval = {"median_ns": ns, "low_ns": 0.99 * ns, "high_ns": 1.01 * ns}
    return record(quantity="time", kernel=kernel, limit_ns=ns / 2, **interval, **fields)


def rival(kernel: str, ratio: float, ns: float, spread: float = 1.02) -> list[dict[str, Any]]:
    ends = {"low": ratio / spread, "high": ratio * spread}
    return [
        time(kernel, ns) | {"quantity": "rival_time"},
        record(quantity="rival_ratio", kernel=kernel, value=ratio, **ends),
    ]
