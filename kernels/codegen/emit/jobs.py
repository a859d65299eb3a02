"""The struct that Python fills for threads that compute a gradient or a training together."""

from __future__ import annotations

import ctypes
from typing import Any, ClassVar

from kernels.codegen.llvm.vectors import Vectors
from kernels.codegen.llvm.writing import BYTES, DOUBLE, INDEX
from kernels.codegen.python import objects

TOTALS = 8
"""Numbers that each thread has to itself for its sums: a cache line."""


class Job(ctypes.Structure):
    """A gradient or a training: addresses, counts and the step size."""

    ARRAYS: ClassVar = ("theta", "X", "Y", "step", "cost", "error")
    """The fields that point to a caller's arrays; the other pointers are to a workspace's."""
    _fields_: ClassVar[Any] = [
        *((name, ctypes.c_void_p) for name in ("theta", "X", "Y", "step", "scratch")),
        *((name, ctypes.c_void_p) for name in ("cost", "error", "totals", "meeting")),
        *((name, ctypes.c_int64) for name in ("rows", "steps", "threads")),
        ("alpha", ctypes.c_double),
    ]
    pointer = BYTES

    @classmethod
    def fields(cls, v: Vectors, pointer: Any) -> dict[str, Any]:
        """The fields of a job as LLVM values."""
        kinds = dict.fromkeys(("theta", "X", "Y", "step", "scratch"), v.scalar.as_pointer())
        kinds |= dict.fromkeys(("cost", "error", "totals"), DOUBLE.as_pointer())
        kinds |= {"meeting": INDEX.as_pointer(), "alpha": DOUBLE}
        return {
            name: objects.field(
                v.builder, pointer, getattr(cls, name).offset, kinds.get(name, INDEX)
            )
            for name, _ in cls._fields_
        }
