"""Compiling C in tests: strictly, and without flags that change results."""

from __future__ import annotations

import ctypes
import subprocess
from pathlib import Path

import pytest

from kernels.c import compiler

STRICT = ("-std=c99", "-pedantic", "-Wall", "-Wextra", "-Werror", "-O2")
NEEDS_COMPILER = pytest.mark.skipif(
    compiler.missing() is not None, reason=compiler.missing() or "there is a compiler"
)


def built(path: Path, *flags: str) -> ctypes.CDLL:
    """A C file's functions; raises AssertionError with the compiler's warnings."""
    library = path.with_suffix(".so")
    command = [*compiler.command(), *STRICT, *flags, "-fPIC", "-shared", str(path), "-lm"]
    result = subprocess.run(
        [*command, "-o", str(library)], capture_output=True, text=True, check=False
    )
    assert result.returncode == 0, result.stderr
    return ctypes.CDLL(str(library))
