"""What each peer is, where its time goes, and what was tried and left out."""

from __future__ import annotations

import ast
import re
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from benchmarks.measure.environment import ROOT
from benchmarks.measure.frames import Record
from benchmarks.show.tables import ladder_table, markdown, numbers, ranks
from kernels import PEERS

if TYPE_CHECKING:
    import pandas as pd

SMALL, LARGE = "3-3-1", "100-100-50-10"
"""The article's networks with the fewest and the most multiply-adds."""
HEADINGS = (
    "",
    f"{SMALL}: conversion and dispatch",
    f"{LARGE} adds: arithmetic, and dispatch of one more layer",
    f"{LARGE}, each of 1024 samples in a batch: arithmetic alone",
    "packages",
)
LEFT_OUT = (
    ("TVM", "4.6 µs by its relax virtual machine; builds are hard to install"),
    ("AOTInductor", "5.3 µs by `.loader.run`, after a build of two minutes"),
    ("TorchScript", "27 µs, traced and frozen, beside 8 of `pytorch`; PyTorch has deprecated it"),
    ("IREE", "12 µs"),
    ("Cython", "2.9 times as long as `c` beside it: the same C, and 1 µs more for its memoryviews"),
    ("OpenVINO", "14 to 30 µs, and float64 is computed in float32"),
    ("MLX", "16 to 23 µs on a CPU, for which it is not made"),
    ("tinygrad", "103 µs"),
)
"""Ways that were tried once and left out, with their time of one sample through 64-30-10."""


def module_of(name: str) -> Path:
    """The file of a peer."""
    return ROOT / "kernels" / "peers" / f"{name.replace('-', '_')}.py"


def paragraphs(name: str) -> list[str]:
    """The paragraphs of the docstring of a peer's module: a line each, or a line for each item."""
    text = ast.get_docstring(ast.parse(module_of(name).read_text(encoding="utf-8"))) or ""
    return [re.sub(r"\n(?!- )\s*", " ", one) for one in text.split("\n\n")]


def described(_: pd.DataFrame) -> str:
    """A section on each peer: what it is, what its experts do, and what was slower."""
    sections = []
    for name in PEERS:
        sections += [f"### {name}", *paragraphs(name)]
    return "\n\n".join(sections)


class Times(NamedTuple):
    """A contender's times of one sample of both networks, and of a batch of the large one."""

    small: Record
    large: Record
    many: Record | None


def costs(frame: pd.DataFrame) -> str:
    """The table of where each contender's time goes, as far as two networks tell it.

    The rows are those of one sample and of a batch, in float32 too, for what has no float64.
    """
    found = times(frame, "float64")
    for name, one in times(frame, "float32").items():
        if name not in found:
            found[f"{name} (float32)"] = one
    lines = [
        (
            name,
            numbers.time_of(one.small),
            more(one.large["median_ns"] - one.small["median_ns"]),
            each(one.many),
            str(one.small["packages"] or ""),
        )
        for name, one in sorted(found.items(), key=lambda pair: pair[1].small["median_ns"])
    ]
    return markdown.table(HEADINGS, lines)


def times(frame: pd.DataFrame, dtype: str) -> dict[str, Times]:
    """The times in a dtype, by kernel."""
    small, large, many = (
        ranks.by_kernel(
            frame[
                (frame["workload"] == name)
                & (frame["operation"] == what)
                & (frame["dtype"] == dtype)
            ]
        )
        for name, what in ((SMALL, "forward"), (LARGE, "forward"), (LARGE, "forward_batch"))
    )
    return {
        name: Times(small[name], large[name], many.get(name)) for name in small if name in large
    }


def more(ns: float) -> str:
    """What the large network takes longer than the small one."""
    return numbers.duration(ns) if ns > 0 else "no difference"


def each(time: Record | None) -> str:
    """The time of one of a batch's samples."""
    return (
        ladder_table.MISSING if time is None else numbers.duration(time["median_ns"] / time["rows"])
    )


def left_out(_: pd.DataFrame) -> str:
    """The list of ways that were tried and left out."""
    return "\n".join(f"- **{name}**: {what}." for name, what in LEFT_OUT)
