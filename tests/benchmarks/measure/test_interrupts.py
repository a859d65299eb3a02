"""Ctrl-C is held back where it would leave something half done."""

from __future__ import annotations

import signal
import sys
from collections.abc import Iterator

import pytest

from benchmarks.measure import interrupts


@pytest.fixture(autouse=True)
def handler() -> Iterator[None]:
    """Python's own handler: a shell makes what it starts in the background ignore Ctrl-C."""
    former = signal.signal(signal.SIGINT, signal.default_int_handler)
    yield
    signal.signal(signal.SIGINT, former)


def test_ctrl_c_is_raised_after_the_block_which_ends_first() -> None:
    done = []

    def work() -> None:
        with interrupts.held():
            signal.raise_signal(signal.SIGINT)
            done.append("all")

    with pytest.raises(KeyboardInterrupt):
        work()
    assert done == ["all"]
    assert signal.getsignal(signal.SIGINT) is signal.default_int_handler


def test_ctrl_c_that_is_ignored_stays_ignored() -> None:
    former = signal.signal(signal.SIGINT, signal.SIG_IGN)
    try:
        with interrupts.held():
            signal.raise_signal(signal.SIGINT)
    finally:
        signal.signal(signal.SIGINT, former)


def test_an_exception_in_the_block_is_the_one_that_is_told() -> None:
    def work() -> None:
        with interrupts.held():
            signal.raise_signal(signal.SIGINT)
            raise ValueError("its own")

    with pytest.raises(ValueError, match="its own"):
        work()


def test_a_program_ends_by_itself_after_ctrl_c() -> None:
    code = "import os, signal; os.kill(os.getppid(), signal.SIGINT); raise SystemExit(7)"
    assert interrupts.run([sys.executable, "-c", code]) == 7
