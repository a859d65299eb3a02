"""What a run of pytest collects, its options, and what it lacks for want of a package.

`pytest` collects the tests and, to run each once, the benchmarks; `pytest --benchmark-only` the
benchmarks alone. Neither collects a kernel that cannot be imported here.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

import kernels

TESTS = Path(__file__).parent / "tests"


def pytest_addoption(parser: pytest.Parser) -> None:
    """Let the benchmarks time other networks than those they list."""
    from benchmarks.measure import networks

    group = parser.getgroup("networks", "networks that benchmarks time instead of the listed ones")
    several: dict[str, Any] = {"action": "append", "default": []}
    group.addoption("--sizes", dest="network_sizes", help=networks.SIZES_HELP, **several)
    for name, text in (
        ("activations", networks.ACTIVATIONS_HELP),
        ("output", networks.OUTPUT_HELP),
        ("loss", networks.LOSS_HELP),
    ):
        group.addoption(f"--{name}", dest=f"network_{name}", help=text)
    group.addoption("--network", dest="network_files", help=networks.NETWORK_HELP, **several)


@pytest.hookimpl(tryfirst=True)
def pytest_cmdline_main(config: pytest.Config) -> None:
    """Read these options, so that a mistake in them ends the run before it begins."""
    from benchmarks.suite import cases

    config.stash[cases.NETWORKS] = cases.asked_for(config)


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
