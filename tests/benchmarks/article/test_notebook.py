"""docs/article.ipynb follows the article section by section, runs, and shows what is stored."""

from __future__ import annotations

import getpass
import inspect
import re
import socket
import textwrap
from pathlib import Path
from typing import Any

import nbformat
import pytest
from nbclient import NotebookClient

from benchmarks.article import glossary
from benchmarks.article.sections import ARTICLE, CHAPTERS, SECTIONS
from benchmarks.article.statements import STATEMENTS
from benchmarks.measure.environment import ROOT
from benchmarks.show.pictures.catalogue import PICTURES
from kernels import LADDER
from kernels.rungs import looped
from tests.benchmarks.article.notebook import EQUATIONS, RESULTS, SOURCES

PATH = ROOT / "docs" / "article.ipynb"
CLOCK = "clock"
"""The tag of cells whose output has times in it."""
POINTER = "table of statements](results/article.md#what-does-not-hold-or-not-quite)"
PICTURE = re.compile(r'^picture\("([\w-]+)"\)$', re.MULTILINE)


def code(notebook: Any) -> list[Any]:
    return [cell for cell in notebook.cells if cell.cell_type == "code"]


def prose(cells: list[Any]) -> str:
    return "\n".join(cell.source for cell in cells if cell.cell_type == "markdown")


def printed(cells: list[Any]) -> str:
    outputs = [out for cell in cells for out in cell.get("outputs", [])]
    return "".join(out.text for out in outputs if out.output_type == "stream")


def shown(cell: Any) -> list[dict[str, str]]:
    """Pictures and tables, by their types."""
    return [dict(out.data) for out in cell.outputs if "data" in out]


def is_drawn(cell: Any) -> bool:
    return cell.cell_type == "code" and any("image/svg+xml" in data for data in shown(cell))


def is_timed(cell: Any) -> bool:
    return CLOCK in cell.metadata.get("tags", [])


def read() -> Any:
    return nbformat.read(PATH, as_version=4)  # type: ignore[no-untyped-call]


@pytest.fixture(scope="module")
def stored() -> Any:
    return read()


@pytest.fixture(scope="module")
def parts(stored: Any) -> dict[str, list[Any]]:
    """The cells of each section and each chapter's opening, by number; "" is before all."""
    found: dict[str, list[Any]] = {"": []}
    number = ""
    for cell in stored.cells:
        heading = re.match(r"#{2,3} ([\d.]+\d|\d)\b", cell.source)
        if cell.cell_type == "markdown" and heading:
            number = heading[1]
            assert number not in found
            found[number] = []
        found[number].append(cell)
    return found


def test_the_notebook_runs_and_gives_the_stored_outputs(
    stored: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PYTHONPATH", str(ROOT))  # this checkout, whatever is installed
    fresh = read()
    resources = {"metadata": {"path": str(PATH.parent)}}
    NotebookClient(fresh, timeout=180, record_timing=False, resources=resources).execute()
    for before, after in zip(code(stored), code(fresh), strict=True):
        if not is_timed(before):
            assert printed([before]) == printed([after])
            same = shown(before) == shown(after)  # too long to be shown where it is not
            assert same, before.source


def test_the_notebook_is_stored_with_all_outputs_in_order(stored: Any) -> None:
    nbformat.validate(stored)
    assert [cell.execution_count for cell in code(stored)] == list(range(1, len(code(stored)) + 1))
    for cell in code(stored):
        assert all(out.output_type != "error" for out in cell.outputs)
        assert all(out.get("name") != "stderr" for out in cell.outputs)  # warnings go there


def test_the_notebook_contains_no_host_user_or_path(stored: Any) -> None:
    written = nbformat.writes(stored)  # type: ignore[no-untyped-call]
    for private in (str(ROOT), str(Path.home()), socket.gethostname(), "site-packages", " at 0x"):
        assert private not in written
    assert f"/{getpass.getuser()}/" not in written


def test_the_notebooks_headings_are_the_articles(stored: Any) -> None:
    expected = []
    for number, title in CHAPTERS.items():
        expected.append(f"## {number}. {title}")
        expected += [
            f"### {section.number} {section.title} ({section.russian})"
            for section in SECTIONS
            if section.chapter == number
        ]
    text = prose(stored.cells)
    assert re.findall(r"^#{2,} .*$", text, re.MULTILINE) == expected
    assert ARTICLE in text


def test_every_section_has_text_code_and_output(parts: dict[str, list[Any]]) -> None:
    for section in SECTIONS:
        cells = parts[section.number]
        outputs = [out for cell in cells if cell.cell_type == "code" for out in cell.outputs]
        assert outputs, section.number
        assert len(prose(cells)) > 200, section.number


@pytest.mark.parametrize("number", EQUATIONS)
def test_a_section_has_its_equations(number: str, parts: dict[str, list[Any]]) -> None:
    displayed = "".join(re.findall(r"\$\$(.*?)\$\$", prose(parts[number]), re.DOTALL))
    for equation in EQUATIONS[number]:
        assert equation in displayed


@pytest.mark.parametrize("number", SOURCES)
def test_a_section_shows_the_code_that_runs(number: str, parts: dict[str, list[Any]]) -> None:
    for function in SOURCES[number]:
        assert textwrap.dedent(inspect.getsource(function)).strip() in printed(parts[number])


def test_every_section_shows_code_that_runs(parts: dict[str, list[Any]]) -> None:
    assert [one.number for one in SECTIONS] == sorted([*SOURCES, "2.2"])
    lines = inspect.getsource(looped.activations).splitlines()
    first, last = (
        next(k for k, line in enumerate(lines) if text in line) for text in ("# z_i", "sigmoid(z)")
    )
    assert textwrap.dedent("\n".join(lines[first : last + 1])) in printed(parts["2.2"])


def test_the_notebook_times_plans_with_one_blas_thread(parts: dict[str, list[Any]]) -> None:
    """Of plans, with one BLAS thread, so that they can be compared with the stored ones."""
    cells = [*parts["3.3"], *parts["3.5"]]
    lines = [line for cell in cells for line in cell.source.splitlines()]
    timed = [line for line in lines if line.startswith("%timeit")]
    assert len(timed) == 5
    assert all(".forward(x" in line for line in timed)
    order = [cell.source for cell in parts["3.3"]]
    limited = next(k for k, source in enumerate(order) if "limit_blas(threads=1)" in source)
    assert limited < next(k for k, source in enumerate(order) if "\n%timeit" in source)


def test_additions_to_the_article_are_marked_as_ours(parts: dict[str, list[Any]]) -> None:
    assert "MNIST, which they are not" in prose(parts["5"])
    assert "for which we take the mean of" in prose(parts["4.9"])
    assert "no headings in our copy" in prose(parts[""])


@pytest.mark.parametrize("number", RESULTS)
def test_a_section_prints_its_results(number: str, parts: dict[str, list[Any]]) -> None:
    for result in RESULTS[number]:
        assert result in printed(parts[number])


def test_the_three_factors_are_the_gradient_of_every_rung(parts: dict[str, list[Any]]) -> None:
    lines = printed(parts["4.5"]).splitlines()
    named = {line.split()[0]: float(line.split()[-1]) for line in lines if "0." in line}
    product = named["dJ/dh1(3)"] * named["dh1(3)/dz1(3)"] * named["dz1(3)/dw12(2)"]
    assert named["dJ/dw12(2)"] == pytest.approx(product, abs=1e-11)
    for rung in LADDER:
        assert named[rung] == named["dJ/dw12(2)"]


def test_the_articles_pictures_stand_where_it_has_them(parts: dict[str, list[Any]]) -> None:
    assert len(PICTURES) == 13
    for number, cells in parts.items():
        found = [name for cell in cells if is_drawn(cell) for name in PICTURE.findall(cell.source)]
        assert found == [n for n, one in PICTURES.items() if one.section == number], number


@pytest.mark.parametrize("term", glossary.TERMS, ids=lambda term: f"{term.section}-{term.russian}")
def test_a_term_stands_where_the_article_brings_it_in(
    term: glossary.Term, parts: dict[str, list[Any]]
) -> None:
    text = prose(parts[term.section]).lower()
    assert term.english.lower() in text
    assert term.russian.lower() in text


def test_sections_with_wrong_statements_link_to_the_table(parts: dict[str, list[Any]]) -> None:
    """Not told a second time: the table of statements has it."""
    pointing = {number for number, cells in parts.items() if POINTER in prose(cells)}
    assert pointing == {statement.section for statement in STATEMENTS}


def test_the_notebooks_text_repeats_no_number_of_its_output(parts: dict[str, list[Any]]) -> None:
    """Else it would stay as it is when the output changes."""
    number = re.compile(r"(?<![\w.-])\d+(?:\.\d+)?(?![\w.-])")
    elsewhere = re.compile(r"\$\$.*?\$\$|\$.*?\$|`.*?`|§[\d.]+|^#[^\n]*$", re.DOTALL | re.MULTILINE)
    for name, cells in parts.items():
        told = [
            found for found in number.findall(elsewhere.sub("", prose(cells))) if len(found) > 2
        ]
        assert not set(told) & set(number.findall(printed(cells))), name
