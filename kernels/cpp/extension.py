"""Extension modules of C++ with Eigen and nanobind: their headers, their build, and loading them.

nanobind's own sources are compiled once for all networks, and Eigen is headers alone. So a build
needs no project of CMake: two calls of a compiler and one of a linker, whose results are kept on
disk.
"""

from __future__ import annotations

import functools
import importlib
import os
import re
import shutil
import subprocess
import sys
import sysconfig
from pathlib import Path
from types import ModuleType

import numpy as np

from kernels.c import binding, compiler
from kernels.c.compiler import CPP

LIBRARY_FLAGS = (
    "-std=c++17", "-O3", "-fvisibility=hidden", "-fno-strict-aliasing", "-DNDEBUG",
    "-DNB_COMPACT_ASSERTIONS",
)  # fmt: skip
"""What nanobind's sources say of their own compilation."""
FLAGS = (
    "-std=c++17", "-O3", "-march=native", "-fno-math-errno", "-fno-trapping-math",
    "-fvisibility=hidden", "-fno-strict-aliasing", "-DNDEBUG", "-DNB_COMPACT_ASSERTIONS",
    # where Eigen takes memory for a product from: the stack of a thread may be small
    "-DEIGEN_STACK_ALLOCATION_LIMIT=16384",
)  # fmt: skip
"""Flags for networks; why -ffast-math is not among them, the peer `eigen` says."""


def missing() -> str | None:
    """Reason why nothing can be built here, or None."""
    try:
        eigen()
    except LookupError as error:
        return str(error)
    return binding.missing(CPP)


def eigen() -> str:
    """The folder of Eigen's headers: what EIGEN3_INCLUDE_DIR says, or the first of the usual ones.

    Raises LookupError if there is none.
    """
    if chosen := os.environ.get("EIGEN3_INCLUDE_DIR", "").strip():
        if Path(chosen, "Eigen", "Core").is_file():
            return chosen
        raise LookupError(f"EIGEN3_INCLUDE_DIR={chosen} has no Eigen/Core")
    for folder in places():
        if (folder / "Eigen" / "Core").is_file():
            return str(folder)
    raise LookupError(
        "Eigen's headers are not installed (the package cmeel-eigen has them, and a system's "
        "libeigen3-dev)"
    )


def version() -> str:
    """Eigen's version, which its headers define; raises as `eigen` does."""
    text = Path(eigen(), "Eigen", "src", "Core", "util", "Macros.h").read_text(encoding="utf-8")
    numbers = re.findall(r"#define EIGEN_(?:WORLD|MAJOR|MINOR)_VERSION (\d+)", text)
    return ".".join(numbers)


def places() -> list[Path]:
    """Where Eigen's headers usually are: in cmeel's packages, and where pkg-config says."""
    found = [Path(one, "cmeel.prefix/include/eigen3") for one in dict.fromkeys(sys.path) if one]
    if program := shutil.which("pkg-config"):
        result = subprocess.run(
            [program, "--cflags-only-I", "eigen3"], capture_output=True, text=True, check=False
        )
        found += [Path(one.removeprefix("-I")) for one in result.stdout.split()]
    return [*found, Path("/usr/include/eigen3"), Path("/usr/local/include/eigen3")]


def headers() -> tuple[str, ...]:
    """Folders of headers."""
    nanobind = importlib.import_module("nanobind")
    return nanobind.include_dir(), eigen(), sysconfig.get_path("include"), np.get_include()


@functools.cache
def library(command: tuple[str, ...]) -> bytes:
    """nanobind, as object code."""
    nanobind = importlib.import_module("nanobind")
    sources = Path(nanobind.source_dir())
    folders = *headers(), str(sources), str(sources.parent / "ext" / "robin_map" / "include")
    text = f'/* nanobind {nanobind.__version__} */\n#include "nb_combined.cpp"\n'
    return compiler.object_code(command, text, LIBRARY_FLAGS, folders, CPP)


def module(source: str) -> ModuleType:
    """The extension module `network` of a source: loaded before, from the cache, or compiled.

    Raises
    ------
    LookupError
        If there is no compiler, or no Eigen.
    RuntimeError
        If the compiler refuses the source; the message has what it says first.
    """
    return loaded(compiler.command(CPP), source)


@functools.cache
def loaded(command: tuple[str, ...], source: str) -> ModuleType:
    """`module`; nanobind registers a module's classes, so none may be loaded twice."""
    return binding.extension("network", code(command, source))


def code(command: tuple[str, ...], source: str) -> bytes:
    """A module's shared library, from the cache or compiled."""
    return compiler.shared_object(command, source, FLAGS, headers(), CPP, (library(command),))


def assembly(source: str) -> str:
    """The machine code of a source, as text."""
    return compiler.assembly(source, FLAGS, headers(), CPP)
