"""The structs that Python fills for threads that compute a gradient or passes together."""

from __future__ import annotations

import ctypes
from typing import Any, ClassVar

from kernels.codegen.llvm.vectors import Vectors
from kernels.codegen.llvm.writing import BYTES, DOUBLE, INDEX
from kernels.codegen.python import objects

TOTALS = 8
"""Numbers that each thread has to itself for its sums: a cache line."""


class Job(ctypes.Structure):
    """A gradient or a training: addresses, counts, the step size, and the sum of the weights.

    `order` are indices of samples, as they are taken; it leads nowhere if they are taken as they
    lie. Small networks (`small_batch`) have none. `weights` leads nowhere if every sample counts
    once; `total` is the number of samples then. Where weights are, one for each sample as they are
    taken, as many follow as a group of samples has.
    """

    ARRAYS: ClassVar = ("theta", "X", "Y", "step", "cost", "error")
    """The fields that point to a caller's arrays; the other pointers are to a workspace's."""
    _fields_: ClassVar[Any] = [
        *((name, ctypes.c_void_p) for name in ("theta", "X", "Y", "step", "scratch")),
        *((name, ctypes.c_void_p) for name in ("cost", "error", "totals", "meeting", "weights")),
        ("order", ctypes.c_void_p),
        *((name, ctypes.c_int64) for name in ("rows", "steps", "threads")),
        *((name, ctypes.c_double) for name in ("alpha", "total")),
    ]
    pointer = BYTES

    @classmethod
    def fields(cls, v: Vectors, pointer: Any) -> dict[str, Any]:
        """The fields of a job as LLVM values."""
        numbers = ("theta", "X", "Y", "step", "scratch", "weights")
        kinds = dict.fromkeys(numbers, v.scalar.as_pointer())
        kinds |= dict.fromkeys(("cost", "error", "totals"), DOUBLE.as_pointer())
        kinds |= dict.fromkeys(("meeting", "order"), INDEX.as_pointer())
        kinds |= {"alpha": DOUBLE, "total": DOUBLE}
        return {
            name: objects.field(
                v.builder, pointer, getattr(cls, name).offset, kinds.get(name, INDEX)
            )
            for name, _ in cls._fields_
        }


class PassJob(ctypes.Structure):
    """A part of some passes: addresses, counts and the penalty."""

    NUMBERS: ClassVar = (
        "theta", "step", "X", "Y", "weights", "rates", "slots", "rows_X", "rows_Y", "rows_weights",
    )  # fmt: skip
    """Pointers to numbers of the plan's dtype. `weights` may lead nowhere. So may `rows_X` and
    `rows_Y`: samples are not gathered then, but their order is told to the network's code."""
    COUNTS: ClassVar = (
        "samples", "batch", "batches", "first", "last", "inputs", "outputs", "parameters",
        "stretches", "threads",
    )  # fmt: skip
    _fields_: ClassVar[Any] = [
        *((name, ctypes.c_void_p) for name in NUMBERS),
        *((name, ctypes.c_void_p) for name in ("descend", "job", "meeting")),
        *((name, ctypes.c_void_p) for name in ("order", "weights_at", "found")),
        *((name, ctypes.c_int64) for name in COUNTS),
        ("l2", ctypes.c_double),
    ]

    @classmethod
    def fields(cls, v: Vectors, pointer: Any) -> dict[str, Any]:
        """The fields as LLVM values."""
        kinds = dict.fromkeys(cls.NUMBERS, v.scalar.as_pointer())
        kinds |= dict.fromkeys(("descend", "job"), BYTES) | {"found": DOUBLE.as_pointer()}
        kinds |= dict.fromkeys(("meeting", "order", "weights_at"), INDEX.as_pointer())
        kinds["l2"] = DOUBLE
        return {
            name: objects.field(
                v.builder, pointer, getattr(cls, name).offset, kinds.get(name, INDEX)
            )
            for name, _ in cls._fields_
        }
