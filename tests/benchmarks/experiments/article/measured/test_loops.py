"""Loops over Python floats beside loops over arrays.

Calls are not timed: a fake timer returns a time that depends on the called function.
"""

from __future__ import annotations

import numpy as np
import pytest

from benchmarks.experiments.article.measured import loops
from benchmarks.measure import timing
from kernels.proof import gate
from tests.benchmarks.experiments.article.measured.conftest import KernelOf


def test_loops_over_floats_and_over_arrays_have_their_own_times(
    kernel_of: KernelOf, monkeypatch: pytest.MonkeyPatch
) -> None:
    ns = {(3, "looped"): 6000.0, (3, "floats"): 2000.0,
          (100, "looped"): 7e6, (100, "floats"): 2e6}  # fmt: skip

    def alternate(calls: dict[str, timing.Call], seconds: float) -> dict[str, timing.Samples]:
        found = {}
        for name, call in calls.items():
            inputs = len(call.arguments[-1 if call.function is loops.float_loops else 0])
            kind = "floats" if call.function is loops.float_loops else kernel_of(call)
            found[name] = timing.Samples(ns[inputs, kind] * np.array([1.0, 1.0, 9.0]), 1)
        return found

    monkeypatch.setattr(timing, "alternate", alternate)
    found = {row.quantity: row.value for row in loops.measure_floats(quick=True)}
    assert found == {"floats_us": 2.0, "looped_us": 6.0, "ratio": 3.5}


def test_wrong_loops_over_floats_are_not_timed(monkeypatch: pytest.MonkeyPatch) -> None:
    right = loops.float_loops
    monkeypatch.setattr(
        loops, "float_loops", lambda W, b, x: [value + 1e-9 for value in right(W, b, x)]
    )
    monkeypatch.setattr(timing, "alternate", lambda *_, **__: pytest.fail("something was timed"))
    with pytest.raises(gate.GateError, match="loops over Python floats are wrong"):
        loops.measure_floats(quick=True)
