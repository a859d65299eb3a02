"""What a run of pytest collects, and what it could not because a package is not installed.

`pytest` collects the tests and, to run each once, the benchmarks; `pytest --benchmark-only` the
benchmarks alone. Neither collects a kernel that cannot be imported here.
"""

from __future__ import annotations

from pathlib import Path

import pytest

import kernels

TESTS = Path(__file__).parent / "tests"


def pytest_ignore_collect(collection_path: Path, config: pytest.Config) -> bool | None:
    """Leave the tests out of a run that is to time benchmarks."""
    benchmarks_only = config.getoption("benchmark_only", default=False)
    return True if benchmarks_only and collection_path.is_relative_to(TESTS) else None


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Name the kernels that were not collected, by what they lack."""
    lacking: dict[str, list[str]] = {}
    for name in kernels.names():
        if reason := kernels.missing(name):
            lacking.setdefault(reason, []).append(name)
    for reason, names in lacking.items():
        terminalreporter.write_line(f"not collected: {', '.join(names)} ({reason})")
