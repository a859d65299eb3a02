"""A team of threads: an exception in one ends all of them and reaches the caller."""

from __future__ import annotations

import threading

import pytest

from kernels.support import team

HANGS = 60.0
"""Seconds after which a test gives up waiting for a thread or process."""


@pytest.mark.parametrize("where", ["here", "there"])
def test_an_exception_in_one_thread_aborts_the_others_and_reaches_the_caller(where: str) -> None:
    off = threading.Event()

    def work(rank: int) -> None:
        if (rank == 0) == (where == "here"):
            raise LookupError(where)
        assert off.wait(HANGS)

    with pytest.raises(LookupError, match=where):
        team.run(work, 2, off.set)
    assert threading.active_count() == 1
