"""The environment of a run: machine, versions, thread settings, commit.

It contains no host name, user name or path, because results are committed and shared.
"""

from __future__ import annotations

import datetime
import functools
import importlib.metadata
import platform
import re
import subprocess
from pathlib import Path
from typing import Any

from benchmarks.measure import fields, private

ROOT = Path(__file__).resolve().parents[2]
THREAD_VARIABLES = (
    "OMP_NUM_THREADS",
    "OPENBLAS_NUM_THREADS",
    "MKL_NUM_THREADS",
    "NUMBA_NUM_THREADS",
    "TF_NUM_INTRAOP_THREADS",
    "TF_NUM_INTEROP_THREADS",
    "NUMBA_CPU_NAME",
    "NUMBA_CPU_FEATURES",
)
PACKAGES = ("numpy", "numba", "llvmlite", "scikit-learn")


def environment(threads: int = 1) -> dict[str, Any]:
    """All columns of `fields.ENVIRONMENT` as they are now, for a run with this many threads."""
    return {
        **machine(),
        **versions(),
        **settings(threads),
        "commit": commit(),
        "date": datetime.datetime.now(datetime.UTC).strftime("%Y-%m-%d"),
    }


@functools.cache
def machine() -> dict[str, Any]:
    """The machine's identity: processor, microcode, cores, memory and operating system.

    The columns of `fields.MACHINE`. What this system does not tell is "unknown" or None: macOS and
    Arm have no microcode revision to read, Arm neither family nor model.
    """
    import cpuinfo
    import psutil

    cpu = cpuinfo.get_cpu_info()
    flags = set(cpu.get("flags", ()))
    vectors = [name for name in ("sse2", "avx2", "avx512f", "asimd", "sve") if name in flags]
    return {
        "processor": cpu.get("brand_raw") or platform.machine(),
        "processor_vendor": cpu.get("vendor_id_raw") or fields.UNKNOWN,
        "processor_family": whole(cpu.get("family")),
        "processor_model": whole(cpu.get("model")),
        "processor_stepping": whole(cpu.get("stepping")),
        "microcode": microcode(),
        "vector_instructions": vectors[-1] if vectors else fields.UNKNOWN,
        "cores": psutil.cpu_count(logical=True) or 1,
        "memory_gib": round(psutil.virtual_memory().total / 2**30),
        "system": f"{platform.system()} {platform.machine()}",
        "system_kernel": platform.release() or fields.UNKNOWN,
    }


def whole(value: Any) -> int | None:
    """A number that the system reports as a number or as text; None for anything else."""
    return int(value) if re.fullmatch(r"\d{1,9}", str(value)) else None


def microcode(information: Path = Path("/proc/cpuinfo")) -> str:
    """The revision of the first core's microcode, as "0x1000065"; "unknown" without one."""
    try:
        text = information.read_text(encoding="utf-8", errors="replace")
    except OSError:
        return fields.UNKNOWN
    found = re.search(r"^microcode\s*:\s*(\w+)$", text, re.MULTILINE)
    return found[1] if found else fields.UNKNOWN


@functools.cache
def versions() -> dict[str, str]:
    """Versions of Python, of the packages that compute, of llvmlite's LLVM and of NumPy's BLAS."""
    import llvmlite.binding

    found = {"python": platform.python_version()}
    for package in PACKAGES:
        try:
            found[package.replace("-", "_")] = importlib.metadata.version(package)
        except importlib.metadata.PackageNotFoundError:
            found[package.replace("-", "_")] = "not installed"
    found["llvm"] = ".".join(map(str, llvmlite.binding.llvm_version_info))
    return found | {"blas": blas()}


def blas() -> str:
    """NumPy's BLAS with its version and, where it chooses one, its kernels' architecture."""
    from kernels.support.blas import libraries, of_numpy

    found = of_numpy(libraries())
    if not found:
        return fields.UNKNOWN
    name = f"{found[0].internal_api} {found[0].version}"
    architecture = getattr(found[0], "architecture", None)
    return f"{name} ({architecture})" if architecture else name


def settings(threads: int) -> dict[str, Any]:
    """The threads of a run: those asked for, and those set by environment variables.

    BLAS's threads are not among them: a worker limits BLAS to the threads of its question.
    """
    return {"threads": threads, "thread_settings": thread_settings()}


def limit_blas(threads: int) -> None:
    """Set the threads of NumPy's BLAS for this process, so that no plan has to set them."""
    from threadpoolctl import threadpool_limits

    threadpool_limits(threads, user_api="blas")


def thread_settings() -> str:
    """The environment variables that set thread counts or processor features, as NAME=value.

    A value that is a path is left out.
    """
    import os

    return " ".join(
        f"{name}={private.without_path(os.environ[name])}"
        for name in THREAD_VARIABLES
        if name in os.environ
    )


@functools.cache
def commit() -> str:
    """The commit that is checked out, followed by `+` if files of `kernels` differ from it."""

    def git(*arguments: str) -> str:
        return subprocess.run(
            ["git", "-C", str(ROOT), *arguments], capture_output=True, text=True, check=True
        ).stdout.strip()

    try:
        changed = git("status", "--porcelain", "--untracked-files=no", "--", "kernels")
        return git("rev-parse", "--short=10", "HEAD") + ("+" if changed else "")
    except (OSError, subprocess.CalledProcessError):
        return "unknown"
