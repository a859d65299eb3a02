"""Running what users run: commands within this process, Python in a process of its own."""

from __future__ import annotations

import contextlib
import io
import os
import signal
import subprocess
import sys
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import NamedTuple
from unittest import mock

from benchmarks.measure.environment import ROOT


class Outcome(NamedTuple):
    """How a command ended, and what it wrote; named as in `subprocess.CompletedProcess`."""

    returncode: int
    stdout: str
    stderr: str


def called(main: Callable[[], int], arguments: Iterable[str]) -> Outcome:
    """What `main` writes and returns when called, in this process, with a command line."""
    out, err = io.StringIO(), io.StringIO()
    with (
        mock.patch.object(sys, "argv", ["command", *arguments]),
        contextlib.redirect_stdout(out),
        contextlib.redirect_stderr(err),
        contextlib.chdir(ROOT),
    ):
        status = main()
    return Outcome(status, out.getvalue(), err.getvalue())


def run(*arguments: str) -> Outcome:
    """`python -m benchmarks ...`, without the second or two that a process takes to start."""
    from benchmarks.__main__ import main

    return called(main, arguments)


@contextlib.contextmanager
def started(*arguments: str, **environment: str) -> Iterator[subprocess.Popen[str]]:
    """Python in a process that goes on meanwhile, hears Ctrl-C, and ends with the block.

    Whoever runs the tests in the background has them, and what they start, ignore Ctrl-C.
    """
    process = subprocess.Popen(
        [sys.executable, *arguments],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        cwd=ROOT,
        env=os.environ | environment,
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL),  # noqa: PLW1509
    )
    try:
        yield process
    finally:
        process.kill()
        process.communicate()


def python(
    *arguments: str, cwd: Path | str = ROOT, **environment: str
) -> subprocess.CompletedProcess[str]:
    """Python in a process of its own, as if these tests were not dealt out to several."""
    alone = {name: value for name, value in os.environ.items() if "XDIST" not in name}
    return subprocess.run(
        [sys.executable, *arguments],
        capture_output=True,
        text=True,
        check=False,
        cwd=cwd,
        env=alone | environment,
    )
