"""What preprocessing steps make of a sample's columns, followed step by step without samples.

A `Table` stands for the matrix between two steps. Its columns are an affine map of *features*: a
feature is a sample's column, perhaps filled where it is missing or clipped, an indicator that it
is missing, or an indicator that it holds one category. Steps that scale, shift, project or select
change the affine map alone, which is folded into the network at the end. Features are carried out
for each sample (`kernels.sklearn.preparing`).

`Columns` gathers what holds for a sample's columns whatever becomes of them: which of them
scikit-learn refuses if they are not finite, and how categories are looked up.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np

from kernels.sklearn.affine import Affine, beside, extended
from kernels.sklearn.lookups import Lookup, is_nan
from kernels.support.checks import Array

UNCHECKED, NO_INFINITY, FINITE = range(3)
"""What is required of a column: nothing, that it is not infinite, or that it is finite."""


class StepError(ValueError):
    """A step that can neither be folded into a network nor carried out before it."""


@dataclass(frozen=True)
class Feature:
    """A number made of one column of a sample, or of the code that a lookup gives."""

    source: int
    """Index of the column; lookups follow the columns."""
    kind: str = "number"
    """"number", the column itself; "is_nan", 1 if it is NaN and else 0; or "equal", 1 if it equals
    `value`."""
    value: float = np.nan
    missing: Any = None
    """The value of a number that is replaced by `fill`; None if there is none."""
    fill: Any = None
    low: Any = -np.inf
    """Least and greatest value; others are clipped, `fill` too."""
    high: Any = np.inf

    @property
    def may_be_nan(self) -> bool:
        """True if the feature is NaN where its source is."""
        return self.kind == "number" and not (self.missing is not None and is_nan(self.missing))

    @property
    def is_raw(self) -> bool:
        """True if the feature is its source, neither filled nor clipped."""
        return self == Feature(self.source)

    def filled(self, missing: Any, fill: Any) -> Feature:
        """The feature with `missing` replaced by `fill`.

        Raises
        ------
        StepError
            If another value was replaced before.
        """
        if is_nan(missing) and not self.may_be_nan:
            return self
        if is_nan(missing) and self.missing is not None:
            return self  # NaN is refused where another value is missing
        if self.missing is not None or (not is_nan(missing) and not self.is_raw):
            raise StepError(f"missing_values={missing!r} after a step that changes numbers")
        return replace(self, missing=missing, fill=fill)

    def indicator(self, missing: Any) -> Feature:
        """1 where the feature is missing, else 0."""
        if not is_nan(missing):
            if not self.is_raw:
                raise StepError(f"missing_values={missing!r} after a step that changes numbers")
            return Feature(self.source, "equal", float(missing))
        if not self.may_be_nan or self.missing is not None:
            return Feature(self.source, "equal", np.nan)  # never
        return Feature(self.source, "is_nan")

    def clipped(self, low: Any, high: Any) -> Feature:
        """The feature clipped to low and high."""
        fill = None if self.fill is None else np.clip(np.longdouble(self.fill), low, high)
        least, most = (np.clip(np.longdouble(one), low, high) for one in (self.low, self.high))
        return replace(self, fill=fill, low=least, high=most)


class Columns:
    """A sample's columns, and the lookups that steps add."""

    def __init__(self, count: int) -> None:
        self.count = count
        self.rules = [UNCHECKED] * count
        """What is required of each column, then of each lookup's code."""
        self.lookups: list[Lookup] = []
        self.encoders = 0
        """How many encoders there are so far."""

    def require(self, source: int, rule: int) -> None:
        """Make the requirement of a column stricter, never weaker."""
        self.rules[source] = max(self.rules[source], rule)

    def look_up(self, lookup: Lookup) -> int:
        """Add a lookup; return the index of its code among the sources."""
        self.lookups.append(lookup)
        self.rules.append(UNCHECKED)
        return len(self.rules) - 1


@dataclass(frozen=True)
class Table:
    """The matrix between two steps: an affine map of features."""

    columns: Columns
    features: tuple[Feature, ...]
    affine: Affine = field(default_factory=Affine)

    @classmethod
    def of_columns(cls, count: int) -> Table:
        """So many columns as they are given."""
        return cls(Columns(count), tuple(map(Feature, range(count))))

    @property
    def width(self) -> int:
        """The number of columns of the matrix."""
        A = self.affine.A
        return len(self.features if A is None else A)

    def with_map(self, affine: Affine) -> Table:
        """The same features under another map."""
        return replace(self, affine=affine)

    def required(self, rule: int) -> Table:
        """The same table, after a step that refuses infinity, or what is not finite."""
        for feature in self.features:
            self.columns.require(feature.source, rule if feature.may_be_nan else NO_INFINITY)
            if isinstance(feature.fill, str):
                raise StepError("text filled in by SimpleImputer, which only an encoder takes")
        return self

    def raw(self, index: int) -> Feature | None:
        """The feature that a column of the matrix is, unchanged; None if there is none."""
        if not self.affine.is_diagonal:
            return None
        A, c, shift = (one[index] for one in self.affine.parts(len(self.features)))
        return self.features[index] if (A, c, shift) == (1, 0, 0) else None

    def elementwise(self, doing: str) -> tuple[Array, Array, Array]:
        """The diagonal, c and shift; raises StepError if columns are mixed by a projection."""
        if not self.affine.is_diagonal:
            raise StepError(f"{doing} after a projection")
        return self.affine.parts(len(self.features))

    def clipped(self, low: Any, high: Any) -> Table:
        """Each column clipped to low and high."""
        A, c, shift = self.elementwise("clip=True")
        bounds = [(extended(bound) - c) / A + shift for bound in (low, high)]
        pairs = zip(np.minimum(*bounds), np.maximum(*bounds), strict=True)
        features = [one.clipped(*pair) for one, pair in zip(self.features, pairs, strict=True)]
        return replace(self, features=tuple(features))

    def filled(self, missing: Any, fills: Sequence[Any]) -> Table:
        """Each column with `missing` replaced by its fill, a number or text."""
        if not self.affine.is_diagonal and is_nan(missing):
            return self  # a projection takes and gives no NaN
        A, c, shift = self.elementwise(f"missing_values={missing!r}")
        features = []
        for k, (feature, fill) in enumerate(zip(self.features, fills, strict=True)):
            if isinstance(fill, str) or self.raw(k) is not None:
                if self.raw(k) is None:
                    raise StepError("text filled in after a step that changes numbers")
                features.append(feature.filled(missing, fill))
            elif is_nan(missing):
                features.append(feature.filled(missing, (extended(fill) - c[k]) / A[k] + shift[k]))
            else:
                raise StepError(f"missing_values={missing!r} after a step that changes numbers")
        return replace(self, features=tuple(features))

    def indicators(self, missing: Any, chosen: Sequence[int]) -> Table:
        """A column for each of these columns, which is 1 where it is missing, else 0."""
        if missing is None or isinstance(missing, str):
            raise StepError("an indicator of missing text")
        never = Feature(self.features[0].source, "equal", np.nan)
        found = []
        for k in chosen:
            if not self.affine.is_diagonal and is_nan(missing):
                found.append(never)
            elif not is_nan(missing) and self.raw(k) is None:
                raise StepError(f"missing_values={missing!r} after a step that changes numbers")
            else:
                found.append(self.features[k].indicator(missing))
        return Table(self.columns, tuple(found))

    def selected(self, chosen: Any) -> Table:
        """The columns of these indices."""
        chosen = np.asarray(chosen, np.intp)
        features = self.features
        if self.affine.is_diagonal:
            features = tuple(features[k] for k in chosen)
        return Table(self.columns, features, self.affine.selected(chosen))

    def joined(self, tables: Sequence[Table]) -> Table:
        """Tables of the same columns, side by side."""
        features = tuple(feature for table in tables for feature in table.features)
        widths = [len(table.features) for table in tables]
        return Table(self.columns, features, beside([one.affine for one in tables], widths))
