"""Python's calls of generated C functions: an extension module, compiled once for all networks.

Its source, `binding.c`, is what a C programmer writes with the headers of Python and NumPy.
"""

from __future__ import annotations

import functools
import importlib.util
import sysconfig
import tempfile
from importlib.machinery import ExtensionFileLoader
from pathlib import Path
from types import ModuleType
from typing import Any

import numpy as np

from kernels.c import compiler
from kernels.c.compiler import C, Language

SOURCE = Path(__file__).with_suffix(".c")
FLAGS = ("-std=c11", "-O3", "-march=native")
ENTRIES = ("forward", "forward_batch", "gradient")
"""The operations that it has entries for, in the order of `binding.c`."""


def missing(language: Language = C) -> str | None:
    """Reason why no extension module can be compiled here, or None."""
    headers = Path(sysconfig.get_path("include"), "Python.h")
    if not headers.is_file():
        return "Python.h is not installed (a system's package of it is called python3-dev)"
    return compiler.missing(language)


@functools.cache
def module() -> Any:
    """The extension module; raises as `compiler.library` does."""
    headers = (sysconfig.get_path("include"), np.get_include())
    code = compiler.shared_object(compiler.command(), SOURCE.read_text(), FLAGS, headers)
    return extension("binding", code)


def extension(name: str, code: bytes) -> ModuleType:
    """The extension module of this name that a shared library holds."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, f"{name}.so")
        path.write_bytes(code)
        loader = ExtensionFileLoader(name, str(path))
        spec = importlib.util.spec_from_file_location(name, path, loader=loader)
        assert spec is not None
        found = importlib.util.module_from_spec(spec)
        loader.exec_module(found)
    return found
