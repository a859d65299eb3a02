"""The figures that documents show: only these are written as SVG files."""

from __future__ import annotations

import re
from pathlib import Path

from benchmarks.measure.environment import ROOT

SHOWN = re.compile(r"results/figures/([\w-]+)\.svg")


def figures(root: Path = ROOT) -> set[str]:
    """The names of the SVG files that README.md and the documents in docs show."""
    documents = [root / "README.md", *(root / "docs").rglob("*.md")]
    texts = (path.read_text(encoding="utf-8") for path in documents if path.is_file())
    return {name for text in texts for name in SHOWN.findall(text)}
