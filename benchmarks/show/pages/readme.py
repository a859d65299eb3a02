"""The documents that are generated, in whole or in part: `PARTS` is the list of all parts.

A part stands between two markers of its document::

    <!-- NAME: generated, do not edit -->
    <!-- end of NAME -->

and ends with a digest of the rows that it was made from, so that rows measured anew show even
where the text came out the same.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

from benchmarks.measure import frames, reference_runs, rows, stored
from benchmarks.measure.environment import ROOT
from benchmarks.measure.stored import Load
from benchmarks.show.drawing.chart import digest
from benchmarks.show.figures import curves, iterations, training
from benchmarks.show.pages import first_page, losses, result_pages, tree
from benchmarks.show.tables import (
    glossary_table,
    markdown,
    parts_table,
    peers_table,
    published,
    sections_table,
)

if TYPE_CHECKING:
    import pandas as pd

START, END = "<!-- {name}: generated, do not edit -->", "<!-- end of {name} -->"
MARKERS = re.compile(
    r"<!--\s*(?:end of\s+(?P<end>\S+?)|(?P<start>\S+?)\s*:\s*generated\b.*?)\s*-->"
)
"""Whatever looks like a marker, also if it is written wrongly or does not stand alone in a line."""

Writer = Callable[["pd.DataFrame"], str]
"""Makes the text of a part from the rows of its runs."""


@dataclass(frozen=True)
class Part:
    """A generated part of a document."""

    document: str
    """Path of the document from the root of the repository."""
    name: str
    """The name in the part's markers."""
    runs: tuple[str, ...]
    """The reference runs that the part is made from; none for lists that are kept in code."""
    write: Writer
    """The function that makes the part's text from the rows of these runs."""

    def text(self, load: Load) -> str:
        """The text between the markers."""
        frame = load(*self.runs)
        text = self.write(frame)
        return f"{text}\n<!-- rows {digest(frames.records(frame))} -->" if self.runs else text


@dataclass(frozen=True)
class Stale:
    """A document that is not up to date."""

    path: Path
    text: str
    """The text that the document should have."""
    parts: tuple[str, ...]
    """The names of the parts that are not up to date."""

    def __str__(self) -> str:
        return f"{self.path.name} ({', '.join(self.parts)})"


def sections(_: pd.DataFrame) -> str:
    """The table of the article's sections, and where the subject of each is here."""
    return markdown.table(sections_table.HEADINGS, sections_table.lines())


def terms(_: pd.DataFrame) -> str:
    """The table of the article's terms, with the section that introduces each."""
    return markdown.table(glossary_table.HEADINGS, glossary_table.lines())


def values(_: pd.DataFrame) -> str:
    """The table of the values that our copy of the article does not print."""
    return markdown.table(sections_table.VALUE_HEADINGS, sections_table.value_lines())


README, CONTRIBUTING = "README.md", "CONTRIBUTING.md"
NETWORKS, TRAINING = "docs/guide/networks.md", "docs/guide/training.md"
CLUSTER = "docs/guide/cluster.md"
GLOSSARY, SECTIONS, RESULTS = "docs/glossary.md", "docs/sections.md", "docs/results"


def page(name: str, *parts: tuple[str, tuple[str, ...], Writer]) -> list[Part]:
    """The parts of a page of docs/results; the last says how to measure all its runs again."""
    document = f"{RESULTS}/{name}.md"
    runs = tuple(dict.fromkeys(run for _, runs, _ in parts for run in runs))
    found = [Part(document, *part) for part in parts]
    return [*found, Part(document, "again", (), lambda _: result_pages.again(runs))]


WIDE = ("wide-1", "wide-10", "wide-64", "wide-1024")
RANKED = tuple(
    run.name
    for run in reference_runs.RUNS
    if run.arguments[0] == "ladder" and "--crossover" not in run.arguments
)
"""The runs with a ranking, without those that vary one axis."""
PARTS = (
    Part(README, "answer", ("forward",), first_page.opening),
    Part(README, "article", ("article",), first_page.article),
    Part(README, "advice", ("forward",), first_page.advice),
    Part(README, "compiled", ("compile",), first_page.compiled),
    Part(README, "digits", tuple(run for run, _ in first_page.DIGITS), first_page.digits),
    Part(README, "harness", ("selftest",), first_page.harness),
    Part(README, "losses", RANKED, losses.text),
    Part(CONTRIBUTING, "tree", (), lambda _: tree.text()),
    Part(NETWORKS, "activations", (), parts_table.activations),
    Part(NETWORKS, "losses", (), parts_table.losses),
    Part(TRAINING, "optimizers", (), parts_table.optimizers),
    Part(CLUSTER, "costs", ("costs",), result_pages.costs),
    Part(GLOSSARY, "terms", (), terms),
    Part(SECTIONS, "sections", (), sections),
    Part(SECTIONS, "values", (), values),
    *page(
        "article",
        ("article", ("article",), result_pages.article),
        ("statements", ("article",), result_pages.statements),
        ("iterations", ("article",), result_pages.figure(iterations.iterations)),
    ),
    *page(
        "forward",
        ("forward", ("forward",), result_pages.ranking),
        ("in-c", ("forward",), result_pages.in_c),
        ("payback", ("forward",), result_pages.figure(curves.payback)),
    ),
    *page(
        "batches",
        ("batches", ("batch", "batch-digits"), result_pages.ranking),
    ),
    *page(
        "gradients",
        ("gradients", ("gradient-1",), result_pages.ranking),
        ("batch-gradients", ("gradient",), result_pages.ranking),
    ),
    *page(
        "training",
        ("training", ("train",), result_pages.ranking),
        ("adam", ("adam-200", "adam-32", "adam-1"), result_pages.ranking),
        ("today", ("article", "today-200", "today-32"), result_pages.today),
        ("two", ("train-threads",), result_pages.ranking),
        ("threads", ("train", "train-threads"), result_pages.figure(curves.threads)),
        ("experiment", ("article", "train"), result_pages.figure(training.training)),
        ("many", ("many",), result_pages.many),
    ),
    *page(
        "crossover",
        ("batch", ("crossover-batch",), result_pages.figure(curves.batches)),
        ("width", ("forward", "crossover-width"), result_pages.figure(curves.sizes)),
    ),
    *page(
        "float32",
        ("forward", ("forward-float32",), result_pages.ranking),
        ("batches", ("batch-float32",), result_pages.ranking),
        ("single", ("train-single",), result_pages.ranking),
        ("accuracy", ("train-float32", "article"), result_pages.accuracy),
    ),
    *page("wide", ("wide", WIDE, result_pages.ranking)),
    *page(
        "serving",
        ("compile", ("compile",), result_pages.serving),
        ("pipelines", ("pipelines",), result_pages.serving),
    ),
    *page(
        "rivals",
        ("known-networks", (), result_pages.known),
        ("peers", (), peers_table.described),
        ("costs", ("forward", "batch", "forward-float32", "batch-float32"), peers_table.costs),
        ("left-out", (), peers_table.left_out),
        ("known-forward", ("known-forward",), result_pages.ranking),
        ("known-batches", ("known-batch",), result_pages.ranking),
        ("known-batches-float32", ("known-batch-float32",), result_pages.ranking),
        ("known-gradients", ("known-gradient",), result_pages.ranking),
        ("published", published.RUNS, result_pages.published),
    ),
    *page("fit", ("fit", ("fit",), result_pages.fits)),
    *page("selftest", ("selftest", ("selftest",), result_pages.selftest)),
)


def committed(*runs: str) -> pd.DataFrame:
    """The rows of these reference runs; one that was never measured has none."""
    return stored.load(*(run for run in runs if (rows.REFERENCE / run).is_dir()))


def stale(root: Path = ROOT, parts: Iterable[Part] = PARTS) -> list[Stale]:
    """The documents below `root` that are not up to date with the reference runs.

    Raises ValueError, naming the document, where a part has no markers or markers have no part.
    """
    load: Load = cache(committed)
    texts: dict[str, dict[str, str]] = {}
    for part in parts:
        texts.setdefault(part.document, {})[part.name] = part.text(load)
    found = []
    for document, wanted in texts.items():
        path = root / document
        try:
            before = path.read_text(encoding="utf-8")
            after = render(before, wanted)
        except ValueError as error:
            raise ValueError(f"{document}: {error}") from None
        if before != after:
            old = {name: between(before, name)[1] for name in wanted}
            names = tuple(name for name, text in wanted.items() if old[name] != f"\n{text}\n")
            found.append(Stale(path, after, names))
    return found


def render(document: str, texts: dict[str, str]) -> str:
    """The document with each part's text between its markers.

    Raises ValueError for a part without markers, and for markers that are without a part, there
    twice, out of order, or not as they should be written.
    """
    check_markers(document, texts)
    for name, text in texts.items():
        before, _, after = between(document, name)
        document = f"{before}\n{text}\n{after}"
    return document


def check_markers(document: str, names: Iterable[str]) -> None:
    """Raise ValueError unless a document's markers are those of these parts, in pairs."""
    seen: set[str] = set()
    opened = ""
    for found in MARKERS.finditer(document):
        name = found["start"] or found["end"]
        marker = (START if found["start"] else END).format(name=name)
        line = document[document.rfind("\n", 0, found.start()) + 1 :].partition("\n")[0]
        if name not in names:
            raise ValueError(f"nothing generates the section {marker}")
        if line != marker:
            raise ValueError(f"the line {line!r} must be {marker}, nothing else")
        if found["end"] and opened != name:
            raise ValueError(f"{marker} ends no section")
        if found["start"] and name in seen:
            raise ValueError(f"{marker} is there twice")
        if found["start"] and opened:
            raise ValueError(f"{marker} is inside the section {opened}")
        opened = name if found["start"] else ""
        seen.add(name)


def between(document: str, name: str) -> tuple[str, str, str]:
    """A document up to the end of a start marker, the part, and the rest from its end marker on.

    Raises ValueError where a marker is missing.
    """
    start, end = START.format(name=name), END.format(name=name)
    before, found, rest = document.partition(start)
    part, closed, after = rest.partition(end)
    if not found or not closed:
        raise ValueError(f"the document has no section between {start} and {end}")
    return before + start, part, end + after
