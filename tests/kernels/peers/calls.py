"""Calls that plans of several peers must stand: from several threads, and of many sizes in turn."""

from __future__ import annotations

import gc
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np

from kernels import Plan

SIZES_IN_TURN = (1, 7, 1, 300, 2, 7, 1000, 3, 1)
TOLERANCE = {"float64": 1e-12, "float32": 2e-6}


def close(found: Any, true: Any, dtype: str) -> bool:
    """True if outputs of the order of 1 differ by rounding only."""
    return bool(np.allclose(found, true, rtol=TOLERANCE[dtype], atol=TOLERANCE[dtype]))


def threads_do_not_mix(plan: Plan, X: np.ndarray[Any, Any], true: np.ndarray[Any, Any]) -> None:
    """Each of four threads asks for samples and batches of its own, and gets their outputs."""
    dtype, wrong = plan.dtype.name, []
    start = threading.Barrier(4)

    def work(first: int) -> None:
        start.wait()
        for turn in range(60):
            m = 1 + (first + turn) % 9
            rows = slice(first, first + m)
            if not close(plan.forward_batch(X[rows]), true[rows], dtype):
                wrong.append(("batch", first, m))
            if not close(plan.forward(X[first]), true[first], dtype):
                wrong.append(("sample", first, 1))

    workers = [threading.Thread(target=work, args=(k * len(X) // 5,)) for k in range(4)]
    for one in workers:
        one.start()
    for one in workers:
        one.join()
    assert not wrong


def sizes_in_turn(plan: Plan, X: np.ndarray[Any, Any], true: np.ndarray[Any, Any]) -> None:
    """Batches of many sizes, larger and smaller, each give the outputs of their samples."""
    for m in SIZES_IN_TURN:
        rows = np.arange(m) % len(X)
        assert close(plan.forward_batch(X[rows]), true[rows], plan.dtype.name), m
        assert close(plan.forward(X[m % len(X)]), true[m % len(X)], plan.dtype.name), m


def resident() -> int:
    """Bytes of memory that this process occupies."""
    return int(Path("/proc/self/statm").read_text().split()[1]) * 4096


def grown(call: Callable[[], object], count: int) -> int:
    """Bytes by which memory grows during `count` calls, after as many before them."""
    for _ in range(count):
        call()
    gc.collect()
    before = resident()
    for _ in range(count):
        call()
    gc.collect()
    return resident() - before
