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

import functools
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import Any, NamedTuple

import numpy as np

from kernels.sklearn.affine import Affine, beside
from kernels.sklearn.lookups import Lookup, is_nan

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
        self.text: set[int] = set()
        """Columns in which missing text is filled in: they may be dropped, but are no numbers."""
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


class Element(NamedTuple):
    """A column that is made of one feature: factor (feature - shift) + constant."""

    feature: int
    """The feature's index."""
    factor: Any
    constant: Any
    shift: Any

    def before(self, value: Any) -> Any:
        """The value of the feature where the column has this value."""
        return (np.longdouble(value) - self.constant) / self.factor + self.shift


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
            if feature.fill is not None and isinstance(feature.missing, str | None):
                raise StepError(f"missing_values={feature.missing!r} of SimpleImputer in numbers")
        return self

    @functools.cached_property
    def elements(self) -> list[Element | None]:
        """For each column, the one feature that it is made of; None for projections.

        A feature that other columns use too is none: projections share their features.
        """
        shape = (len(self.features),)
        c, shift = (
            np.zeros(n) if one is None else one
            for one, n in ((self.affine.c, (self.width,)), (self.affine.shift, shape))
        )
        A = self.affine.A
        if self.affine.is_diagonal:
            factors = np.ones(shape) if A is None else A
            return list(map(Element, range(len(factors)), factors, c, shift))
        assert A is not None
        used = A != 0
        alone = used & (used.sum(axis=0) == 1) & (used.sum(axis=1) == 1)[:, np.newaxis]
        places = [int(row.argmax()) if row.any() else None for row in alone]
        return [
            None if i is None else Element(i, A[k, i], c[k], shift[i]) for k, i in enumerate(places)
        ]

    def raw(self, index: int) -> Feature | None:
        """The feature that a column of the matrix is, unchanged; None if there is none."""
        element = self.elements[index]
        if element is None or element[1:] != (1, 0, 0):
            return None
        return self.features[element.feature]

    def clipped(self, low: Any, high: Any) -> Table:
        """Each column clipped to low and high."""
        features = list(self.features)
        for element, *bounds in zip(self.elements, low, high, strict=True):
            if element is None:
                raise StepError("clip=True after a projection")
            features[element.feature] = features[element.feature].clipped(
                *sorted(map(element.before, bounds))
            )
        return replace(self, features=tuple(features))

    def filled(self, missing: Any, fills: Sequence[Any]) -> Table:
        """Each column with `missing` replaced by its fill, a number or text.

        A projection takes and gives no NaN, so its columns stay as they are.
        """
        features = list(self.features)
        for k, (element, fill) in enumerate(zip(self.elements, fills, strict=True)):
            raw = self.raw(k)
            if raw is None and (isinstance(fill, str) or not is_nan(missing)):
                raise StepError(f"missing_values={missing!r} after a step that changes numbers")
            if element is not None:
                value = fill if raw is not None else element.before(fill)
                feature = features[element.feature]
                features[element.feature] = feature.filled(missing, value)
                if isinstance(value, str):
                    self.columns.text.add(feature.source)
        return replace(self, features=tuple(features))

    def indicators(self, missing: Any, chosen: Sequence[int]) -> Table:
        """A column for each of these columns, which is 1 where it is missing, else 0."""
        if missing is None or isinstance(missing, str):
            raise StepError("an indicator of missing text")
        found = []
        for k in chosen:
            element = self.elements[k]
            if not is_nan(missing) and self.raw(k) is None:
                raise StepError(f"missing_values={missing!r} after a step that changes numbers")
            if element is None:
                found.append(Feature(self.features[0].source, "equal", np.nan))  # never
            else:
                found.append(self.features[element.feature].indicator(missing))
        return Table(self.columns, tuple(found))

    def selected(self, chosen: Any) -> Table:
        """The columns of these indices, and the features that they use."""
        chosen = np.asarray(chosen, np.intp)
        affine = self.affine.selected(chosen)
        if affine.is_diagonal:
            return Table(self.columns, tuple(self.features[k] for k in chosen), affine)
        assert affine.A is not None
        used = np.flatnonzero((affine.A != 0).any(axis=0))
        used = used if len(used) else np.arange(1)  # a network has at least one input
        shift = None if affine.shift is None else affine.shift[used]
        affine = Affine(affine.A[:, used], affine.c, shift)
        return Table(self.columns, tuple(self.features[i] for i in used), affine)

    def joined(self, tables: Sequence[Table]) -> Table:
        """Tables of the same columns, side by side."""
        features = tuple(feature for table in tables for feature in table.features)
        widths = [len(table.features) for table in tables]
        return Table(self.columns, features, beside([one.affine for one in tables], widths))
