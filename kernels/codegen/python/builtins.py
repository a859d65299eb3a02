"""Compiled functions as builtin functions of Python, which nothing is faster to call."""

from __future__ import annotations

import ctypes
import functools
import inspect
from collections.abc import Callable
from typing import Any

from kernels.codegen.llvm.library import Library
from kernels.codegen.python import objects

FUNCTIONS = (
    "PyEval_RestoreThread",
    "PyEval_SaveThread",
    "PyFloat_FromDouble",
    "PyObject_Vectorcall",
    "PyType_GenericAlloc",
    "Py_DecRef",
    "Py_IncRef",
)
"""Functions of CPython that entries call."""
OBJECTS = {"_Py_NoneStruct": None, "_Py_TrueStruct": True, "_Py_FalseStruct": False}
"""Objects of CPython that entries return or compare with."""
FASTCALL, KEYWORDS = 0x80, 0x02
"""CPython's METH_FASTCALL and METH_KEYWORDS."""


class Definition(ctypes.Structure):
    """CPython's `PyMethodDef`: a builtin function's name, code, calling convention and text."""

    _fields_ = (
        ("name", ctypes.c_char_p),
        ("code", ctypes.c_void_p),
        ("flags", ctypes.c_int),
        ("text", ctypes.c_char_p),
    )


new_builtin: Any = ctypes.PYFUNCTYPE(
    ctypes.py_object, ctypes.c_void_p, ctypes.py_object, ctypes.c_void_p
)(("PyCFunction_NewEx", ctypes.pythonapi))
untrack: Any = ctypes.PYFUNCTYPE(None, ctypes.py_object)(("PyObject_GC_UnTrack", ctypes.pythonapi))


def builtin(
    library: Library, name: str, owner: Any, method: Callable[..., Any] | None = None
) -> Callable[..., Any]:
    """A builtin function with the code of `entry_name`.

    Parameters
    ----------
    library : has the code
    owner : the first argument of the code; it must hold the library, and refer to nothing that
        refers to it
    method : has the name, the signature and the documentation; without, it has the name alone
    """
    # A builtin reads its definition when it is freed. The garbage collector could clear the owner,
    # and free the library with the definition, before that; it must not look at the owner.
    untrack(owner)
    definition = library.definitions.get((name, method))
    if definition is None:
        text = described(method).encode() if method else None
        code = library.address(f"entry_{name}")
        shown = method.__name__ if method else name
        definition = Definition(shown.encode(), code, FASTCALL | KEYWORDS, text)
        # another thread may have made one by now, whose functions must not lose it
        definition = library.definitions.setdefault((name, method), definition)
    found: Callable[..., Any] = new_builtin(ctypes.addressof(definition), owner, None)
    return found


def has_entry(library: Library, name: str) -> bool:
    """True if a library has the code of an entry: not where Python's objects are not known."""
    return f"entry_{name}" in library.names


def described(method: Callable[..., Any]) -> str:
    """A method's signature and documentation as CPython wants them of a builtin function."""
    parameters = [
        name if one.default is one.empty else f"{name}={one.default!r}"
        for name, one in inspect.signature(method).parameters.items()
        if name != "self"
    ]
    return f"{method.__name__}({', '.join(['$self', *parameters])})\n--\n\n{method.__doc__}"


@functools.cache
def outside() -> dict[str, int]:
    """The addresses of what entries use of Python and NumPy; nothing where they are not known."""
    if not objects.are_known():
        return {}
    found = {name: id(one) for name, one in OBJECTS.items()}
    for name in FUNCTIONS:
        address = ctypes.cast(getattr(ctypes.pythonapi, name), ctypes.c_void_p).value
        found[name] = int(address or 0)
    found["PyArray_NewFromDescr"] = int(objects.numpy_function(objects.NEW_ARRAY) or 0)
    return found
