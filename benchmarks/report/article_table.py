"""The headline table: the article's figures beside this machine's, drawn from stored rows."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import numpy as np

from benchmarks.article.digits import ARTICLE_ACCURACY_PERCENT
from benchmarks.article.figures import FIGURES, Figure
from benchmarks.measure import verdicts
from benchmarks.report import numbers
from benchmarks.workloads import RUNGS

Record = dict[str, Any]
MISSING = "–"
HEADINGS = ("§", "what", "article", "here", "%timeit", *RUNGS)
DERIVED = (
    "derived: not printed in the article, but following from what it prints; "
    "which values are ours because it prints none: docs/sections.md"
)


Line = tuple[str, ...]


def find(records: Iterable[Record], **fields: Any) -> list[Record]:
    """The records in which all these fields have these values."""
    return [r for r in records if all(r.get(key) == value for key, value in fields.items())]


def headline(records: list[Record]) -> list[Line]:
    """One line per published figure; what was not measured shows as a dash."""
    return [
        (figure.section, figure.claim, figure.cell, *measured(figure, records))
        for figure in FIGURES
    ]


def measured(figure: Figure, records: list[Record]) -> tuple[str, ...]:
    """The cells "here", "%timeit" and one for each rung."""
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
    return (maker(figure, records) if maker else None) or pad()


def pad(*cells: str) -> tuple[str, ...]:
    """These cells, and dashes for the rest of the line."""
    return cells + (MISSING,) * (len(HEADINGS) - 3 - len(cells))


def duration_cells(figure: Figure, records: list[Record]) -> tuple[str, ...] | None:
    """Median and interval of the article's own way; each rung's median and ratio to that."""
    rows = find(records, quantity="time", workload=figure.workload, operation=figure.operation)
    by_kernel = {row["kernel"]: row for row in rows}
    own = by_kernel.get(figure.kernel)
    if own is None:
        return None
    cells = [duration_cell(own), numbers.mean_deviation(own["mean_ns"], own["std_ns"])]
    for rung in RUNGS:
        row = by_kernel.get(rung)
        if row is None:
            cells.append(MISSING)
            continue
        cell = mark(row, numbers.duration(row["median_ns"], row["low_ns"], row["high_ns"]))
        if row is not own and not any(map(verdicts.is_below_limit, (row, own))):
            cell += f" ({numbers.ratio(own['median_ns'] / row['median_ns'])})"
        cells.append(cell)
    return tuple(cells)


def duration_cell(row: Record) -> str:
    """Median with interval, marked where it is extrapolated."""
    return mark(row, numbers.duration_interval(row["median_ns"], row["low_ns"], row["high_ns"]))


def mark(row: Record, text: str) -> str:
    """A star behind what was scaled up from a part; a word behind what cannot be."""
    if verdicts.is_below_limit(row):
        text += f" ({verdicts.BELOW})"
    return f"{text} *" if row.get("extrapolated_from") else text


def ratio_cells(figure: Figure, records: list[Record]) -> tuple[str, ...] | None:
    """The ratio with its interval."""
    rows = find(records, quantity="ratio", figure=figure.key)
    if not rows:
        return None
    row = rows[-1]
    text = numbers.significant(row["value"], 3)
    if row["low"] is not None:
        text += f" [{row['low']:.0f}, {row['high']:.0f}]"
    return pad(text)


def rival_cells(figure: Figure, records: list[Record]) -> tuple[str, ...] | None:
    """Whether a library is faster than the article's own vectorised code: its fastest way."""
    rows = [r for name in figure.rivals for r in find(records, kernel=name)]
    ratios = [r for r in rows if r["quantity"] == "rival_ratio"]
    if not ratios:
        reasons = [r["reason"] for r in rows if r["quantity"] == "rival_time"]
        absent = reasons and all(str(one).endswith("is not installed") for one in reasons)
        return pad("not installed" if absent else str(reasons[0])) if reasons else None
    best = max(ratios, key=lambda r: r["value"])
    time = next(iter(find(rows, quantity="rival_time", kernel=best["kernel"], state="ok")), None)
    if time is None:
        return None
    factor = best["value"] if best["value"] > 1 else 1 / best["value"]
    told = verdicts.of_row(best)
    verdict = f"{'yes' if best['value'] > 1 else 'no'}: {numbers.ratio(factor)} " + (
        "as fast" if best["value"] > 1 else "as long"
    )
    text = numbers.duration(time["median_ns"], time["low_ns"], time["high_ns"])
    if told in (verdicts.EQUAL, verdicts.UNCERTAIN):
        verdict = told
    return pad(f"{verdict} ({best['kernel']} {text})")


def value_cells(figure: Figure, records: list[Record]) -> tuple[str, ...] | None:
    """One number a rung."""
    rows = {row["kernel"]: row for row in find(records, figure=figure.key)}
    if figure.kernel not in rows:
        return None
    by_rung = [f"{rows[rung]['value']:.8f}" if rung in rows else MISSING for rung in RUNGS]
    return (f"{rows[figure.kernel]['value']:.8f}", MISSING, *by_rung)


def descent_cells(figure: Figure, records: list[Record]) -> tuple[str, ...] | None:
    """Where the descent ends and after how many steps, plain and under Numba."""
    found: dict[str, str] = {}
    for kernel in RUNGS:
        x = find(records, figure=figure.key, kernel=kernel, quantity="minimum")
        count = find(records, figure=figure.key, kernel=kernel, quantity="steps")
        if x and count:
            found[kernel] = f"{x[0]['value']:.6f}, {count[0]['value']:.0f} steps"
    if "looped" not in found:
        return None
    return (found["looped"], MISSING, *(found.get(rung, MISSING) for rung in RUNGS))


def curve_cells(figure: Figure, records: list[Record]) -> tuple[str, ...] | None:
    """Where the curve starts and ends, and how little its last two thirds change."""
    rows = sorted(find(records, quantity=figure.quantity, seed=0), key=lambda r: r["iterations"])
    if len(rows) < 2:
        return None
    first, middle, last = rows[0], rows[-2], rows[-1]
    return pad(
        f"{first['value']:.3f} → {last['value']:.3f}; "
        f"{middle['value']:.3f} after {middle['iterations']}"
    )


def accuracy_cells(figure: Figure, records: list[Record]) -> tuple[str, ...] | None:
    """The distribution over seeds, and where the article's figure lies in it."""
    values = [row["value"] for row in find(records, quantity=figure.quantity)]
    if not values:
        return None
    below = sum(value <= ARTICLE_ACCURACY_PERCENT for value in values)
    return pad(
        f"{np.median(values):.1f} % ({min(values):.1f} … {max(values):.1f}, {len(values)} seeds; "
        f"{below} at most {figure.published})"
    )


def notes(records: list[Record]) -> list[str]:
    """What derived means, and what a star does, figure by figure."""
    stars = [
        f"{row['kernel']} {row['operation']}: {row['extrapolated_from']}"
        for row in records
        if row.get("extrapolated_from")
    ]
    extrapolated = [f"* extrapolated from a part ({'; '.join(stars)})"] if stars else []
    return [DERIVED, *extrapolated]


def machine(records: list[Record]) -> str:
    """One sentence on where and with what the rows were measured."""
    if not records:
        return "Not measured"
    row = records[0]
    peers = (record.get("packages") or "" for record in records)
    named = dict.fromkeys(one for one in peers if one and not one.startswith("sklearn"))
    libraries = ", ".join([f"scikit-learn {row['scikit_learn']}", *named])
    alike = {(record["threads"], record["dtype"]) for record in records} == {(1, "float64")}
    setting = ", one thread, float64" if alike else ""
    return (
        f"{row['processor']} ({row['vector_instructions']}, {row['cores']} cores){setting}; "
        f"Python {row['python']}, NumPy {row['numpy']}, {row['blas']}, Numba {row['numba']}, "
        f"LLVM {row['llvm']}, {libraries}; commit {row['commit']}, {row['date']}"
    )
