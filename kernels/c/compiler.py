"""The compilers of C and C++ of this machine: what they make of a source, kept on disk.

The flags are those of a C programmer who wants speed and knows the price: sums may be taken in any
order, but NaN and infinity keep their meaning. `-ffast-math` is not passed when linking: there it
adds code that makes denormal numbers zero in the whole process.
"""

from __future__ import annotations

import ctypes
import functools
import hashlib
import os
import re
import shlex
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

from kernels.codegen.llvm import cache


class Language(NamedTuple):
    """What tells one language's compilers from the other's."""

    name: str
    variable: str
    """The environment variable that names the compiler."""
    programs: tuple[str, ...]
    """Compilers by their usual names, the last for any other."""
    kind: str
    """The option -x of compilers."""
    probe: str
    """A source that needs the usual headers."""


C = Language("C", "CC", ("gcc", "clang", "cc"), "c", "#include <stddef.h>\n#include <tgmath.h>\n")
CPP = Language("C++", "CXX", ("g++", "clang++", "c++"), "c++", "#include <cmath>\n#include <new>\n")
FAST = (
    "-std=c99", "-O3", "-march=native", "-ffast-math", "-fno-finite-math-only",
    "-fno-semantic-interposition",
)  # fmt: skip
"""Flags for generated functions, which may be inlined into each other."""
NOT_AT_LINK = ("-Ofast", "-ffast-math", "-funsafe-math-optimizations")
"""Flags that change the whole process when they are passed to the linker, as options of CC are."""


def missing(language: Language = C) -> str | None:
    """Reason why nothing can be compiled here, or None."""
    if os.name != "posix":
        return "shared libraries are built for POSIX systems only"
    try:
        return refusal(command(language), language)
    except LookupError as error:
        return str(error)


@functools.cache
def refusal(compiler: tuple[str, ...], language: Language) -> str | None:
    """Why a compiler makes no library of the headers that are needed, in one line, or None.

    What it once made is kept as other libraries are: to ask again costs little.
    """
    try:
        shared_object(compiler, language.probe, ("-march=native",), language=language)
    except (OSError, RuntimeError) as error:
        return f"no {language.name} can be compiled: {' '.join(str(error).split())}"
    return None


def command(language: Language = C) -> tuple[str, ...]:
    """The compiler: what the environment variable CC or CXX says, or the first usual one.

    Raises LookupError if there is none.
    """
    chosen = os.environ.get(language.variable, "").strip()
    for name in [chosen] if chosen else language.programs:
        try:
            program, *options = shlex.split(name)
        except ValueError as error:
            raise LookupError(f"{language.variable}={chosen} cannot be read: {error}") from None
        if found := shutil.which(program):
            return found, *options
    if chosen:
        raise LookupError(f"{language.variable}={chosen} is not installed")
    usual = ", ".join(language.programs[:-1])
    raise LookupError(f"no {language.name} compiler ({usual}) is installed")


@functools.cache
def identity(compiler: tuple[str, ...]) -> str:
    """What the compiler defines by itself: its version and the processor's features."""
    return run([*compiler, "-march=native", "-dM", "-E", "-xc", "-"], "")


def version(language: Language = C) -> str:
    """The compiler with its version: `gcc 12.2.0`; raises LookupError if there is none."""
    found = command(language)
    told = re.search(r'__VERSION__ "(.*)"', identity(found))
    return f"{Path(found[0]).name} {told[1] if told else ''}".rstrip()


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
    compiler: tuple[str, ...],
    source: str,
    flags: Sequence[str],
    headers: Sequence[str] = (),
    language: Language = C,
    linked: Sequence[bytes] = (),
) -> bytes:
    """A shared library, from the cache or compiled; `linked` is object code that it needs."""
    digests = [hashlib.sha256(one).hexdigest() for one in linked]
    what = repr((compiler, identity(compiler), flags, headers, language.kind, digests, source))
    made = compiler, source, flags, headers, language, linked
    return cache.code(what, lambda: (compiled(*made), ()))[0]


def object_code(
    compiler: tuple[str, ...],
    source: str,
    flags: Sequence[str],
    headers: Sequence[str],
    language: Language,
) -> bytes:
    """Object code for libraries to be linked with, from the cache or compiled."""
    what = repr((compiler, identity(compiler), flags, headers, language.kind, "object", source))
    made = compiler, source, flags, headers, language
    return cache.code(what, lambda: (unlinked(*made), ()))[0]


def compiled(
    compiler: Sequence[str],
    source: str,
    flags: Sequence[str],
    headers: Sequence[str],
    language: Language = C,
    linked: Sequence[bytes] = (),
) -> bytes:
    """The bytes of a shared library that can be loaded."""
    with tempfile.TemporaryDirectory() as folder:
        parts = []
        for number, one in enumerate(
            [unlinked(compiler, source, flags, headers, language), *linked]
        ):
            parts.append(str(Path(folder, f"{number}.o")))
            Path(parts[-1]).write_bytes(one)
        library = str(Path(folder, "functions.so"))
        undefined = ["-undefined", "dynamic_lookup"] if sys.platform == "darwin" else []
        linker = [one for one in compiler if one not in NOT_AT_LINK]
        run([*linker, "-shared", *undefined, *parts, "-lm", "-o", library], "")
        try:
            ctypes.CDLL(library)
        except OSError as error:
            raise RuntimeError(
                f"{os.path.basename(compiler[0])} made no library: {error}"
            ) from None
        return Path(library).read_bytes()


def unlinked(
    compiler: Sequence[str],
    source: str,
    flags: Sequence[str],
    headers: Sequence[str],
    language: Language,
) -> bytes:
    """Object code that can become a part of a shared library."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, "functions.o")
        included = [f"-I{one}" for one in headers]
        given = ["-fPIC", "-c", f"-x{language.kind}", "-", "-o", str(path)]
        run([*compiler, *flags, *included, *given], source)
        return path.read_bytes()


def assembly(
    source: str, flags: Sequence[str], headers: Sequence[str] = (), language: Language = C
) -> str:
    """The machine code of a source, as text."""
    included = [f"-I{one}" for one in headers]
    given = ["-fPIC", "-S", f"-x{language.kind}", "-", "-o", "-"]
    return run([*command(language), *flags, *included, *given], source)


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
