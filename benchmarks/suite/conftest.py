"""How pytest-benchmark is set up for the suite: what it records and when it times.

Plain `pytest` runs every benchmark once, as a smoke test; `pytest --benchmark-only` times them.
"""

from __future__ import annotations

from typing import Any

import pytest
from threadpoolctl import threadpool_limits

from benchmarks.measure.environment import environment

COMMIT_FIELDS = ("id", "time", "dirty")


@pytest.hookimpl(tryfirst=True)
def pytest_configure(config: pytest.Config) -> None:
    """Disable timing unless --benchmark-only asks for it (as a default option it would clash)."""
    if not config.getoption("benchmark_only"):
        config.option.benchmark_disable = True


def pytest_benchmark_update_machine_info(machine_info: dict[str, Any]) -> None:
    """Processor, versions and thread settings; no host name."""
    machine_info.clear()
    machine_info.update(environment())


def pytest_benchmark_update_commit_info(commit_info: dict[str, Any]) -> None:
    """The commit, and not in which folder it was checked out."""
    for field in set(commit_info) - set(COMMIT_FIELDS):
        del commit_info[field]


@pytest.fixture(autouse=True, scope="session")
def _one_thread() -> Any:
    """One BLAS thread for the whole suite, so that no plan has to set it around its calls."""
    with threadpool_limits(1, user_api="blas"):
        yield
