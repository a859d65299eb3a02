"""The barrier at which generated code waits for its other threads."""

from __future__ import annotations

import ctypes
import os
import threading
from collections.abc import Callable
from typing import Any

import pytest

from kernels.codegen.emit import barrier
from kernels.codegen.llvm.writing import index
from kernels.support import team
from tests.kernels.codegen.emitting import compiled, writer
from tests.running import python

HANGS = 60.0
"""Seconds after which a test gives up waiting for a thread or process."""


def waiting(threads: int) -> Callable[[Any], bool]:
    """Return compiled code that waits for so many threads; it needs no interpreter lock."""
    v = writer("float64")
    return compiled(
        lambda v, shared: barrier.meet(v, shared, index(threads)),
        v,
        "int64",
        result=ctypes.c_bool,
    )


@pytest.mark.parametrize("threads", [1, 3])
def test_the_barrier_waits_for_all_threads(threads: int) -> None:
    """No thread goes on before all others have arrived as often as it has."""
    wait, shared = waiting(threads), barrier.meeting()
    arrived = [0] * threads
    behind: list[int] = []
    found: dict[int, bool] = {}

    def work(rank: int) -> None:
        for turn in range(1, 1001):
            arrived[rank] = turn
            found[rank] = wait(shared)
            if min(arrived) < turn:
                behind.append(turn)

    team.run(work, threads)
    assert found == dict.fromkeys(range(threads), True)
    assert not behind
    # a thread on its own meets nobody
    assert shared[barrier.ARRIVALS] == (1000 * threads if threads > 1 else 0)


def test_waiting_can_be_called_off() -> None:
    wait, shared = waiting(2), barrier.meeting()
    found: list[bool] = []
    helper = threading.Thread(target=lambda: found.append(wait(shared)))
    helper.start()
    barrier.call_off(shared)
    helper.join(HANGS)
    assert not helper.is_alive()
    assert found == [False]


@pytest.mark.skipif(os.name != "posix", reason="threads sleep by POSIX's usleep")
def test_a_long_wait_at_the_barrier_sleeps() -> None:
    """The thread gives up its core again and again, which it never does while it only checks."""
    code = (
        "import resource, threading, time\n"
        "from kernels.codegen.emit import barrier\n"
        "from tests.kernels.codegen.emit.test_barrier import waiting\n"
        "wait, shared = waiting(2), barrier.meeting()\n"
        "helper = threading.Thread(target=wait, args=(shared,))\n"
        "sleeps = lambda: resource.getrusage(resource.RUSAGE_SELF).ru_nvcsw\n"
        "before = sleeps()\n"
        "helper.start(); time.sleep(0.8); wait(shared); helper.join()\n"
        "print(sleeps() - before)\n"
    )
    result = python("-c", code)
    assert int(result.stdout) >= 50, result.stderr
