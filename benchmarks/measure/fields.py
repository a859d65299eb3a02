"""What the fields of a stored row may hold: whoever shows a row need not doubt it.

A file may have been written by an older version, edited, cut short or made up. Types, ranges and
the order of an interval's ends are checked once, when it is read; what lacks gets its default.
"""

from __future__ import annotations

import json
import math
from collections.abc import Iterator, Mapping
from typing import Any

Kind = tuple[type, ...]
"""The types that a field may have."""
NONE = type(None)
TEXT: Kind = (str,)
OPTIONAL_TEXT, NUMBER, WHOLE = (str, NONE), (float, int, NONE), (int, NONE)

ENVIRONMENT: dict[str, Kind] = {
    **dict.fromkeys(
        ("processor", "processor_family", "vector_instructions", "system", "python", "numpy",
         "numba", "llvmlite", "scikit_learn", "llvm", "blas", "thread_settings", "commit", "date"),
        TEXT),
    **dict.fromkeys(("cores", "memory_gib", "blas_threads", "threads"), WHOLE),
}  # fmt: skip
"""The columns of a run's environment."""
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
"""What a row of this quantity must have, unless its state says why it has not."""
RATIOS = ("ratio", "rival_ratio", "duel")
INTERVALS = (("median_ns", "low_ns", "high_ns"), ("value", "low", "high"))


def parse(line: str) -> Any:
    """What a line of JSON says; ValueError, and in words of ours, for everything that is none."""
    try:
        found = json.loads(line, parse_constant=refuse)
        if "\\u" in line:  # half of a surrogate pair is JSON, and can neither be printed nor stored
            json.dumps(found, ensure_ascii=False).encode()
    except json.JSONDecodeError:  # which speaks of what its parser expected
        raise ValueError("not JSON") from None
    except RecursionError:
        raise ValueError("nested too deeply") from None
    except UnicodeEncodeError:
        raise ValueError("half of a surrogate pair is no text") from None
    return found


def refuse(constant: str) -> None:
    """NaN and infinity, which JSON does not know."""
    raise ValueError(f"{constant} is no number")


def complete(record: Any, defaults: Mapping[str, Any]) -> dict[str, Any]:
    """A record with the fields it lacks.

    Raises ValueError if it is no object.
    """
    if not isinstance(record, dict):
        raise ValueError(f"{type(record).__name__} instead of an object")
    texts = {name: UNKNOWN if kind == TEXT else None for name, kind in ENVIRONMENT.items()}
    return texts | dict(defaults) | record


def check(record: Mapping[str, Any], kinds: Mapping[str, Kind]) -> None:
    """Raise ValueError with the first thing that is wrong with a record's fields."""
    for problem in problems(record, {**ENVIRONMENT, **kinds}):
        raise ValueError(problem)


def problems(record: Mapping[str, Any], kinds: Mapping[str, Kind]) -> Iterator[str]:
    """What is wrong with a record, field by field, then between fields."""
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
    """What is wrong with one field."""
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
    """Whether an interval has one end only, or ends in the wrong order."""
    if (low is None) != (high is None):
        yield f"{names[1]} and {names[2]} belong together"
    elif low is not None and high is not None and low > high:
        yield f"{names[1]} is {low!r}, which is above {names[2]}, {high!r}"
    elif names[0] == "median_ns" and None not in (value, low) and not low <= value <= high:  # type: ignore[operator]
        yield f"{names[0]} is {value!r}, which is not between {low!r} and {high!r}"


def shortened(value: Any) -> str:
    """A value as an error may show it."""
    text = repr(value)
    return text if len(text) <= 40 else text[:40] + "…"
