"""What the suite times, and settings of pytest-benchmark: what it records, and when it times.

Plain `pytest` runs every benchmark once, as a smoke test; `pytest --benchmark-only` times them.
Every installed kernel is timed on every listed workload that it can compute, or on the networks
that the options --sizes, --activations, --output, --loss and --network ask for instead.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from threadpoolctl import threadpool_limits

from benchmarks.measure import rows, statistics
from benchmarks.measure.environment import environment
from benchmarks.measure.header import COMPLETE, FAILED, INTERRUPTED
from benchmarks.measure.question import COLUMNS
from benchmarks.measure.runs import Run
from benchmarks.suite.cases import NETWORKS, cases, name

COMMIT_FIELDS = ("id", "time", "dirty")
FIELDS = (*COLUMNS, "kernel", "error", "build_seconds", "extrapolated_from")
"""The fields of a row that a benchmark has in its `extra_info`."""
RUN = pytest.StashKey[Run]()
"""The run that the rows of this session go to."""
UNSTORED = pytest.StashKey[str]()
"""The error message, if the rows could not be stored."""


@pytest.hookimpl(tryfirst=True)
def pytest_configure(config: pytest.Config) -> None:
    """Begin a run if --benchmark-only asks for timing; else disable timing.

    (As a default option, --benchmark-disable would clash.)
    """
    config.addinivalue_line("markers", "operation(name): the operation that a benchmark times.")
    if not config.getoption("benchmark_only"):
        config.option.benchmark_disable = True
        return
    try:
        config.stash[RUN] = Run.begin("suite")
    except OSError as failure:
        config.stash[UNSTORED] = f"the rows could not be stored: {failure}"


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """Run each benchmark for every network, and for every kernel that can compute it."""
    mark = metafunc.definition.get_closest_marker("operation")
    if mark is None:
        return
    asked = metafunc.config.stash[NETWORKS]
    if "kernel" not in metafunc.fixturenames:
        metafunc.parametrize("network", asked, ids=[f"floor-{name(one)}" for one in asked])
        return
    (operation,) = mark.args
    metafunc.parametrize(("kernel", "network"), cases(operation, asked))


def pytest_benchmark_update_machine_info(machine_info: dict[str, Any]) -> None:
    """Record processor, versions and thread settings, and no host name."""
    machine_info.clear()
    machine_info.update(environment())


def pytest_benchmark_update_commit_info(commit_info: dict[str, Any]) -> None:
    """Record the commit, and no path."""
    for field in set(commit_info) - set(COMMIT_FIELDS):
        del commit_info[field]


def pytest_sessionfinish(session: pytest.Session) -> None:
    """Store the times as the rows of the run, also those of an interrupted session."""
    run = session.config.stash.get(RUN, None)
    if run is not None:
        timed = [one for one in session.config._benchmarksession.benchmarks if one.stats.data]  # type: ignore[attr-defined]
        interrupted = session.exitstatus == pytest.ExitCode.INTERRUPTED
        try:
            run.add(row(one) for one in timed if "kernel" in one.extra_info)
            # without rows there is nothing to keep
            run.finish(INTERRUPTED if interrupted else COMPLETE if run.rows else FAILED)
        except OSError as failure:  # no time is lost: the table is still printed
            session.config.stash[UNSTORED] = f"the rows could not be stored: {failure}"
    if UNSTORED in session.config.stash:
        session.exitstatus = pytest.ExitCode.TESTS_FAILED


@pytest.hookimpl(trylast=True)
def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Say, after the table, that its rows could not be stored."""
    if reason := terminalreporter.config.stash.get(UNSTORED, ""):
        terminalreporter.write_line(f"error: {reason}", red=True)


def row(benchmark: Any) -> rows.Row:
    """The result row of a benchmark."""
    info = benchmark.extra_info
    ns = np.array(benchmark.stats.data) * 1e9
    return rows.Row(
        quantity="time",
        **{key: info[key] for key in FIELDS},
        **rows.interval_fields(statistics.median(ns), "ns"),
        samples=len(ns),
        calls_per_sample=benchmark.iterations,
    )


@pytest.fixture(autouse=True, scope="session")
def _one_thread() -> Any:
    """Limit BLAS to one thread for the whole suite, so that no plan has to do so in its calls."""
    with threadpool_limits(1, user_api="blas"):
        yield
