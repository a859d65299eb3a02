"""Contenders, each in a process of its own, driven over a pipe in lines of JSON.

Separate processes keep one library from changing another's threads, memory and imports. The
environment is set before a process starts, since most libraries read the number of threads when
they are imported; with one thread the process is bound to one core as well, which every library
obeys. Peers may live in virtual environments of their own: `.venv-*` beside the checkout's `.venv`.
"""

from __future__ import annotations

import contextlib
import functools
import json
import os
import random
import select
import signal
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import kernels
from benchmarks.measure import caches
from benchmarks.measure.environment import ROOT, THREAD_VARIABLES
from benchmarks.measure.question import AnyQuestion
from kernels.errors import not_offered_network

START_SECONDS = 300.0
"""The longest that a contender may take to become ready: some compile for minutes."""
ANSWER_SECONDS = 60.0
"""The longest that a contender may take over a sample."""


@dataclass(frozen=True)
class Contender:
    """A kernel that takes part in a sitting.

    Parameters
    ----------
    kernel : name of the kernel
    slower_percent : percentage of additional, uncounted calls: a copy slower by a known amount
    name : the contender's name in results, if it is not the kernel's
    """

    kernel: str
    slower_percent: float = 0.0
    name: str = ""

    @property
    def label(self) -> str:
        """The contender's name in results."""
        return self.name or self.kernel


class ContenderError(RuntimeError):
    """Failure of a contender that cannot be timed: `state` is the reason in a word."""

    def __init__(self, state: str, reason: str) -> None:
        super().__init__(reason)
        self.state = state


@functools.cache
def interpreters() -> dict[str, Path | None]:
    """The Python that has each kernel's packages: this one, that of a `.venv-*`, or None."""
    code = (
        "import json, kernels; "
        "print(json.dumps([n for n in kernels.names() if kernels.is_installed(n)]))"
    )
    found: dict[str, Path | None] = {
        name: Path(sys.executable) if kernels.is_installed(name) else None
        for name in kernels.names()
    }
    for folder in sorted(ROOT.glob(".venv-*")):
        python = folder / "bin" / "python"
        if None not in found.values() or not python.exists():
            continue
        result = subprocess.run(
            [str(python), "-c", code], capture_output=True, text=True, check=False, cwd=ROOT
        )
        for name in listed_names(result.stdout) if result.returncode == 0 else ():
            found[name] = found.get(name) or python
    return found


def listed_names(output: str) -> list[str]:
    """The kernels in the last line of an interpreter's output; packages may print lines above."""
    try:
        names = json.loads(output.splitlines()[-1])
    except (ValueError, IndexError):
        return []
    return [name for name in names if isinstance(name, str)]


def lacking(kernel: str, question: AnyQuestion) -> tuple[str, str]:
    """Why a kernel that is not installed cannot answer: installing it may not be enough."""
    what = getattr(question, "architecture", None)
    with contextlib.suppress(ImportError):  # of a package that is broken
        found = kernels.find(kernel)
        if what is not None and not found.offers(what, question.dtype):
            return "not offered", str(not_offered_network(what, question.dtype, found))
    return "missing", kernels.missing(kernel) or ""


class Process:
    """A contender's process (`benchmarks.measure.worker`).

    Parameters
    ----------
    contender, question : what is timed
    core : the core to bind the process to, if it has one thread; None leaves that to the system
    cache : the folder of all compilers' caches; None for the usual ones
    quiet : take samples at quiet moments of the machine (`measure.quiet`); False: at once

    Every method raises ContenderError if the kernel is missing or wrong, or the process crashed or
    hangs.
    """

    def __init__(
        self,
        contender: Contender,
        question: AnyQuestion,
        core: int | None = None,
        cache: str | None = None,
        quiet: bool = True,
    ) -> None:
        self.kernel = contender.kernel
        python = interpreters().get(contender.kernel, Path(sys.executable))
        if python is None:
            raise ContenderError(*lacking(contender.kernel, question))
        self._errors = tempfile.TemporaryFile()  # noqa: SIM115  # closed with the process
        self._process = subprocess.Popen(
            [str(python), "-m", "benchmarks.measure.worker"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=self._errors,
            cwd=ROOT,
            env=os.environ
            | thread_limits(question.threads)
            | hash_seed()
            | caches.in_folder(cache),
            start_new_session=True,  # Ctrl-C is for the parent alone
        )
        if core is not None and question.threads == 1 and hasattr(os, "sched_setaffinity"):
            with contextlib.suppress(OSError):
                os.sched_setaffinity(self._process.pid, {core})
        self._buffer = b""
        self._deadline = time.monotonic() + START_SECONDS
        self._send({
            "question": question.encoded(),
            "kernel": contender.kernel,
            "slower_percent": contender.slower_percent,
            "quiet": quiet,
        })  # fmt: skip

    def ready(self) -> dict[str, Any]:
        """Wait until the process is ready; return the facts it reports (`worker.Facts`)."""
        facts: dict[str, Any] = self._receive(self._deadline - time.monotonic())
        del facts["state"]
        return facts

    def sample(self) -> tuple[float, bool]:
        """Take a sample: nanoseconds per call, and True if the machine was quiet meanwhile."""
        self._send({})
        answer = self._receive(ANSWER_SECONDS)
        return answer["ns"], answer["quiet"]

    def close(self) -> None:
        """Kill the process and those it started."""
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.killpg(self._process.pid, signal.SIGKILL)
        self._process.wait()
        for stream in (self._process.stdin, self._process.stdout, self._errors):
            with contextlib.suppress(OSError):
                stream.close()  # type: ignore[union-attr]

    def _send(self, content: dict[str, Any]) -> None:
        assert self._process.stdin is not None
        with contextlib.suppress(OSError):  # of a process that ended, `_receive` tells how
            self._process.stdin.write(json.dumps(content).encode() + b"\n")
            self._process.stdin.flush()

    def _receive(self, seconds: float) -> Any:
        assert self._process.stdout is not None
        pipe = self._process.stdout.fileno()
        end = time.monotonic() + seconds
        while b"\n" not in self._buffer:
            if not select.select([pipe], [], [], max(0.0, end - time.monotonic()))[0]:
                raise ContenderError("hung", f"no answer for {seconds:.0f} s")
            received = os.read(pipe, 1 << 16)
            if not received:
                raise self._crashed()
            self._buffer += received
        line, self._buffer = self._buffer.split(b"\n", 1)
        content = json.loads(line)
        if content.get("state", "ready") != "ready":
            raise ContenderError(content["state"], content["reason"])
        return content

    def _crashed(self) -> ContenderError:
        status = self._process.wait()
        self._errors.seek(0)
        lines = self._errors.read().decode(errors="replace").strip().splitlines() or [""]
        how = signal.Signals(-status).name if status < 0 else f"status {status}"
        return ContenderError("crashed", f"ended with {how}: {lines[-1][:200]}".rstrip(": "))


def thread_limits(threads: int) -> dict[str, str]:
    """Environment variables that give libraries this number of threads."""
    limits = {name: str(threads) for name in THREAD_VARIABLES if name.endswith("_THREADS")}
    limits["TF_CPP_MIN_LOG_LEVEL"] = "3"  # its messages would look like answers
    single = "false" if threads == 1 else "true"
    return limits | {
        "XLA_FLAGS": f"--xla_cpu_multi_thread_eigen={single}",
        "JAX_PLATFORMS": "cpu",
    }


def hash_seed() -> dict[str, str]:
    """A random order of Python's sets, since a fixed one would favour some contender."""
    return {"PYTHONHASHSEED": str(random.randrange(2**32))}
