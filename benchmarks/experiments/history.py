"""asv's history: timing of the commits that have no results yet.

Commits that changed nothing in `kernels` are left out; asv's own `NEW` would time them too, for
minutes each.
"""

from __future__ import annotations

import subprocess
import sys
import tempfile
from contextlib import suppress
from pathlib import Path

from benchmarks.measure import machines
from benchmarks.measure.environment import ROOT, machine
from benchmarks.measure.errors import FailedError
from benchmarks.measure.fields import UNKNOWN
from benchmarks.measure.rows import RECORDED

TIMED = "kernels"
"""The folder that a commit must change to be timed."""
MINUTES_PER_COMMIT = 9


def machine_name() -> str:
    """The machine's name in the results: its processor, not its host name."""
    return machines.name(machine())


def register() -> str:
    """Describe this machine to asv, and return its name in the results."""
    found, name = machine(), machine_name()
    parts = (found[f"processor_{part}"] for part in ("vendor", "family", "model"))
    family = "-".join(str(part) for part in parts if part not in (None, UNKNOWN))
    fields = {
        "machine": name,
        "os": found["system"],
        # asv stores only what differs from its own guess
        "arch": f"{found['system'].split()[-1]}, {found['vector_instructions']}",
        "cpu": f"{found['processor']} ({family})",
        "num_cpu": f"{found['cores']} cores",
        "ram": f"{found['memory_gib']} GiB",
    }
    asv("machine", "--yes", *(f"--{key}={value}" for key, value in fields.items()))
    return name


def asv(*arguments: str) -> None:
    """Run asv in the root of the checkout.

    Raises FailedError if it fails.
    """
    status = subprocess.run([sys.executable, "-m", "asv", *arguments], cwd=ROOT, check=False)
    # 2: a benchmark failed, which asv has shown and recorded
    if status.returncode not in (0, 2):
        raise FailedError(f"asv {arguments[0]} ended with status {status.returncode}")


def lacking(name: str, results: Path = RECORDED) -> list[str]:
    """The commits, oldest first, that changed `kernels` and have no results of this machine."""
    listed = subprocess.run(
        ["git", "-C", str(ROOT), "log", "--first-parent", "--reverse", "--format=%H", "--", TIMED],
        capture_output=True,
        text=True,
        check=True,
    ).stdout.split()
    recorded = {path.name.split("-")[0] for path in (results / name).glob("*-*.json")}
    return [commit for commit in listed if not commit.startswith(tuple(recorded or {"-"}))]


def preview(port: int) -> None:
    """Serve the pages on loopback until Ctrl-C."""
    with suppress(KeyboardInterrupt):
        asv("preview", f"--port={port}")


def record(name: str, commits: list[str]) -> None:
    """Let asv build and time these commits, each from its own wheel."""
    with tempfile.NamedTemporaryFile("w", suffix=".txt") as file:
        file.write("\n".join(commits) + "\n")
        file.flush()
        asv("run", f"HASHFILE:{file.name}", f"--machine={name}", "--show-stderr")
