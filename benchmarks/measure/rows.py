"""Result rows: one JSON object a line, one line a measured quantity.

A row says what was measured and how it came out. Machine, versions, settings, commit and day, which
all rows of a run share, are in the header beside the rows (`measure.header`), and reading a file
joins the two. `frame` returns a DataFrame. Every field is checked on reading (`measure.fields`).
"""

from __future__ import annotations

import json
import math
import os
from collections.abc import Iterable, Mapping
from dataclasses import MISSING, asdict, dataclass
from dataclasses import fields as fields_of
from pathlib import Path
from typing import TYPE_CHECKING, Any, get_args, get_type_hints

from benchmarks.measure import fields, files, header, private
from benchmarks.measure.environment import ROOT
from benchmarks.measure.header import SCHEMA
from benchmarks.measure.statistics import Interval

if TYPE_CHECKING:
    import pandas as pd

READABLE = (1, SCHEMA)
"""Schema 1 had every column of the header, and null for what does not apply, in each row."""
RESULTS = ROOT / "results"
REFERENCE = RESULTS / "reference"
"""The committed runs."""
RECORDED = RESULTS / "asv"
"""The records of asv."""
LOCAL = Path(os.environ.get("MLP_LADDER_LOCAL") or RESULTS / "local")
"""The user's own runs."""


@dataclass(frozen=True)
class Row:
    """One measured quantity. Times are per call, in nanoseconds; None means "does not apply"."""

    quantity: str
    """"time", or what `value` is, with its unit: "accuracy_percent", "output", "ratio"."""
    workload: str | None = None
    """The network, by name: a network of logistic nodes by its sizes."""
    operation: str | None = None
    """The operation: forward, forward_batch, gradient, train, serve; of §4.1, descent."""
    kernel: str | None = None
    """The kernel that was measured."""
    dtype: str = "float64"
    """The precision of the plan."""
    rows: int | None = None
    """Samples in the batch; None for one sample."""
    iterations: int | None = None
    """Iterations of training."""
    median_ns: float | None = None
    """The time: the median of samples, or in a sitting the geometric mean over processes."""
    low_ns: float | None = None
    """The lower end of the time's 95 % confidence interval."""
    high_ns: float | None = None
    """The upper end of that interval."""
    mean_ns: float | None = None
    """The mean of 7 runs, as %timeit reports it."""
    std_ns: float | None = None
    """The standard deviation of these 7 runs."""
    floor_ns: float | None = None
    """The time of calling a builtin function that does nothing with the same arguments."""
    limit_ns: float | None = None
    """The least time that the machine's limits allow, the floor included."""
    samples: int | None = None
    """Timing samples, each of one or more calls."""
    processes: int | None = None
    """Fresh processes that the interval is taken over, where it is not taken over samples."""
    calls_per_sample: int | None = None
    """Calls in each timing sample."""
    extrapolated_from: str | None = None
    """The part that was timed, where the time is scaled up from it."""
    value: float | None = None
    """The result of a quantity other than a time."""
    low: float | None = None
    """The lower end of the value's 95 % confidence interval."""
    high: float | None = None
    """The upper end of that interval."""
    error: float | None = None
    """The largest absolute difference from the reference on this very workload; from
    scikit-learn's results where the operation is serve."""
    build_seconds: float | None = None
    """The duration of the first build, in a sitting with nothing cached by an earlier process."""
    rebuild_seconds: float | None = None
    """The duration of a build with everything that compilers cache on disk."""
    against: str | None = None
    """The kernel whose time a ratio is divided by."""
    verdict: str | None = None
    """The verdict on a ratio's interval: faster, slower, no difference, too uncertain."""
    state: str = "ok"
    """"ok", or the kind of failure: missing, not offered, wrong, crashed, hung, failed."""
    reason: str | None = None
    """The message of a failure; or how a time's task differs from the one asked for."""
    packages: str | None = None
    """Packages of a peer with their versions, which may differ from the header's."""
    slower_percent: float | None = None
    """Additional calls that a slowed copy made for each that was counted."""
    seconds: float | None = None
    """The duration of the timing, or of one run where there was only one."""
    figure: str | None = None
    """The key of the article's figure that this reproduces."""
    seed: int | None = None
    """The seed of a training."""
    threads: int | None = None
    """Threads of this row, where they differ from the header's."""
    loss: str | None = None
    """The loss of a gradient or a training, where it is not the one that follows."""
    weights: str | None = None
    """The digest of the network's weights, where they are from a file."""
    training: str | None = None
    """How a training steps, where it is not the article's way: `adam, batch 32`. The time is that
    of a step then."""
    form: str | None = None
    """Settings of a kernel's own form of the optimizer, where it has another than was asked for."""


def interval_fields(interval: Interval, unit: str = "") -> dict[str, Any]:
    """The fields of a row that hold an interval: `value, low, high`, or for "ns" `median_ns, ...`.

    The ends are None unless both are finite.
    """
    names = ("median_ns", "low_ns", "high_ns") if unit == "ns" else ("value", "low", "high")
    value, *ends = interval
    known = all(map(math.isfinite, ends))
    return dict(zip(names, (value, *(ends if known else (None, None))), strict=True))


def stored(row: Row) -> dict[str, Any]:
    """The fields of a row that are written: those that it has, and a reason without paths."""
    found = {key: value for key, value in asdict(row).items() if is_storable(value)}
    if "reason" in found:
        found["reason"] = private.without_paths(found["reason"])
    return {"schema": SCHEMA} | found


def is_storable(value: Any) -> bool:
    """False for None, and for NaN and infinity, which JSON does not define."""
    return value is not None and not (isinstance(value, float) and not math.isfinite(value))


def records(rows: Iterable[Row], columns: Mapping[str, Any]) -> list[dict[str, Any]]:
    """Rows in the form in which they are read from a run whose header has these columns."""
    return [fields.complete({**columns, **stored(row)}, DEFAULTS) for row in rows]


def write(path: Path, rows: Iterable[Row], columns: Mapping[str, Any] | None = None) -> None:
    """Write a file of rows, replacing its content.

    `columns` are repeated in each row: those of a header, for a file that has none beside it.
    """
    text = encoded(rows, columns or {})
    path.parent.mkdir(parents=True, exist_ok=True)
    files.write(path, text)


def encoded(rows: Iterable[Row], columns: Mapping[str, Any]) -> str:
    """The text of a file of rows, in each of which these columns are repeated."""
    return "".join(
        json.dumps(
            {"schema": SCHEMA, **columns, **stored(row)}, ensure_ascii=False, allow_nan=False
        )
        + "\n"
        for row in rows
    )


KINDS: dict[str, fields.Kind] = {
    name: fields.NUMBER if float in get_args(hint) else get_args(hint) or (hint,)
    for name, hint in get_type_hints(Row).items()
}
"""The types of a row's fields, as the class declares them."""
DEFAULTS = {one.name: one.default for one in fields_of(Row) if one.default is not MISSING}


def checked(record: Any) -> dict[str, Any]:
    """A record with every field of a row.

    Raises ValueError with the first problem of its fields.
    """
    found = fields.complete(record, DEFAULTS)
    if "quantity" not in found:
        raise ValueError("no quantity")
    fields.check(found, KINDS)
    return found


def file_of(path: Path) -> Path:
    """The file of rows at a path: the path itself, or rows.jsonl in the folder of a run.

    Raises ValueError for a folder that is not of a run.
    """
    if not path.is_dir():
        return path
    if not is_run(path):
        raise ValueError(f"{path} is a directory, not a run: it has no {header.ROWS}")
    return path / header.ROWS


def is_run(path: Path) -> bool:
    """True for a folder with rows, or with the header of a run that has none yet."""
    return any((path / name).is_file() for name in (header.ROWS, header.HEADER))


def read(path: Path) -> list[dict[str, Any]]:
    """The rows of a run, each with every field and with the columns of the run's header.

    `path` is the folder of a run or a file of rows. A run that has no rows yet gives none.

    Raises OSError if a file cannot be read, ValueError naming the file, and the line that is no
    row, and why.
    """
    file = file_of(path)
    missing = path.is_dir() and not file.exists()
    return decoded(file, "" if missing else files.text_of(file))


def decoded(file: Path, text: str) -> list[dict[str, Any]]:
    """The rows in the text of a file, as `read` gives them: for a pipe, which is read only once.

    Raises OSError and ValueError as `read` does.
    """
    columns = header.read(header.beside(file)).columns
    found = []
    # splitlines would also end a line at U+2028 and the like, which may stand in a text
    for number, line in enumerate(text.split("\n"), start=1):
        if not line.strip():
            continue
        try:
            record = fields.parse(line)
            if not isinstance(record, dict) or record.get("schema") not in READABLE:
                raise ValueError(f"no object with schema {' or '.join(map(str, READABLE))}")
            found.append(checked(columns | record))
        except ValueError as error:
            raise ValueError(f"{file}:{number}: not a result row: {error}") from None
    return found


def frame(path: Path | str) -> pd.DataFrame:
    """The rows of a run as a DataFrame, with the columns of `frames.DTYPES` and their types.

    `path` is the folder of a run, a file of rows with or without a header beside it, or
    pytest-benchmark's JSON; `stored.load` also takes several runs, and their names.

    Raises OSError if a file cannot be read, ValueError naming the file and what is wrong with it.
    """
    from benchmarks.measure import stored

    return stored.load(Path(path))
