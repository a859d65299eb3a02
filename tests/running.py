"""Run commands in this process, and Python in processes of its own, as users do."""

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
    """A command's exit status and output, with the names of `subprocess.CompletedProcess`."""

    returncode: int
    stdout: str
    stderr: str


def called(main: Callable[[], int], arguments: Iterable[str]) -> Outcome:
    """Call `main` in this process with a command line, and return its status and output."""
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
    """Run `python -m benchmarks ...` in this process, which saves a second or two of start-up."""
    from benchmarks.__main__ import main

    return called(main, arguments)


@contextlib.contextmanager
def started(*arguments: str, **environment: str) -> Iterator[subprocess.Popen[str]]:
    """Start Python in a process that runs during the block and is killed at its end.

    The process handles Ctrl-C, even if the tests run in the background, where a shell lets them and
    the processes they start ignore it.
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
    """Run Python in a process of its own, without the variables of pytest-xdist."""
    alone = {name: value for name, value in os.environ.items() if "XDIST" not in name}
    return subprocess.run(
        [sys.executable, *arguments],
        capture_output=True,
        text=True,
        check=False,
        cwd=cwd,
        env=alone | environment,
    )
