"""What a result depends on besides the code: processor, versions, thread settings, commit.

No host name, user name or path is among it: results are committed and compared across machines.
"""

from __future__ import annotations

import datetime
import functools
import importlib.metadata
import platform
import subprocess
from pathlib import Path
from typing import Any

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
    """One flat dictionary, the same columns in every row of a run."""
    return {
        **machine(),
        **versions(),
        **blas(),
        "threads": threads,
        "thread_settings": thread_settings(),
        "commit": commit(),
        "date": datetime.datetime.now(datetime.UTC).strftime("%Y-%m-%d"),
    }


@functools.cache
def machine() -> dict[str, Any]:
    """Processor, cores, memory and operating system."""
    import cpuinfo
    import psutil

    cpu = cpuinfo.get_cpu_info()
    flags = set(cpu.get("flags", ()))
    vectors = [name for name in ("sse2", "avx2", "avx512f", "asimd", "sve") if name in flags]
    return {
        "processor": cpu.get("brand_raw", platform.machine()),
        "processor_family": "-".join(
            str(cpu[key]) for key in ("vendor_id_raw", "family", "model") if key in cpu
        ),
        "vector_instructions": vectors[-1] if vectors else "unknown",
        "cores": psutil.cpu_count(logical=True) or 1,
        "memory_gib": round(psutil.virtual_memory().total / 2**30),
        "system": f"{platform.system()} {platform.machine()}",
    }


@functools.cache
def versions() -> dict[str, str]:
    """Python, the packages that compute, and Numba's LLVM."""
    import llvmlite.binding

    found = {"python": platform.python_version()}
    for package in PACKAGES:
        try:
            found[package.replace("-", "_")] = importlib.metadata.version(package)
        except importlib.metadata.PackageNotFoundError:
            found[package.replace("-", "_")] = "not installed"
    found["llvm"] = ".".join(map(str, llvmlite.binding.llvm_version_info))
    return found


def blas() -> dict[str, Any]:
    """Which BLAS NumPy uses, and with how many threads."""
    from kernels.support.blas import libraries, of_numpy

    loaded = libraries()
    if not loaded:
        return {"blas": "unknown", "blas_threads": None}
    own = of_numpy(loaded)[0]
    name = f"{own.internal_api} {own.version}"
    architecture = getattr(own, "architecture", None)
    return {
        "blas": f"{name} ({architecture})" if architecture else name,
        "blas_threads": max(library.num_threads for library in loaded),
    }


def limit_blas(threads: int) -> None:
    """Let NumPy's BLAS use this many threads from now on, so that no plan has to."""
    from threadpoolctl import threadpool_limits

    threadpool_limits(threads, user_api="blas")


def thread_settings() -> str:
    """The environment variables that libraries read their thread counts from, where set."""
    import os

    return " ".join(f"{name}={os.environ[name]}" for name in THREAD_VARIABLES if name in os.environ)


@functools.cache
def commit() -> str:
    """The commit that is checked out, with `+` behind it where the tree differs from it."""

    def git(*arguments: str) -> str:
        return subprocess.run(
            ["git", "-C", str(ROOT), *arguments], capture_output=True, text=True, check=True
        ).stdout.strip()

    try:
        changed = git("status", "--porcelain", "--untracked-files=no", "--", "kernels")
        return git("rev-parse", "--short=10", "HEAD") + ("+" if changed else "")
    except (OSError, subprocess.CalledProcessError):
        return "unknown"
