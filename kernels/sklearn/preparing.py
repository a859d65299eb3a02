"""Preparation: the features of samples that a network takes, where they are not the columns alone.

A `Preparation` is a small program, an array with one instruction a row, which checks columns and
computes one feature after the other from a sample's columns and the codes of its categories.
Compiled code carries it out (Numba; NumPy where Numba cannot be used). Numba is imported with the
first preparation.
"""

from __future__ import annotations

import functools
import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from enum import IntEnum
from typing import Any

import numpy as np

from kernels.sklearn.lookups import NA_ERROR, Lookup, is_nan
from kernels.sklearn.table import FINITE, NO_INFINITY, Columns, Feature
from kernels.support.checks import Array


class Instruction(IntEnum):
    """What a row of a program does."""

    REFUSE_INFINITY = 0
    REFUSE_NOT_FINITE = 1
    COPY = 2
    FILL_NAN = 3
    FILL_EQUAL = 4
    IS_NAN = 5
    IS_EQUAL = 6


FIELDS = ("instruction", "source", "value", "fill", "low", "high", "shift")
"""The numbers of a row: `value` is what the source is compared with; low, high and fill are less
the shift."""


@dataclass(frozen=True)
class Preparation:
    """How the features of a sample are computed from its columns."""

    columns: int
    """How many columns a sample has; the codes of lookups follow them."""
    program: Array
    """(instructions, 7) numbers, the `FIELDS` of each: first checks, then one for each feature."""
    lookups: tuple[Lookup, ...] = ()
    """How categories become numbers."""
    numbers: tuple[int, ...] = ()
    """Indices of the columns that are read as numbers."""

    def __post_init__(self) -> None:
        # compiled code trusts the program, which may come from a file
        program, sources = self.program, self.columns + len(self.lookups)
        if program.dtype != np.float64 or program.ndim != 2 or program.shape[1] != len(FIELDS):
            raise ValueError(f"a program is (instructions, {len(FIELDS)}) of float64")
        if not np.isin(program[:, 0], list(Instruction)).all():
            raise ValueError("a program has unknown instructions")
        read = program[:, 1]
        if not ((read == np.floor(read)) & (read >= 0) & (read < sources)).all():
            raise ValueError(f"a program reads more than its {sources} sources")
        given = (*self.numbers, *(one.column for one in self.lookups))
        if not all(0 <= column < self.columns for column in given):
            raise ValueError(f"a preparation reads more than its {self.columns} columns")
        object.__setattr__(self, "program", np.array(program, order="C"))

    @property
    def features(self) -> int:
        """How many features there are."""
        return int(np.count_nonzero(self.program[:, 0] >= Instruction.COPY))

    def without_checks(self) -> Preparation:
        """The same preparation, in which NaN and infinity are not refused."""
        computing = self.program[:, 0] >= Instruction.COPY
        return replace(self, program=self.program[computing])


def preparation(columns: Columns, features: Sequence[Feature], shift: Array | None) -> Preparation:
    """The preparation that computes these features, less the shift (features,)."""
    # what is not finite among categories is found where they are looked up
    read = {one.source for one in features}
    categories = {*columns.text, *(one.column for one in columns.lookups)} - read
    program = [
        (instruction, source, 0, 0, 0, 0, 0)
        for rule, instruction in (
            (NO_INFINITY, Instruction.REFUSE_INFINITY),
            (FINITE, Instruction.REFUSE_NOT_FINITE),
        )
        for source, required in enumerate(columns.rules)
        if required == rule and source not in categories
    ]
    numbers = {row[1] for row in program if row[1] < columns.count}
    for k, feature in enumerate(features):
        if feature.source < columns.count:
            numbers.add(feature.source)
        program.append(instruction_of(feature, 0.0 if shift is None else float(shift[k])))
    return Preparation(
        columns.count,
        np.array(program, np.float64),
        tuple(
            replace(one, nan=None, na=NA_ERROR, refuses_nan=True)
            if columns.rules[one.column] == FINITE
            else one
            for one in columns.lookups
        ),
        tuple(sorted(numbers)),
    )


def instruction_of(feature: Feature, shift: float) -> tuple[Any, ...]:
    """The row of the program for a feature."""
    instruction, value, fill = Instruction.COPY, feature.value, feature.fill
    if feature.kind == "is_nan":
        instruction = Instruction.IS_NAN
    elif feature.kind == "equal":
        instruction = Instruction.IS_EQUAL
    elif fill is not None:
        value = np.nan if is_nan(feature.missing) else float(feature.missing)
        instruction = Instruction.FILL_NAN if np.isnan(value) else Instruction.FILL_EQUAL
    exact = (np.longdouble(one) - shift for one in (fill or 0, feature.low, feature.high))
    return (instruction, feature.source, value, *map(float, exact), shift)


def run_program(program: Any, X: Any, out: Any) -> int:
    """Write the features (m, features) of X (m, sources); this is the source that Numba compiles.

    Returns 0, or one more than the index of the instruction that refuses a sample.
    """
    for i in range(X.shape[0]):
        k = 0
        for j in range(program.shape[0]):
            instruction = program[j, 0]
            x = X[i, int(program[j, 1])]
            if instruction < 2.0:
                if math.isinf(x) or (instruction == 1.0 and math.isnan(x)):
                    return j + 1
                continue
            if instruction == 5.0:
                y = 1.0 if math.isnan(x) else 0.0
            elif instruction == 6.0:
                y = 1.0 if x == program[j, 2] else 0.0
            else:
                y = x
            y -= program[j, 6]
            if y < program[j, 4]:
                y = program[j, 4]
            elif y > program[j, 5]:
                y = program[j, 5]
            if (instruction == 3.0 and math.isnan(x)) or (
                instruction == 4.0 and x == program[j, 2]
            ):
                y = program[j, 3]
            out[i, k] = y
            k += 1
    return 0


def run_by_columns(program: Array, X: Array, out: Array) -> int:
    """What `run_program` does, in NumPy, one instruction for all samples at a time."""
    k = 0
    with np.errstate(all="ignore"):
        for j, (instruction, source, value, fill, low, high, shift) in enumerate(program):
            x = X[:, int(source)]
            if instruction < Instruction.COPY:
                check = np.isinf if instruction == Instruction.REFUSE_INFINITY else is_not_finite
                if check(x).any():
                    return j + 1
                continue
            chosen = np.isnan(x) if np.isnan(value) else x == value
            if instruction == Instruction.IS_NAN:
                y = np.isnan(x) - shift
            elif instruction == Instruction.IS_EQUAL:
                y = (x == value) - shift
            else:
                y = x - shift
            y = np.clip(y, low, high)
            if instruction in (Instruction.FILL_NAN, Instruction.FILL_EQUAL):
                y = np.where(chosen, fill, y)
            out[:, k] = y
            k += 1
    return 0


def is_not_finite(x: Array) -> Array:
    """True where a number is NaN or infinite."""
    return ~np.isfinite(x)


@functools.cache
def runner() -> Callable[[Array, Array, Array], int]:
    """The function that carries out programs, for C-ordered arrays in double precision.

    It returns what `run_program` returns. The compiled one takes only writable arrays, and raises
    TypeError for others.
    """
    try:
        from numba import types

        from kernels.support import numba_cache
    except ImportError:
        return run_by_columns
    if numba_cache.missing() is not None:
        return run_by_columns
    matrix = types.Array(types.float64, 2, "C")
    signature = types.int64(matrix, matrix, matrix)
    compiled: Callable[[Array, Array, Array], int] = numba_cache.compile_cached(
        run_program, signature, nogil=True
    )
    return compiled
