"""The C compiler of this machine: what it makes of a source, kept on disk.

The flags are those of a C programmer who wants speed and knows the price: sums may be taken in any
order, but NaN and infinity keep their meaning. `-ffast-math` is not passed when linking: there it
adds code that makes denormal numbers zero in the whole process.
"""

from __future__ import annotations

import ctypes
import functools
import os
import shlex
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path

from kernels.codegen.llvm import cache

COMPILERS = ("gcc", "clang", "cc")
FAST = (
    "-std=c99", "-O3", "-march=native", "-ffast-math", "-fno-finite-math-only",
    "-fno-semantic-interposition",
)  # fmt: skip
"""Flags for generated functions, which may be inlined into each other."""
NOT_AT_LINK = ("-Ofast", "-ffast-math", "-funsafe-math-optimizations")
"""Flags that change the whole process when they are passed to the linker, as options of CC are."""


def missing() -> str | None:
    """Reason why nothing can be compiled here, or None."""
    if os.name != "posix":
        return "shared libraries are built for POSIX systems only"
    try:
        return refusal(command())
    except LookupError as error:
        return str(error)


@functools.cache
def refusal(compiler: tuple[str, ...]) -> str | None:
    """Why a compiler makes no library of the headers that are needed, in one line, or None.

    What it once made is kept as other libraries are: to ask again costs little.
    """
    try:
        shared_object(compiler, "#include <stddef.h>\n#include <tgmath.h>\n", ("-march=native",))
    except (OSError, RuntimeError) as error:
        return f"no C can be compiled: {' '.join(str(error).split())}"
    return None


def command() -> tuple[str, ...]:
    """The compiler: what the environment variable CC says, or the first of `COMPILERS`.

    Raises LookupError if there is none.
    """
    chosen = os.environ.get("CC", "").strip()
    for name in [chosen] if chosen else COMPILERS:
        try:
            program, *options = shlex.split(name)
        except ValueError as error:
            raise LookupError(f"CC={chosen} cannot be read: {error}") from None
        if found := shutil.which(program):
            return found, *options
    raise LookupError(
        f"CC={chosen} is not installed" if chosen else "no C compiler (gcc, clang) is installed"
    )


@functools.cache
def identity(compiler: tuple[str, ...]) -> str:
    """What the compiler defines by itself: its version and the processor's features."""
    return run([*compiler, "-march=native", "-dM", "-E", "-xc", "-"], "")


def library(source: str, flags: Sequence[str], headers: Sequence[str] = ()) -> ctypes.CDLL:
    """The functions of a source: loaded before, taken from the cache, or compiled.

    Raises
    ------
    LookupError
        If there is no compiler.
    RuntimeError
        If it refuses the source; the message has what it says first.
    """
    return loaded(command(), source, tuple(flags), tuple(headers))


@functools.cache
def loaded(
    compiler: tuple[str, ...], source: str, flags: tuple[str, ...], headers: tuple[str, ...]
) -> ctypes.CDLL:
    """`library`; what a process has loaded it keeps, so nothing is loaded twice."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, "functions.so")
        path.write_bytes(shared_object(compiler, source, flags, headers))
        return ctypes.CDLL(str(path))


def shared_object(
    compiler: tuple[str, ...], source: str, flags: Sequence[str], headers: Sequence[str] = ()
) -> bytes:
    """A shared library, from the cache or compiled."""
    what = repr((compiler, identity(compiler), flags, headers, source))
    return cache.code(what, lambda: (compiled(compiler, source, flags, headers), ()))[0]


def compiled(
    compiler: Sequence[str], source: str, flags: Sequence[str], headers: Sequence[str]
) -> bytes:
    """The bytes of a shared library that can be loaded."""
    with tempfile.TemporaryDirectory() as folder:
        unlinked, linked = (str(Path(folder, f"functions.{end}")) for end in ("o", "so"))
        included = [f"-I{path}" for path in headers]
        run([*compiler, *flags, *included, "-fPIC", "-c", "-xc", "-", "-o", unlinked], source)
        undefined = ["-undefined", "dynamic_lookup"] if sys.platform == "darwin" else []
        linker = [one for one in compiler if one not in NOT_AT_LINK]
        run([*linker, "-shared", *undefined, unlinked, "-lm", "-o", linked], "")
        try:
            ctypes.CDLL(linked)
        except OSError as error:
            raise RuntimeError(
                f"{os.path.basename(compiler[0])} made no library: {error}"
            ) from None
        return Path(linked).read_bytes()


def assembly(source: str, flags: Sequence[str]) -> str:
    """The machine code of a source, as text."""
    return run([*command(), *flags, "-fPIC", "-S", "-xc", "-", "-o", "-"], source)


def run(arguments: Sequence[str], given: str) -> str:
    """What a compiler prints; raises RuntimeError with its first complaint."""
    result = subprocess.run(
        arguments, input=given, capture_output=True, text=True, errors="replace", check=False,
        env={**os.environ, "LC_ALL": "C"},
    )  # fmt: skip
    if result.returncode:
        complaints = [line for line in result.stderr.splitlines() if "error" in line]
        first = (complaints or result.stderr.splitlines() or ["no message"])[0]
        raise RuntimeError(f"{os.path.basename(arguments[0])} failed: {first}")
    return result.stdout
