"""Ctrl-C held back where it would leave a process behind, or a run half stored."""

from __future__ import annotations

import signal
import subprocess
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress

from benchmarks.measure.environment import ROOT

STATUS = 130
"""The exit status of a command that Ctrl-C ended."""


@contextmanager
def held() -> Iterator[None]:
    """Hold Ctrl-C back during the block; raise KeyboardInterrupt after it if it was pressed."""
    former = signal.getsignal(signal.SIGINT)
    if not callable(former) or threading.current_thread() is not threading.main_thread():
        yield  # Ctrl-C is ignored, or raises its exception elsewhere
        return
    pressed: list[int] = []
    signal.signal(signal.SIGINT, lambda number, _frame: pressed.append(number))
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, former)
    if pressed:
        raise KeyboardInterrupt


def run(command: Sequence[str]) -> int:
    """Run a program that ends by itself after Ctrl-C, and return its exit status."""
    process = subprocess.Popen(command, cwd=ROOT)
    while True:
        with suppress(KeyboardInterrupt):
            return process.wait()
