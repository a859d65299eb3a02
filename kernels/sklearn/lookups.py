"""Categories looked up in dictionaries: what a column's values are replaced by.

The values of a column may be text or numbers. Equal numbers are one category whatever their type:
1, 1.0 and True. NaN is a category of its own.
"""

from __future__ import annotations

import math
import warnings
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from kernels.support import callers
from kernels.support.checks import Array

ERROR, SILENT, WARN_ZEROS, WARN_INFREQUENT = "error", "silent", "zeros", "infrequent"
"""What is done about unknown categories: raise, nothing, or warn of what they are encoded as."""
NA_UNKNOWN, NA_IS_NAN, NA_ERROR = "unknown", "nan", "error"
"""What pandas' NA is among text: no category that is known, NaN, or a TypeError."""
ENCODED_AS = {WARN_ZEROS: "all zeros", WARN_INFREQUENT: "the infrequent category."}


@dataclass(frozen=True)
class Lookup:
    """The numbers that stand for one column's categories."""

    column: int
    """Index of the sample's column."""
    encoder: int
    """Index of the encoder that it belongs to: warnings are given once for each."""
    position: int
    """Index of the column among the encoder's."""
    keys: tuple[Any, ...]
    codes: tuple[float, ...]
    nan: float | None
    """The code of NaN; None if it is unknown."""
    action: str
    """What is done about an unknown category: "error", "silent", "zeros" or "infrequent"."""
    unknown: float
    """The code of an unknown category."""
    na: str = NA_UNKNOWN
    """What pandas' NA is: "unknown", "nan" or "error"."""
    refuses_nan: bool = False
    """True if an earlier step takes no NaN, so that it is no unknown category."""

    def __post_init__(self) -> None:
        if len(self.keys) != len(self.codes):
            raise ValueError(f"{len(self.keys)} categories have {len(self.codes)} codes")
        hash(self.keys)  # those from a file may be anything
        if self.action not in (ERROR, SILENT, *ENCODED_AS):
            raise ValueError(f"there is no action {self.action!r}")


class Lookups:
    """The lookups of one estimator, ready to be used."""

    def __init__(self, lookups: Sequence[Lookup]) -> None:
        self.lookups = tuple(lookups)
        self._gets = [dict(zip(one.keys, one.codes, strict=True)).get for one in self.lookups]

    def code(self, index: int, value: Any) -> float | None:
        """The code of a value by the lookup of this index; None if it is unknown."""
        found, lookup = self._gets[index](value), self.lookups[index]
        if found is not None or not is_nan(value):
            return found
        return lookup.nan if lookup.na == NA_IS_NAN or not is_na(value) else None

    def encode(self, columns: Sequence[Iterable[Any]], out: Array) -> None:
        """Write the codes of columns of values, one for each lookup, to the columns of `out`.

        Raises
        ------
        ValueError
            If a category is unknown, unless the encoder takes unknown ones, or for NaN that an
            earlier step refuses.
        TypeError
            If a value cannot be hashed, or for pandas' NA where an earlier step takes none.

        Warns
        -----
        UserWarning
            If the encoder warns of unknown categories.
        """
        warned: dict[tuple[int, str], list[int]] = {}
        for index, (lookup, values) in enumerate(zip(self.lookups, columns, strict=True)):
            codes = [self.code(index, value) for value in values]
            if None in codes:
                unknown = [v for v, code in zip(values, codes, strict=True) if code is None]
                refuse_infinite(unknown)
                refuse_missing(unknown, lookup)
                if lookup.action == ERROR:
                    distinct = list(dict.fromkeys(map(str, unknown)))
                    raise ValueError(
                        f"Found unknown categories {distinct} in column {lookup.position} "
                        "during transform"
                    )
                if lookup.action != SILENT:
                    warned.setdefault((lookup.encoder, lookup.action), []).append(lookup.position)
                codes = [lookup.unknown if code is None else code for code in codes]
            out[:, index] = codes
        for (_, action), positions in warned.items():
            warnings.warn(
                f"Found unknown categories in columns {positions} during transform. These unknown "
                f"categories will be encoded as {ENCODED_AS[action]}",
                UserWarning,
                stacklevel=callers.stack_level(),
            )

    def row(self, values: Sequence[Any]) -> list[float] | None:
        """The codes of one value for each lookup; None if one is neither known nor NaN."""
        codes = []
        for get, value in zip(self._gets, values, strict=True):
            code = get(value)
            if code is None:
                return None
            codes.append(code)
        return codes


def is_nan(value: Any) -> bool:
    """True for NaN and for pandas' NA."""
    if isinstance(value, float | np.floating):
        return math.isnan(value)
    return is_na(value)


def is_na(value: Any) -> bool:
    """True for pandas' NA."""
    return type(value).__name__ == "NAType"


def refuse_infinite(values: Iterable[Any]) -> None:
    """Raise ValueError if a value is infinite."""
    if any(isinstance(one, float | np.floating) and math.isinf(one) for one in values):
        raise ValueError("X contains infinity")


def refuse_missing(values: Iterable[Any], lookup: Lookup) -> None:
    """Raise ValueError or TypeError for missing values that a step before the encoder refuses."""
    missing = [one for one in values if is_nan(one)]
    if lookup.na == NA_ERROR and any(map(is_na, missing)):
        raise TypeError("X contains pandas' NA, which is not compared with text: use np.nan")
    if lookup.refuses_nan and missing:
        raise ValueError("X contains NaN")
