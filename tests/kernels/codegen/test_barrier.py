"""The barrier at which generated code waits for its other threads."""

from __future__ import annotations

import threading
from typing import Any

from kernels.codegen import barrier
from kernels.support import team
from tests.running import python

HANGS = 60.0
"""Seconds after which a test gives up waiting for a thread or process."""


def test_the_barrier_waits_for_all_threads_and_can_be_aborted() -> None:
    from numba import njit, types

    @njit(types.boolean(types.Array(types.int64, 1, "C"), types.intp), nogil=True)
    def wait(shared: Any, threads: int) -> Any:
        return barrier.meet(shared, threads)

    shared = barrier.meeting()
    found: dict[int, bool] = {}

    def work(rank: int) -> None:
        for _ in range(1000):
            found[rank] = bool(wait(shared, 3))

    team.run(work, 3)
    assert found == {0: True, 1: True, 2: True}
    assert shared[barrier.ARRIVALS] == 3000

    helper = threading.Thread(target=lambda: found.update({9: bool(wait(shared, 2))}))
    helper.start()
    barrier.call_off(shared)
    helper.join(HANGS)
    assert not helper.is_alive()
    assert found[9] is False


def test_a_long_wait_at_the_barrier_sleeps() -> None:
    """The process must use much less processor time than wall time while it waits."""
    code = (
        "import threading, time, numpy as np\n"
        "from numba import njit, types\n"
        "from kernels.codegen import barrier\n"
        "kind = types.boolean(types.Array(types.int64, 1, 'C'), types.intp)\n"
        "wait = njit(kind, nogil=True)(lambda shared, threads: barrier.meet(shared, threads))\n"
        "shared = barrier.meeting()\n"
        "helper = threading.Thread(target=wait, args=(shared, 2))\n"
        "before = time.process_time()\n"
        "helper.start(); time.sleep(0.8); wait(shared, 2); helper.join()\n"
        "print(time.process_time() - before)\n"
    )
    result = python("-c", code)
    assert float(result.stdout) < 0.4, result.stderr
