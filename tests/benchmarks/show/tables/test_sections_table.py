"""The page of the article's sections: places in this repository, derived and added values."""

from __future__ import annotations

import ast
import re
from typing import Any

import pytest

from benchmarks.__main__ import COMMANDS
from benchmarks.article.figures import FIGURES, NOTHING
from benchmarks.article.lost import VALUES
from benchmarks.article.sections import ARTICLE, OPENINGS, SECTIONS
from benchmarks.measure.environment import ROOT
from benchmarks.show.figures.rankings import nanoseconds, published
from benchmarks.show.tables import sections_table
from tests.benchmarks.article.test_sections import CITATION, SIGN, numbers

PARTS: tuple[Any, ...] = (*OPENINGS, *SECTIONS)


PAGE = ROOT / "docs" / "sections.md"


def defined(body: list[ast.stmt]) -> dict[str, list[ast.stmt]]:
    """Return the names that statements define, including attributes of classes."""
    found: dict[str, list[ast.stmt]] = {}
    for node in body:
        if isinstance(node, ast.ClassDef | ast.FunctionDef):
            found[node.name] = node.body
        elif isinstance(node, ast.Assign | ast.AnnAssign):
            targets = node.targets if isinstance(node, ast.Assign) else [node.target]
            names = [one for target in targets for one in ast.walk(target)]
            found |= {one.id: [] for one in names if isinstance(one, ast.Name)}
    return found


def exists(place: str) -> bool:
    """Return True if a command, a file, or a name in a file exists."""
    words = place.split()
    if words[:3] == ["python", "-m", "benchmarks"]:
        return words[3:] in [[name] for name in COMMANDS]
    path, _, name = place.partition(":")
    if not (ROOT / path).is_file():
        return False
    if not name:
        return place == path
    body = ast.parse((ROOT / path).read_text(encoding="utf-8")).body
    for part in name.split("."):
        names = defined(body)
        if part not in names:
            return False
        body = names[part]
    return True


@pytest.mark.parametrize("part", PARTS, ids=lambda part: part.number)
def test_every_place_of_a_section_exists(part: Any) -> None:
    assert part.says.endswith(".")
    assert part.places
    for place in part.places:
        assert exists(place), place


@pytest.mark.parametrize("value", VALUES, ids=lambda value: value.what)
def test_values_that_replace_lost_ones_are_where_the_list_says(value: Any) -> None:
    assert exists(value.place)
    assert ":" in value.place


@pytest.mark.parametrize(
    "place",
    [
        "kernels/nothing.py",
        "kernels/rungs/looped.py:nothing",
        "kernels/rungs/looped.py:Kernel.nothing",
        "kernels/rungs/looped.py:",
        "python -m benchmarks nothing",
        "python -m benchmarks",
    ],
)
def test_a_place_that_does_not_exist_is_found(place: str) -> None:
    assert not exists(place)


def test_a_module_that_opens_with_a_section_is_among_its_places() -> None:
    held = 0
    for path in (*(ROOT / "kernels").rglob("*.py"), *(ROOT / "benchmarks/article").glob("*.py")):
        text = ast.get_docstring(ast.parse(path.read_text(encoding="utf-8"))) or ""
        first = CITATION.search(text.partition("\n")[0])
        for number in numbers(first) if first else ():
            name = str(path.relative_to(ROOT))
            parts = [one for one in PARTS if f"{one.number}.".startswith(f"{number}.")]
            places = [place.partition(":")[0] for part in parts for place in part.places]
            assert name in places, f"{name} opens with {SIGN}{number}, which does not lead to it"
            held += 1
    assert held >= 8


# --- what is printed and what is not ------------------------------------------------------------


def test_derived_figures_follow_from_printed_ones() -> None:
    by_key = {figure.key: figure for figure in FIGURES}
    four, less = by_key["looped 3-3-3-1"], by_key["vectorized 3-3-3-1"]
    assert less.published == "24 µs less"
    assert nanoseconds(less.value) == nanoseconds(four.value) - 24e3
    assert less.cell == "24 µs less (derived: 46 µs)"
    marks = {mark.name: mark.value for mark in published("3-3-3-1")}
    assert marks == {"article, looped": 70e3, "article, vectorized*": 46e3}
    looped, vectorized, ratio = (
        by_key[f"{name} 100-100-50-10"] for name in ("looped", "vectorized", "ratio")
    )
    times = nanoseconds(looped.published), nanoseconds(vectorized.published)
    assert ratio.published == NOTHING
    assert ratio.derived == f"{times[0] / times[1]:.0f}"
    assert ratio.cell == "488 (derived)"
    others = [figure for figure in FIGURES if figure not in (less, ratio)]
    assert all(figure.cell == figure.value == figure.published for figure in others)


def test_documents_name_the_article_and_what_is_derived() -> None:
    page = PAGE.read_text(encoding="utf-8")
    assert ARTICLE in (ROOT / "README.md").read_text(encoding="utf-8")
    assert page.count(ARTICLE) == 1
    for figure in FIGURES:
        assert (figure.derived or "") in page


def test_the_page_of_sections_leads_to_files_that_are_there() -> None:
    page = PAGE.read_text(encoding="utf-8")
    targets = re.findall(r"\]\(([^)#]+)", page)
    assert len(targets) > len(SECTIONS)
    for target in targets:
        assert (PAGE.parent / target).is_file(), target


def test_places_are_links_as_seen_from_docs_and_commands_are_code() -> None:
    places = ["kernels/network.py", "kernels/network.py:Network.save", "python -m benchmarks list"]
    assert sections_table.links(places) == (
        "[`kernels/network.py`](../kernels/network.py), "
        "[`network.Network.save`](../kernels/network.py), `python -m benchmarks list`"
    )
