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


@pytest.mark.parametrize("begins", ["never", "before", "after"])
def test_ctrl_c_while_a_thread_is_started_leaves_none_at_work(
    begins: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The new thread begins before or after the caller stops waiting, or never."""
    made, calls, aborted = [], [], threading.Event()

    def start(worker: team.Worker) -> None:
        made.append(worker)
        if begins == "before":
            threading.Thread.start(worker)
        raise KeyboardInterrupt

    def work(rank: int) -> None:
        assert aborted.wait(HANGS)
        calls.append(rank)

    monkeypatch.setattr(team.Worker, "start", start)
    with pytest.raises(KeyboardInterrupt):
        team.run(work, 3, aborted.set)
    (worker,) = made
    if begins == "after":
        threading.Thread.start(worker)
        worker.wait()  # as a caller does that was interrupted while waiting
    assert calls == ([1] if begins == "before" else [])
    assert worker.exception is None
    assert threading.active_count() == 1


def test_a_team_makes_every_call() -> None:
    for in_background in (False, True):
        calls: list[int] = []
        team.run(calls.append, 5, in_background=in_background)
        assert sorted(calls) == list(range(5))
