"""Results as tidy rows: one JSON object a line, one line a measured thing.

A row stands by itself: what was measured, how it came out, and on what machine, with what
versions and threads. `benchmarks.measure.stored.load` reads files as a DataFrame. They are written
completely or not at all, and every field is checked when they are read (`measure.fields`).
"""

from __future__ import annotations

import json
import math
from collections.abc import Iterable
from dataclasses import MISSING, asdict, dataclass
from dataclasses import fields as fields_of
from pathlib import Path
from typing import Any, get_args, get_type_hints

from benchmarks.measure import fields, files
from benchmarks.measure.environment import ROOT
from benchmarks.measure.statistics import Interval

SCHEMA = 1
RESULTS = ROOT / "results"
REFERENCE, LOCAL = RESULTS / "reference", RESULTS / "local"


@dataclass(frozen=True)
class Row:
    """One measured thing. Times are per call, in nanoseconds; None is "does not apply"."""

    quantity: str
    """"time", or what `value` is, with its unit: "accuracy_percent", "output", "ratio"."""
    workload: str | None = None
    operation: str | None = None
    kernel: str | None = None
    dtype: str = "float64"
    rows: int | None = None
    """Samples in the batch; None for one sample."""
    iterations: int | None = None
    """Of training."""
    median_ns: float | None = None
    low_ns: float | None = None
    high_ns: float | None = None
    """The median's confidence interval, 95 %."""
    mean_ns: float | None = None
    std_ns: float | None = None
    """Mean and standard deviation of 7 runs, as %timeit reports them."""
    floor_ns: float | None = None
    """What calling a function that does nothing with the same arguments costs."""
    limit_ns: float | None = None
    """The least time the machine's limits allow, the floor included."""
    samples: int | None = None
    processes: int | None = None
    """How many fresh processes the interval is taken over, where it is not over samples."""
    calls_per_sample: int | None = None
    extrapolated_from: str | None = None
    """What was really timed, where the time is scaled up from it."""
    value: float | None = None
    low: float | None = None
    high: float | None = None
    error: float | None = None
    """The largest absolute error against the reference on this very workload."""
    build_seconds: float | None = None
    """The first time, with nothing kept from an earlier process,"""
    rebuild_seconds: float | None = None
    """and with what compilers keep on disk."""
    against: str | None = None
    """Whose time a ratio is in units of."""
    verdict: str | None = None
    """What a ratio's interval says: faster, slower, no difference, too uncertain."""
    state: str = "ok"
    """Or why there is no time: missing, not offered, wrong, crashed, hung, failed."""
    reason: str | None = None
    """Why there is no time; or what must be known of one that is not for quite what was asked."""
    packages: str | None = None
    """What a peer needs, with versions, which may not be those of this row's environment."""
    slower_percent: float | None = None
    """How many more calls a copy made than were counted."""
    seconds: float | None = None
    """Of timing, or of one run where there was only one."""
    figure: str | None = None
    """Which of the article's figures this reproduces."""
    seed: int | None = None
    threads: int | None = None
    """Where it is not the environment's."""
    loss: str | None = None
    """Of gradient or training, where it is not the squared one."""


def interval_fields(interval: Interval, unit: str = "") -> dict[str, Any]:
    """An interval as the fields `median_ns, low_ns, high_ns` or `value, low, high`.

    The ends are None unless both are finite.
    """
    names = ("median_ns", "low_ns", "high_ns") if unit == "ns" else ("value", "low", "high")
    value, *ends = interval
    known = all(map(math.isfinite, ends))
    return dict(zip(names, (value, *(ends if known else (None, None))), strict=True))


def records(rows: Iterable[Row], environment: dict[str, Any]) -> list[dict[str, Any]]:
    """Rows as they are stored and read back, each with the environment's columns."""
    found = []
    for row in rows:
        record = {"schema": SCHEMA} | asdict(row) | environment
        if row.threads is not None:
            record["threads"] = row.threads
        found.append(
            {
                key: None if isinstance(value, float) and not math.isfinite(value) else value
                for key, value in record.items()
            }
        )
    return found


def write(path: Path, rows: Iterable[Row], environment: dict[str, Any]) -> None:
    """Replace `path` by these rows, each with the environment's columns."""
    lines = [
        json.dumps(record, ensure_ascii=False, allow_nan=False) + "\n"
        for record in records(rows, environment)
    ]
    path.parent.mkdir(parents=True, exist_ok=True)
    files.write(path, "".join(lines))


KINDS: dict[str, fields.Kind] = {
    name: fields.NUMBER if float in get_args(hint) else get_args(hint) or (hint,)
    for name, hint in get_type_hints(Row).items()
}
"""The types of a row's fields, as the class declares them."""
DEFAULTS = {one.name: one.default for one in fields_of(Row) if one.default is not MISSING}


def text_of(path: Path) -> str:
    """A file's text, with or without a byte order mark.

    Raises OSError if it cannot be read, ValueError if it is not UTF-8.
    """
    data = path.read_bytes()
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        raise ValueError(f"{path}:{line}: not UTF-8 text") from None


def checked(record: Any) -> dict[str, Any]:
    """A record with every field of a row.

    Raises ValueError that says what is wrong with it.
    """
    found = fields.complete(record, DEFAULTS)
    if "quantity" not in found:
        raise ValueError("no quantity")
    fields.check(found, KINDS)
    return found


def read(path: Path) -> list[dict[str, Any]]:
    """The rows of a file, each with every field.

    Raises OSError if it cannot be read, ValueError naming the line that is no row and why.
    """
    found = []
    # splitlines would also end a line at U+2028 and the like, which may stand in a text
    for number, line in enumerate(text_of(path).split("\n"), start=1):
        if not line.strip():
            continue
        try:
            record = fields.parse(line)
            if not isinstance(record, dict) or record.get("schema") != SCHEMA:
                raise ValueError(f"no object with schema {SCHEMA}")
            found.append(checked(record))
        except ValueError as error:
            raise ValueError(f"{path}:{number}: not a result row: {error}") from None
    return found
