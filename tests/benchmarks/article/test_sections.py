"""Every § in the repository cites an existing section of the article, and the right one."""

from __future__ import annotations

import importlib
import pkgutil
import re
import subprocess
from collections.abc import Iterator

import pytest

import benchmarks.article
from benchmarks.article.figures import FIGURES
from benchmarks.article.lost import VALUES
from benchmarks.article.sections import CHAPTERS, OPENINGS, SECTIONS
from benchmarks.article.statements import STATEMENTS
from benchmarks.measure.environment import ROOT

SIGN = "\N{SECTION SIGN}"
NUMBERS = [section.number for section in SECTIONS]
KNOWN = {*NUMBERS, *CHAPTERS}
JOINT = rf"(,| to| and| or|–)\s*{SIGN}*\s*(\d+\.\d+)"
CITATION = re.compile(rf"{SIGN}+\s*(\d+(?:\.\d+)*)((?:{JOINT})*)")
SUBJECTS = {
    r"the sigmoid": {"2.1"},
    r"worked example": {"3.1", "3.2"},
    r"%timeit|(40|70) µs": {"3.3"},
    r"24 µs less|41 ms|84 µs|488|TensorFlow|Theano": {"3.5"},
    r"x⁴|x\^4|2\.249965|(gradient )?descent in one dimension": {"4.1"},
    r"\bJ(?= of| \()|cost function": {"4.2"},
    r"backpropagation": {"4.5", "4.6", "4.7"},
    r"batch gradient descent": {"4.8", "4.9"},
    r"0 … 15|StandardScaler": {"5.1"},
    r"several minutes|average cost|random_sample": {"5.4"},
    r"86 %": {"5.5"},
}
"""Subjects that occur in one place of the article only, with their sections."""
PANELS = {r"weights|biases": {"2.3"}}
TITLES = {
    rf"{re.escape(title)}\b": {section.number}
    for section in SECTIONS
    for title in (section.title.removeprefix("The "), section.russian)
}


def numbers(citation: re.Match[str]) -> list[str]:
    """Return the sections that a citation names; "4.7 to 4.5", not a range, is kept as it is."""
    found = [citation[1]]
    for joint, number in re.findall(JOINT, citation[2]):
        if joint.strip() in ("to", "–") and {found[-1], number} <= set(NUMBERS):
            start, end = NUMBERS.index(found[-1]), NUMBERS.index(number)
            found += NUMBERS[start + 1 : end + 1] or [f"{found[-1]} to {number}"]
        else:
            found.append(number)
    return found


def cited(text: str) -> list[str]:
    """Return all sections that a text cites after a §."""
    return [number for citation in CITATION.finditer(text) for number in numbers(citation)]


def misplaced(line: str) -> list[str]:
    """Return subjects next to a citation that belong to another section."""
    found = []
    for citation in CITATION.finditer(line):
        before, after = line[: citation.start()], line[citation.end() :]
        named = set(numbers(citation))
        followed = [*SUBJECTS.items(), *PANELS.items(), *TITLES.items()]
        wrong = [
            subject
            for subject, homes in followed
            if re.match(rf":? ?(the )?({subject})", after, re.IGNORECASE) and not homes & named
        ] + [
            subject
            for subject, homes in SUBJECTS.items()
            if re.search(rf"({subject})\W{{0,3}}((of|in) )?$", before, re.IGNORECASE)
            and not homes & named
        ]
        found += [f"{subject} beside {citation[0]}" for subject in wrong]
    return found


def documents() -> Iterator[tuple[str, str]]:
    """Return every text file of the repository, committed or new, by its name."""
    command = ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"]
    listed = subprocess.run(command, cwd=ROOT, check=True, capture_output=True, text=True).stdout
    for name in listed.split("\0"):
        path = ROOT / name
        try:
            if name and path.is_file():
                yield name, path.read_text(encoding="utf-8")
        except UnicodeDecodeError:
            continue  # a picture


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("4.2", ["4.2"]),
        (" 4.2", ["4.2"]),
        ("5", ["5"]),
        ("4.5 to 4.7", ["4.5", "4.6", "4.7"]),
        (f"4.9 to {SIGN}5.2.", ["4.9", "5.1", "5.2"]),
        (f"{SIGN}3.4, 3.5 and 4.7", ["3.4", "3.5", "4.7"]),
        (f"3.2, {SIGN}4.6)", ["3.2", "4.6"]),
        ("3.5, 84 µs", ["3.5"]),
        ("x", []),
    ],
)
def test_citations_are_found(text: str, found: list[str]) -> None:
    assert cited(SIGN + text) == found
    assert set(found) <= KNOWN


@pytest.mark.parametrize("text", ["3.6", "6", "1.1", "4.7 to 4.5", "3.2, 3.7", "2.10", "4.1.1"])
def test_a_section_that_does_not_exist_is_found(text: str) -> None:
    assert not set(cited(SIGN + text)) <= KNOWN


@pytest.mark.parametrize(
    ("right", "wrong"),
    [
        (f"J of {SIGN}4.2", f"J of {SIGN}4.3"),
        (f"{SIGN}2.3: biases", f"{SIGN}2.2: biases"),
        (f"a worked example ({SIGN}3.1)", f"a worked example ({SIGN}3.3)"),
        (f"Batch gradient descent ({SIGN}4.8, {SIGN}4.9)", f"Batch gradient descent ({SIGN}4.2)"),
        (f"{SIGN}4.7 Vectorised backpropagation", f"{SIGN}4.5 Vectorised backpropagation"),
        (f"{SIGN}2.2 Узлы", f"{SIGN}2.1 Узлы"),
    ],
)
def test_a_subject_cited_with_the_wrong_section_is_found(right: str, wrong: str) -> None:
    assert not misplaced(right)
    assert misplaced(wrong)


def test_every_section_sign_names_a_section_and_the_right_one() -> None:
    wrong, seen = [], set()
    for name, text in documents():
        for place, line in enumerate(text.splitlines(), start=1):
            if SIGN not in line:
                continue
            said = [f"no section {one}" for one in set(cited(line)) - KNOWN]
            if not name.startswith("results/figures/"):  # drawn anew with the next report
                said += misplaced(line)
            if re.search(rf"{SIGN}[^\W\d_]", line):
                said.append("a sign without a number")
            wrong += [f"{name}:{place}: {what}" for what in said]
            seen.add(name)
    assert not wrong
    assert {"README.md", "kernels/rungs/looped.py", "docs/article.ipynb"} <= seen


def test_every_list_of_the_article_takes_its_sections_from_the_list() -> None:
    found = 0
    for module in pkgutil.iter_modules(benchmarks.article.__path__):
        loaded = importlib.import_module(f"benchmarks.article.{module.name}")
        for items in vars(loaded).values():
            listed = items.values() if isinstance(items, dict) else items
            for item in listed if isinstance(items, tuple | dict) else ():
                if hasattr(item, "section"):
                    assert set(cited(SIGN + item.section) or [""]) <= KNOWN, item
                    found += 1
    assert found >= len(FIGURES) + len(STATEMENTS) + len(VALUES)


def test_figures_and_statements_stand_where_the_article_says_so() -> None:
    told = [(one.section, f"{one.claim}: {one.cell}") for one in FIGURES]
    told += [(one.section, one.says) for one in STATEMENTS]
    held = 0
    for section, text in told:
        for subject, homes in SUBJECTS.items():
            if re.search(subject, text):
                assert section in homes, text
                held += 1
    assert held >= len(FIGURES)


def test_the_sections_are_24_in_four_chapters() -> None:
    assert len(SECTIONS) == 24
    assert [tuple(map(int, one.split("."))) for one in NUMBERS] == [
        (chapter, k + 1) for chapter, count in zip(range(2, 6), (5, 5, 9, 5), strict=True)
        for k in range(count)
    ]  # fmt: skip
    assert list(dict.fromkeys(section.chapter for section in SECTIONS)) == list(CHAPTERS)
    assert {opening.number for opening in OPENINGS} <= CHAPTERS.keys()
    for texts in zip(*((one.title, one.russian, one.says) for one in SECTIONS), strict=True):
        assert len(set(texts)) == len(SECTIONS)
