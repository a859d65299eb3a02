"""Fake timers must know which kernel a timed call is of."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from benchmarks.measure import portion, timing
from kernels import Plan

KernelOf = Callable[[timing.Call], str]


@pytest.fixture
def kernel_of(monkeypatch: pytest.MonkeyPatch) -> KernelOf:
    """Return a function that names the kernel of a call made by `portion.make_call`."""
    names: dict[Any, str] = {}
    make_call = portion.make_call

    def remembering(plan: Plan, *arguments: Any) -> timing.Call:
        call = make_call(plan, *arguments)
        names[call.function] = plan.name
        return call

    monkeypatch.setattr(portion, "make_call", remembering)
    return lambda call: names[call.function]
