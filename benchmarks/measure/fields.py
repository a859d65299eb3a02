"""The fields of stored rows and headers: their types, and the checks that every read field passes.

A file may come from an older version, or have been edited, cut short or made up. Types, ranges and
the order of an interval's ends are checked once, on reading, so that code that shows rows need not
check again. A field that a row lacks gets its default; a column of the machine or the versions
that is not known is "unknown" where it is a text and None where it is a number.
"""

from __future__ import annotations

import json
import math
import re
from collections.abc import Iterator, Mapping
from typing import Any

Kind = tuple[type, ...]
"""The types that a field may have."""
NONE = type(None)
TEXT: Kind = (str,)
OPTIONAL_TEXT, NUMBER, WHOLE = (str, NONE), (float, int, NONE), (int, NONE)

MACHINE: dict[str, Kind] = {
    "processor": TEXT,
    "processor_vendor": TEXT,
    "processor_family": WHOLE,
    "processor_model": WHOLE,
    "processor_stepping": WHOLE,
    "microcode": TEXT,
    "vector_instructions": TEXT,
    "cores": WHOLE,
    "memory_gib": WHOLE,
    "system": TEXT,
    "system_kernel": TEXT,
}
"""The identity of a machine: hardware, microcode and the operating system's kernel."""
VERSIONS: dict[str, Kind] = dict.fromkeys(
    ("python", "numpy", "numba", "llvmlite", "scikit_learn", "llvm", "blas"), TEXT
)
SETTINGS: dict[str, Kind] = {"threads": WHOLE, "blas_threads": WHOLE, "thread_settings": TEXT}
GROUPS = {"machine": MACHINE, "versions": VERSIONS, "settings": SETTINGS}
"""The columns of a header, under the names of the objects that hold them there."""
ENVIRONMENT = {**MACHINE, **VERSIONS, **SETTINGS, "commit": TEXT, "date": TEXT}
"""The columns that a run's header gives to each of its rows."""
UNKNOWN = "unknown"

STATES = ("ok", "missing", "not offered", "wrong", "crashed", "hung", "failed")
POSITIVE = ("rows", "iterations", "processes", "threads", "cores")
TIMES = ("median_ns", "mean_ns", "limit_ns")
SHORTEST_NS, LONGEST_NS = 1e-6, 1e24
LARGEST, LARGEST_WHOLE = 1e300, 2**53
SIGNED = ("value", "low", "high", "slower_percent")
NEEDED: dict[str, tuple[str, ...]] = {
    "time": ("workload", "operation", "kernel", "median_ns"),
    "rival_time": ("kernel", "median_ns"),
    "ratio": ("value",),
    "rival_ratio": ("kernel", "value"),
    "duel": ("kernel", "value", "workload", "operation", "seconds", "processes"),
    "accuracy_percent": ("value",),
    "mean_error": ("value", "iterations"),
    "cost": ("value", "iterations"),
    "accuracy_after_percent": ("value", "iterations", "seed"),
    "mean_error_after": ("value", "iterations", "seed"),
}
"""Fields that a row of each quantity must have, unless its state explains why they are missing."""
RATIOS = ("ratio", "rival_ratio", "duel")
INTERVALS = (("median_ns", "low_ns", "high_ns"), ("value", "low", "high"))


def parse(text: str) -> Any:
    """The value of a JSON text.

    Raises ValueError, with a message of its own, for text that is not JSON or cannot be stored.
    """
    try:
        found = json.loads(text, parse_constant=refuse)
        if "\\u" in text:  # half of a surrogate pair is JSON, and can neither be printed nor stored
            json.dumps(found, ensure_ascii=False).encode()
    except json.JSONDecodeError:  # its message describes the parser's state
        raise ValueError("not JSON") from None
    except RecursionError:
        raise ValueError("nested too deeply") from None
    except UnicodeEncodeError:
        raise ValueError("half of a surrogate pair is no text") from None
    return found


def refuse(constant: str) -> None:
    """Raise ValueError for NaN and infinity, which JSON does not define."""
    raise ValueError(f"{constant} is no number")


FAMILY = re.compile(r"(\w*)-(\d{1,9})-(\d{1,9})")
"""Vendor, family and model in one text: `processor_family` in rows of schema 1."""


def modernized(record: Mapping[str, Any]) -> dict[str, Any]:
    """A record whose columns of schema 1 have today's names and types."""
    found = dict(record)
    if isinstance(text := found.get("processor_family"), str):
        del found["processor_family"]
        if parts := FAMILY.fullmatch(text):
            vendor, family, model = parts.groups()
            found |= {"processor_vendor": vendor} if vendor else {}
            found |= {"processor_family": int(family), "processor_model": int(model)}
    return found


UNKNOWNS = {name: UNKNOWN if kind == TEXT else None for name, kind in ENVIRONMENT.items()}


def complete(record: Any, defaults: Mapping[str, Any]) -> dict[str, Any]:
    """A record with defaults for the fields it lacks, and unknown columns marked as such.

    Raises ValueError if the record is no object.
    """
    if not isinstance(record, dict):
        raise ValueError(f"{type(record).__name__} instead of an object")
    return UNKNOWNS | dict(defaults) | modernized(record)


def check(record: Mapping[str, Any], kinds: Mapping[str, Kind]) -> None:
    """Raise ValueError with the first problem of a row's fields."""
    for problem in problems(record, {**ENVIRONMENT, **kinds}):
        raise ValueError(problem)


def problems(record: Mapping[str, Any], kinds: Mapping[str, Kind]) -> Iterator[str]:
    """The problems of a row: of single fields, then of fields that belong together."""
    for name, kind in kinds.items():
        yield from field_problems(name, record[name], kind)
    quantity, state = record["quantity"], record["state"]
    if state not in STATES:
        yield f"state is {state!r}, which is none of {', '.join(STATES)}"
    for name in NEEDED.get(quantity, ()) if state == "ok" else ():
        if record[name] is None:
            yield f"a row of {quantity} without {name}"
    value = record["value"]
    if quantity in RATIOS and value is not None and not SHORTEST_NS <= value <= LONGEST_NS:
        yield f"value is {value!r}, which is no ratio of times"
    for names in INTERVALS:
        yield from interval_problems(names, *(record[name] for name in names))


def field_problems(name: str, value: Any, kind: Kind) -> Iterator[str]:
    """The problems of one field: its type, then its range."""
    if not isinstance(value, kind) or isinstance(value, bool):
        expected = "text" if str in kind else "a whole number" if float not in kind else "a number"
        yield f"{name} is {shortened(value)}, not {expected}"
        return
    if not isinstance(value, int | float):
        return
    if isinstance(value, int) and abs(value) > LARGEST_WHOLE:
        yield f"{name} is too large a number"
    elif not math.isfinite(value) or abs(value) > LARGEST:
        yield f"{name} is {value!r}, which is no number"
    elif name in TIMES and not SHORTEST_NS <= value <= LONGEST_NS:
        yield f"{name} is {value!r}, which is no time of a call"
    elif value < 0 and name not in SIGNED:
        yield f"{name} is {value!r}, which is negative"
    elif value == 0 and name in POSITIVE:
        yield f"{name} is 0"


def interval_problems(
    names: tuple[str, str, str], value: float | None, low: float | None, high: float | None
) -> Iterator[str]:
    """The problems of an interval: one end only, or ends in the wrong order."""
    if (low is None) != (high is None):
        yield f"{names[1]} and {names[2]} belong together"
    elif low is not None and high is not None and low > high:
        yield f"{names[1]} is {low!r}, which is above {names[2]}, {high!r}"
    elif names[0] == "median_ns" and None not in (value, low) and not low <= value <= high:  # type: ignore[operator]
        yield f"{names[0]} is {value!r}, which is not between {low!r} and {high!r}"


def shortened(value: Any) -> str:
    """The representation of a value, cut to the length that a message can hold."""
    text = repr(value)
    return text if len(text) <= 40 else text[:40] + "…"
