"""Limits, rows and duels with chosen numbers, for tests of verdicts, tables and figures."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from benchmarks.measure import duel, frames, header, limits, rows
from benchmarks.measure.question import Question
from benchmarks.measure.stored import Load

FOUND = {
    "fma_peak_float64_gflops": 50.0,
    "fma_peak_float32_gflops": 100.0,
    "fma_peak_float64_all_threads_gflops": 150.0,
    "fma_peak_float32_all_threads_gflops": 300.0,
    "sigmoid_float64_ns": 2.0,
    "sigmoid_float32_ns": 1.0,
    "identity_float64_ns": 0.5,
    "identity_float32_ns": 0.25,
} | {limits.bandwidth_key(kib): 1000.0 for kib in limits.WORKING_SETS_KIB}
RATES = {key: value for key, value in FOUND.items() if not key.startswith(limits.SIGMOID)}
QUESTION = Question((100, 100, 50, 10), "forward", 1)
LIMIT_NS = 1000.0
ACME = {"processor": "Acme One", "vector_instructions": "avx2", "cores": 4}
BETA = {"processor": "Beta Two", "vector_instructions": "avx512f", "cores": 8}


def measured(*_: Any, activations: Iterable[str] = limits.RATED, **__: Any) -> limits.Limits:
    """What `limits.measure` returns, without the rates of activations that it is not asked for."""
    keys = (limits.activation_key(name, one) for name in activations for one in limits.PRECISIONS)
    return RATES | {key: RATES.get(key, 2.0) for key in keys}


def time(kernel: str, ns: float, spread: float = 1.01, **fields: Any) -> rows.Row:
    interval = {"low_ns": ns / spread, "high_ns": ns * spread}
    usual: dict[str, Any] = {"build_seconds": 0.0, "rebuild_seconds": 0.0, "processes": 8}
    usual |= {"workload": "3-3-1", "operation": "forward", "limit_ns": LIMIT_NS, "floor_ns": 50.0}
    return rows.Row("time", kernel=kernel, median_ns=ns, **usual | interval | fields)


def ratio(kernel: str, low: float | None, high: float | None, **fields: Any) -> rows.Row:
    ends = [end for end in (low, high) if end]
    value = math.exp(sum(map(math.log, ends)) / len(ends)) if ends else 2.0
    usual: dict[str, Any] = {"workload": "3-3-1", "operation": "forward", "processes": 8}
    usual |= {"against": "first", "low": low, "high": high}
    return rows.Row("ratio", kernel=kernel, value=value, **usual | fields)


def stored(*found: rows.Row) -> pd.DataFrame:
    """Return rows as a DataFrame, as if they had been stored and read back."""
    return frames.frame(rows.checked(one) for one in rows.records(found, {"threads": 1}))


COSTS = (
    *(
        rows.Row(f"{name}_seconds", "64-30-10-relu-softmax", "train", value=value)
        for name, value in (("compile", 1.5), ("load", 0.06), ("compute", 0.025))
    ),
    rows.Row("store_seconds", value=0.001, low=0.0009, high=0.0012),
    rows.Row("hand_over_seconds", value=0.004),
    rows.Row("transfer_bytes", value=1.25e6),
    rows.Row("networks_per_task", value=40.0),
    rows.Row("overhead_percent", value=3.0, low=2.0, high=4.0, threads=1, processes=4),
)
"""What a sweep costs."""


def loading(frame: pd.DataFrame, name: str) -> Load:
    """Return a loader that knows one run only."""
    return lambda *runs: frame if name in runs else frame.head(0)


def fastest(**fields: Any) -> tuple[rows.Row, rows.Row]:
    return time("first", 2000.0, **fields), ratio("first", 1.0, 1.0)


def sitting(spread: float, rounds: int = 8, **times: float) -> duel.Sitting:
    generator = np.random.default_rng(1)
    logs = {
        label: list(math.log(ns) + generator.normal(0, spread, rounds))
        for label, ns in times.items()
    }
    facts = {"build_seconds": 0.0, "first_seconds": 0.0, "error": 0.0, "extrapolated_from": None}
    everybody = {label: [facts] for label in logs}
    return duel.Sitting(logs=logs, facts=everybody, samples=dict.fromkeys(logs, 1))


def keep(
    path: Path,
    found: Iterable[rows.Row],
    day: int = 1,
    state: str = header.COMPLETE,
    command: str = "ladder",
    words: Sequence[str] = (),
    machine: dict[str, object] = ACME,
    commit: str = "abc1234567",
    versions: dict[str, object] | None = None,
) -> None:
    """Store a run that began on this day."""
    start = f"2026-01-{day:02}T00:00:00.000Z"
    path.mkdir(parents=True)
    rows.write(path / header.ROWS, found)
    about = header.Header(
        command, tuple(words), state, start, start, commit, machine, versions or {}
    )
    (path / header.HEADER).write_text(about.encoded(), encoding="utf-8")


def duels(times: dict[str, float], spread: float = 1.01, **fields: Any) -> list[rows.Row]:
    """Return times, and a sitting's ratios to the fastest, with intervals this wide."""
    asked: dict[str, Any] = {"threads": 1, **fields}
    fastest = min(times, key=lambda kernel: times[kernel])
    least = times[fastest]
    return [
        row
        for kernel, ns in times.items()
        for width in [1.0 if kernel == fastest else spread]
        for row in (
            time(kernel, ns, **asked),
            ratio(kernel, ns / least / width, ns / least * width, against=fastest, **asked),
        )
    ]
