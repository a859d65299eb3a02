"""Contenders in processes of their own, driven over a pipe in lines of JSON.

A process of its own per contender removes what one library does to another's threads, memory and
imports. Its environment is set before it starts, since most libraries read the number of threads
when they are imported; with one thread it is bound to one core as well, which every library obeys.
Peers may live in a virtual environment of their own: `.venv-*` beside the checkout's `.venv`.
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
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import kernels
from benchmarks.measure.environment import ROOT, THREAD_VARIABLES

START_SECONDS = 300.0
"""How long a contender may take until it is ready: compilers among them are slow."""
ANSWER_SECONDS = 60.0


@dataclass(frozen=True)
class Task:
    """What every contender of a sitting is to do."""

    sizes: tuple[int, ...]
    operation: str
    rows: int
    dtype: str = "float64"
    threads: int = 1
    iterations: int = 1
    alpha: float = 0.25
    quiet: bool = True
    """Whether samples wait for quiet moments (`measure.quiet`) or are taken at once."""
    serving: dict[str, Any] | None = None
    """What is served (`experiments.serving`), where it is not a workload that is computed."""


@dataclass(frozen=True)
class Contender:
    """A kernel, or a copy of it that makes some percent more calls than are counted."""

    kernel: str
    slower_percent: float = 0.0
    name: str = ""

    @property
    def label(self) -> str:
        """What it is called in results."""
        return self.name or self.kernel


class ContenderError(RuntimeError):
    """A contender cannot be timed; `state` says in a word why, the message in a line."""

    def __init__(self, state: str, reason: str) -> None:
        super().__init__(reason)
        self.state = state


@functools.cache
def interpreters() -> dict[str, Path | None]:
    """For every kernel the Python that has what it needs: this one, or that of a `.venv-*`."""
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
        for name in told(result.stdout) if result.returncode == 0 else ():
            found[name] = found.get(name) or python
    return found


def told(output: str) -> list[str]:
    """The names in an interpreter's last line; what packages print while they start is above it."""
    try:
        names = json.loads(output.splitlines()[-1])
    except (ValueError, IndexError):
        return []
    return [name for name in names if isinstance(name, str)]


class Process:
    """A contender's process.

    Raises ContenderError from any method if the process is not there, is wrong, or hangs.
    """

    def __init__(
        self, contender: Contender, task: Task, core: int | None = None, cache: str | None = None
    ) -> None:
        self.kernel = contender.kernel
        python = interpreters().get(contender.kernel, Path(sys.executable))
        if python is None:
            raise ContenderError("missing", kernels.missing(contender.kernel) or "")
        self._errors = tempfile.TemporaryFile()  # noqa: SIM115  # closed with the process
        self._process = subprocess.Popen(
            [str(python), "-m", "benchmarks.measure.worker"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=self._errors,
            cwd=ROOT,
            env=os.environ | thread_limits(task.threads) | hash_seed() | caches(cache),
            start_new_session=True,  # Ctrl-C is for the parent alone
        )
        if core is not None and task.threads == 1 and hasattr(os, "sched_setaffinity"):
            with contextlib.suppress(OSError):
                os.sched_setaffinity(self._process.pid, {core})
        self._buffer = b""
        self._deadline = time.monotonic() + START_SECONDS
        self._send(asdict(task) | asdict(contender))

    def ready(self) -> dict[str, Any]:
        """Wait until it is; what it found out about itself."""
        facts: dict[str, Any] = self._receive(self._deadline - time.monotonic())
        del facts["state"]
        return facts

    def sample(self) -> tuple[float, bool]:
        """The time of a call in nanoseconds, and whether it is one of a quiet moment."""
        self._send({})
        answer = self._receive(ANSWER_SECONDS)
        return answer["ns"], answer["quiet"]

    def close(self) -> None:
        """End the process."""
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.killpg(self._process.pid, signal.SIGKILL)
        self._process.wait()
        for stream in (self._process.stdin, self._process.stdout, self._errors):
            with contextlib.suppress(OSError):
                stream.close()  # type: ignore[union-attr]

    def _send(self, content: dict[str, Any]) -> None:
        assert self._process.stdin is not None
        try:
            self._process.stdin.write(json.dumps(content).encode() + b"\n")
            self._process.stdin.flush()
        except OSError:
            raise self._crashed() from None

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
    """Environment variables from which libraries take their number of threads."""
    limits = {name: str(threads) for name in THREAD_VARIABLES if name.endswith("_THREADS")}
    limits["TF_CPP_MIN_LOG_LEVEL"] = "3"  # its remarks are none of a worker's answers
    single = "false" if threads == 1 else "true"
    return limits | {
        "XLA_FLAGS": f"--xla_cpu_multi_thread_eigen={single}",
        "JAX_PLATFORMS": "cpu",
    }


def caches(folder: str | None) -> dict[str, str]:
    """Where Numba and PyTorch keep compiled code, if not where they usually do."""
    names = ("NUMBA_CACHE_DIR", "TORCHINDUCTOR_CACHE_DIR")
    return dict.fromkeys(names, folder) if folder else {}


def hash_seed() -> dict[str, str]:
    """A random order of sets and dictionaries' insides: one seed for all would favour somebody."""
    return {"PYTHONHASHSEED": str(random.randrange(2**32))}
