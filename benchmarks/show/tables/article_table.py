"""The headline table, from stored rows: the article's figures beside this machine's."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from benchmarks.article.figures import COLUMNS, FIGURES, OWN, Figure
from benchmarks.measure import frames, machines, verdicts
from benchmarks.measure.frames import Record
from benchmarks.show.tables import accuracy, numbers

if TYPE_CHECKING:
    import pandas as pd

MISSING = "–"
MACHINE = [
    *machines.NAMED,
    "python", "numpy", "blas", "numba", "llvm", "scikit_learn",
]  # fmt: skip
"""Columns in which rows must agree to share one description of machine and versions."""
HEADINGS = ("§", "what", "article", "here", "%timeit", *COLUMNS)
DERIVED = (
    "derived: follows from what the article prints; docs/sections.md lists the values that it does "
    "not print and that were chosen here"
)


def headline(frame: pd.DataFrame) -> list[tuple[str, ...]]:
    """Lines of the published figures; a value that was not measured is a dash."""
    return [
        (figure.section, figure.claim, figure.cell, *measured(figure, frame)) for figure in FIGURES
    ]


def measured(figure: Figure, frame: pd.DataFrame) -> tuple[str, ...]:
    """The cells of a figure in the columns "here", "%timeit" and one for each kernel."""
    makers = {
        "time": duration_cells,
        "ratio": ratio_cells,
        "output": value_cells,
        "minimum": descent_cells,
        "mean_error": curve_cells,
        "accuracy_percent": accuracy_cells,
        "rivals": rival_cells,
    }
    maker = makers.get(figure.quantity)
    return (maker(figure, frame) if maker else None) or pad()


def pad(*cells: str) -> tuple[str, ...]:
    """These cells, followed by dashes for the rest of the line."""
    return cells + (MISSING,) * (len(HEADINGS) - 3 - len(cells))


def duration_cells(figure: Figure, frame: pd.DataFrame) -> tuple[str, ...] | None:
    """Cells of times: interval of the article's own way, then each kernel's median and speed-up."""
    asked = (frame["workload"] == figure.workload) & (frame["operation"] == figure.operation)
    rows = frames.records(frames.timed(frame[asked]))
    by_kernel = {row["kernel"]: row for row in rows}
    own = by_kernel.get(figure.kernel)
    if own is None:
        return None
    cells = [duration_cell(own), numbers.mean_deviation(own["mean_ns"], own["std_ns"])]
    for kernel in COLUMNS:
        row = by_kernel.get(kernel)
        if row is None:
            cells.append(MISSING)
            continue
        cell = mark(row, numbers.time_of(row))
        if row is not own and not any(map(verdicts.is_below_limit, (row, own))):
            cell += f" ({numbers.ratio(own['median_ns'] / row['median_ns'])} as fast)"
        cells.append(cell)
    return tuple(cells)


def duration_cell(row: Record) -> str:
    """Median with interval, and a mark if it is extrapolated or below the limit."""
    return mark(row, numbers.time_interval_of(row))


def mark(row: Record, text: str) -> str:
    """A time's cell, with a star if it was scaled up, and a remark if it is below the limit."""
    if verdicts.is_below_limit(row):
        text += f" ({verdicts.BELOW})"
    return f"{text} *" if verdicts.is_extrapolated(row) else text


def ratio_cells(figure: Figure, frame: pd.DataFrame) -> tuple[str, ...] | None:
    """A ratio of times with its interval."""
    rows = frames.records(frame[(frame["quantity"] == "ratio") & (frame["figure"] == figure.key)])
    if not rows:
        return None
    row = rows[-1]
    text = numbers.significant(row["value"], 3)
    if row["low"] is not None:
        text += f" [{row['low']:.0f}, {row['high']:.0f}]"
    return pad(text)


def rival_cells(figure: Figure, frame: pd.DataFrame) -> tuple[str, ...] | None:
    """Verdict on a library's fastest way against the article's own vectorised code."""
    rivals = frame[frame["kernel"].isin(figure.rivals)]
    ratios = rivals[rivals["quantity"] == "rival_ratio"]
    times = rivals[rivals["quantity"] == "rival_time"]
    if ratios.empty:
        if (times["state"] == "ok").any():  # the article's own code has no time
            own = (frame["quantity"] == "rival_time") & (frame["kernel"] == OWN)
            times = frame[own]
        return why_untimed(times)
    best = frames.first(ratios.sort_values("value", ascending=False, kind="stable"))
    of_best = times[(times["kernel"] == best["kernel"]) & (times["state"] == "ok")]
    if of_best.empty:
        return None
    time = frames.first(of_best)
    factor = best["value"] if best["value"] > 1 else 1 / best["value"]
    told = verdicts.of_row(best)
    verdict = f"{'yes' if best['value'] > 1 else 'no'}: {numbers.ratio(factor)} " + (
        "as fast" if best["value"] > 1 else "as long"
    )
    text = numbers.time_of(time)
    if told in (verdicts.EQUAL, verdicts.UNCERTAIN):
        verdict = told
    return pad(f"{verdict} ({best['kernel']} {text})")


def why_untimed(times: pd.DataFrame) -> tuple[str, ...] | None:
    """The reason for missing times; one that is not a missing package comes first."""
    rows = frames.records(times[times["state"] != "ok"])
    reasons = [row["reason"] or row["state"] for row in rows]
    told = [one for one in reasons if not one.endswith("is not installed")]
    return pad(*(told or ["not installed"])[:1]) if reasons else None


def of_rungs(own: str | None, cells: Mapping[Any, str]) -> tuple[str, ...] | None:
    """The line's cells from the cell of each kernel; `own` is the article's own way."""
    if own not in cells:
        return None
    return (cells[own], MISSING, *(cells.get(kernel, MISSING) for kernel in COLUMNS))


def value_cells(figure: Figure, frame: pd.DataFrame) -> tuple[str, ...] | None:
    """The worked example's output on each kernel."""
    found = frame.loc[frame["figure"] == figure.key, ["kernel", "value"]].dropna()
    return of_rungs(
        figure.kernel,
        {kernel: f"{value:.8f}" for kernel, value in found.itertuples(index=False)},
    )


def descent_cells(figure: Figure, frame: pd.DataFrame) -> tuple[str, ...] | None:
    """Minimum that the descent finds and its number of steps, plain and under Numba."""
    found = frame[frame["figure"] == figure.key].pivot_table(
        index="kernel", columns="quantity", values="value", aggfunc="first"
    )
    ends = found.reindex(columns=["minimum", "steps"]).dropna()
    return of_rungs(
        "looped", {kernel: f"{x:.6f}, {steps:.0f} steps" for kernel, x, steps in ends.itertuples()}
    )


def curve_cells(figure: Figure, frame: pd.DataFrame) -> tuple[str, ...] | None:
    """First and last value of the curve, and its value after a third of the iterations."""
    curve = frame[(frame["quantity"] == figure.quantity) & (frame["seed"] == 0)]
    rows = frames.records(curve.sort_values("iterations", kind="stable"))
    if len(rows) < 2:
        return None
    first, last = rows[0], rows[-1]
    middle = min(rows, key=lambda row: abs(row["iterations"] - last["iterations"] / 3))
    return pad(
        f"{first['value']:.3f} → {last['value']:.3f}; "
        f"{middle['value']:.3f} after {middle['iterations']}"
    )


def accuracy_cells(figure: Figure, frame: pd.DataFrame) -> tuple[str, ...] | None:
    """Median and range of the accuracy over seeds, and the article's place among them."""
    percents = frames.values(frame.loc[frame["quantity"] == figure.quantity, "value"])
    return pad(accuracy.cell(percents)) if percents else None


def notes(frame: pd.DataFrame) -> list[str]:
    """Notes below the table: on derived figures, on the libraries' duel, on stars."""
    starred = filter(verdicts.is_extrapolated, frames.records(frame))
    stars = [f"{row['kernel']} {row['operation']}: {row['extrapolated_from']}" for row in starred]
    extrapolated = [f"* extrapolated from a part ({'; '.join(stars)})"] if stars else []
    return [DERIVED, *duelled(frame), *extrapolated]


def duelled(frame: pd.DataFrame) -> list[str]:
    """A note on the time of the article's own way in the libraries' duel."""
    own = frame[(frame["quantity"] == "rival_time") & (frame["kernel"] == OWN)]
    own = own[own["median_ns"].notna()]
    if own.empty:
        return []
    row = frames.first(own)
    time = numbers.time_interval_of(row)
    return [f"libraries: timed in a duel of their own, in which {OWN} takes {time}"]


def machine(frame: pd.DataFrame) -> str:
    """Machine, versions and commits of the rows; a list, if there are several machines."""
    told = [origin(group) for _, group in frame.groupby(MACHINE, sort=False, dropna=False)]
    if len(told) < 2:
        return told[0] if told else "Not measured"
    listed = (f"({number}) {one}" for number, one in enumerate(told, start=1))
    return f"Rows of {len(told)} machines or sets of versions: {'; '.join(listed)}"


def origin(frame: pd.DataFrame) -> str:
    """Processor, settings, versions and commits of rows from one machine."""
    row = frames.first(frame)
    peers = (one for some in frame["packages"].dropna().unique() for one in some.split(", "))
    named = (one for one in peers if one and not one.startswith("sklearn"))
    libraries = ", ".join(dict.fromkeys([f"scikit-learn {row['scikit_learn']}", *named]))
    settings = zip(*(frames.values(frame[name]) for name in ("threads", "dtype")), strict=True)
    setting = ", one thread, float64" if {*settings} == {(1, "float64")} else ""
    taken = zip(*(frames.values(frame[name]) for name in ("commit", "date")), strict=True)
    commits = " and ".join(f"commit {commit}, {date}" for commit, date in dict.fromkeys(taken))
    return (
        f"{machines.described(row)}{setting}; "
        f"Python {row['python']}, NumPy {row['numpy']}, {row['blas']}, Numba {row['numba']}, "
        f"LLVM {row['llvm']}, {libraries}; {commits}"
    )
