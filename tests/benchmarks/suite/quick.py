"""A plugin of pytest for tests of the suite: its benchmarks take a hundredth of a second.

They name their duration themselves, so the option `--benchmark-max-time` does not shorten it.
"""

from __future__ import annotations

from typing import Any

import pytest

SECONDS = 0.01


def pytest_itemcollected(item: pytest.Item) -> None:
    """Shorten the clock's time, and the longest forward passes of a batch timed whole."""
    for mark in item.iter_markers("benchmark"):
        settings: Any = mark.kwargs
        settings["max_time"] = SECONDS
    if isinstance(item, pytest.Function):
        getattr(item.module, "WHOLE_SECONDS", {})["forward_batch"] = SECONDS
