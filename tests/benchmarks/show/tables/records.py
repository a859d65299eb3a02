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


def ranked(times: dict[str, float], spread: float = 1.01, **asked: Any) -> list[dict[str, Any]]:
    """A sitting: a time for each kernel, and its ratio to the first, the fastest."""
    asked = {"workload": "100-100-50-10", "operation": "forward"} | asked
    first, best = next(iter(times.items()))
    ratios = [
        record(quantity="ratio", kernel=name, against=first, value=ns / best, processes=8,
               low=ns / best / spread, high=ns / best * spread, **asked)
        for name, ns in times.items()
    ]  # fmt: skip
    return [time(name, ns, **asked) for name, ns in times.items()] + ratios
