"""docs/article.ipynb follows the article section by section, runs, and shows what is stored."""

from __future__ import annotations

import getpass
import inspect
import re
import socket
import textwrap
from collections.abc import Callable
from pathlib import Path
from typing import Any

import nbformat
import pytest
from nbclient import NotebookClient

from benchmarks.article import algorithm, backpropagation, bowl, descent, glossary
from benchmarks.article.figures import FIGURES
from benchmarks.article.sections import ARTICLE, CHAPTERS, SECTIONS
from benchmarks.article.statements import STATEMENTS
from benchmarks.measure import digits, timing
from benchmarks.measure.environment import ROOT
from benchmarks.show.pictures import pictures, plots
from kernels import LADDER
from kernels.interface import Plan
from kernels.network import parameter_count, views
from kernels.parts import sigmoid
from kernels.proof import reference
from kernels.rungs import batched, looped, vectorized

PATH = ROOT / "docs" / "article.ipynb"
CLOCK = "clock"
"""The tag of cells whose output has times in it."""
POINTER = "table of statements](results/article.md#what-does-not-hold-or-not-quite)"
PICTURE = re.compile(r'pictures\.picture\("([\w-]+)"\)')
PUBLISHED = {figure.key: figure.published for figure in FIGURES}

SOURCES: dict[str, tuple[Callable[..., Any], ...]] = {
    "2.1": (algorithm.f, algorithm.f_deriv),
    "2.3": (plots.node,),
    "2.4": (parameter_count,),
    "2.5": (views,),
    "3.1": (sigmoid.sigmoid,),
    "3.2": (looped.activations,),
    "3.3": (timing.as_timeit,),
    "3.4": (vectorized.Kernel.sample_forward,),
    "3.5": (batched.propagate,),
    "4.1": (descent.article_derivative, descent.iterate),
    "4.2": (reference.losses,),
    "4.3": (Plan.descend,),
    "4.4": (bowl.cost, bowl.gradient, bowl.path),
    "4.5": (backpropagation.three_factors, algorithm.output_delta),
    "4.6": (
        backpropagation.hidden_delta_from_one,
        backpropagation.hidden_delta_from_several,
        looped.Kernel.sample_gradient,
        looped.hidden_delta,
    ),
    "4.7": (vectorized.Kernel.sample_gradient,),
    "4.8": (
        algorithm.zero_sums,
        algorithm.feed_forward,
        algorithm.output_delta,
        algorithm.hidden_delta,
    ),
    "4.9": (algorithm.train,),
    "5.1": (digits.scaled,),
    "5.2": (digits.split,),
    "5.3": (algorithm.one_hot,),
    "5.4": (algorithm.initial_weights,),
    "5.5": (algorithm.predict,),
}
"""The code that each section shows; 2.2 has a part of what 3.2 shows whole."""


EQUATIONS = {
    "2.1": (r"f(z) = \frac{1}{1 + e^{-z}}", r"f'(z) = f(z)\,\bigl(1 - f(z)\bigr)"),
    "2.2": ("x_1 w_1 + x_2 w_2 + x_3 w_3 + b",),
    "2.3": ("h = f(x_1 w_1 + b)",),
    "3": (
        r"h_2^{(2)} &= f\bigl(w_{21}^{(1)} x_1 + w_{22}^{(1)} x_2 + w_{23}^{(1)} x_3",
        r"w_{13}^{(2)} h_3^{(2)} + b_1^{(2)}",
    ),
    "3.1": (r"W^{(1)} = \begin{pmatrix}", r"W^{(2)} = \begin{pmatrix}"),
    "3.4": (
        r"\sum_{j=1}^{n} w_{1j}^{(1)} x_j + b_1^{(1)}",
        r"z^{(l+1)} = W^{(l)} h^{(l)} + b^{(l)}",
    ),
    "3.5": (r"w_{31}^{(1)} x_1 + w_{32}^{(1)} x_2 + w_{33}^{(1)} x_3 + b_3^{(1)}",),
    "4": (r"w_{new} = w_{old} - \alpha \, \nabla error",),
    "4.1": ("f'(x) = 4 x^3 - 9 x^2",),
    "4.2": (r"J(w, b, x, y) = \tfrac12", r"J(w, b) = \frac1m \sum_{z=1}^{m}"),
    "4.3": (
        r"w_{ij}^{(l)} = w_{ij}^{(l)} - \alpha \frac{\partial}{\partial w_{ij}^{(l)}} J(w, b)",
        r"b_i^{(l)} = b_i^{(l)} - \alpha \frac{\partial}{\partial b_i^{(l)}} J(w, b)",
    ),
    "4.5": (
        r"\frac{\partial J}{\partial h_1^{(3)}} \; \frac{\partial h_1^{(3)}}{\partial z_1^{(3)}}",
        r"\delta_i^{(n_l)} = -(y_i - h_i^{(n_l)}) \cdot f'(z_i^{(n_l)})",
    ),
    "4.6": (
        r"\delta_j^{(l)} = \delta_1^{(l+1)} \, w_{1j}^{(l)} \, f'(z_j^{(l)})",
        r"\sum_{i=1}^{s_{l+1}} w_{ij}^{(l)} \, \delta_i^{(l+1)}",
        r"\frac{\partial}{\partial b_i^{(l)}} J(w, b, x, y) = \delta_i^{(l+1)}",
    ),
    "4.7": (
        r"= h^{(l)} \delta^{(l+1)}",
        r"= \delta^{(l+1)} \bigl(h^{(l)}\bigr)^T",
        r"\bigl(W^{(l)}\bigr)^T \delta^{(l+1)}",
    ),
    "4.8": (
        r"\Delta W^{(l)} + \delta^{(l+1)} \bigl(h^{(l)}\bigr)^T",
        r"\Delta b^{(l)} + \delta^{(l+1)}",
        r"W^{(l)} - \alpha \Bigl[\frac1m \Delta W^{(l)}\Bigr]",
    ),
    "4.9": (r"b^{(l)} - \alpha \Bigl[\frac1m \Delta b^{(l)}\Bigr]",),
}
"""Equations that each section has, in LaTeX."""

RESULTS = {
    "2.2": ("their sum: 2.1",),
    "2.3": ("the switch is at x = -b/w = 1.0",),
    "2.4": ("from layer 1 to layer 2: 9 weights, 3 biases", "in 3-3-1: 16"),
    "2.5": ("w21(1) = W[0][1, 0]", "b2(1)  = b[0][1]"),
    "3.2": (PUBLISHED["worked example"], "= 0.835456", *LADDER),
    "3.3": (PUBLISHED["looped 3-3-1"], PUBLISHED["looped 3-3-3-1"], "per loop"),
    "3.5": (
        "z1(2) = 0.2·1.5 + 0.2·2.0 + 0.2·3.0 + 0.8 = 2.1",
        "w1 * x, shape (3, 3)",
        PUBLISHED["looped 100-100-50-10"],
        PUBLISHED["vectorized 100-100-50-10"],
        "tensorflow",
        "pytensor",
    ),
    "4": ("abs(2 - 5) = 3", "L1 norm    = 3", "below the precision"),
    "4.1": (f"the local minimum is at {PUBLISHED['descent']}",),
    "4.2": ("[0.013537 0.021162 0.29094  0.221608]",),
    "4.3": ("the same parameters: True",),
    "4.4": ("[2.1 0.7]", "q3 = "),
    "4.7": ("mismatch in its core dimension",),
    "4.9": LADDER,
    "5.2": ("60%", "40%"),
    "5.3": ("[0 1 0 0 0 0 0 0 0 0]", "-> the digit 5", "the digit is 5"),
    "5.5": (f"the article prints {PUBLISHED['accuracy']}",),
}
"""What the output of each section says, among other things."""


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


# --- it runs --------------------------------------------------------------------------------------


def test_it_runs_and_shows_the_same(stored: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PYTHONPATH", str(ROOT))  # this checkout, whatever is installed
    fresh = read()
    resources = {"metadata": {"path": str(PATH.parent)}}
    NotebookClient(fresh, timeout=180, record_timing=False, resources=resources).execute()
    for before, after in zip(code(stored), code(fresh), strict=True):
        if not is_timed(before):
            assert printed([before]) == printed([after])
            same = shown(before) == shown(after)  # too long to be shown where it is not
            assert same, before.source


def test_it_is_stored_as_it_ran(stored: Any) -> None:
    nbformat.validate(stored)
    assert [cell.execution_count for cell in code(stored)] == list(range(1, len(code(stored)) + 1))
    for cell in code(stored):
        assert all(out.output_type != "error" for out in cell.outputs)
        assert all(out.get("name") != "stderr" for out in cell.outputs)  # warnings go there


def test_it_says_nothing_of_the_machine(stored: Any) -> None:
    written = nbformat.writes(stored)  # type: ignore[no-untyped-call]
    for private in (str(ROOT), str(Path.home()), socket.gethostname(), "site-packages", " at 0x"):
        assert private not in written
    assert f"/{getpass.getuser()}/" not in written


# --- it follows the article -----------------------------------------------------------------------


def test_its_headings_are_the_articles(stored: Any) -> None:
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


def test_times_are_taken_as_everywhere_in_this_project(parts: dict[str, list[Any]]) -> None:
    """Of plans, with one BLAS thread, so that they can be compared with the stored ones."""
    cells = [*parts["3.3"], *parts["3.5"]]
    lines = [line for cell in cells for line in cell.source.splitlines()]
    timed = [line for line in lines if line.startswith("%timeit")]
    assert len(timed) == 5
    assert all(".forward(x" in line for line in timed)
    order = [cell.source for cell in parts["3.3"]]
    limited = next(k for k, source in enumerate(order) if "limit_blas(threads=1)" in source)
    assert limited < next(k for k, source in enumerate(order) if "\n%timeit" in source)


def test_what_only_we_say_is_said_to_be_ours(parts: dict[str, list[Any]]) -> None:
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
    assert len(pictures.PICTURES) == 13
    for number, cells in parts.items():
        found = [name for cell in cells if is_drawn(cell) for name in PICTURE.findall(cell.source)]
        assert found == [n for n, one in pictures.PICTURES.items() if one.section == number], number


@pytest.mark.parametrize("term", glossary.TERMS, ids=lambda term: f"{term.section}-{term.russian}")
def test_a_term_stands_where_the_article_brings_it_in(
    term: glossary.Term, parts: dict[str, list[Any]]
) -> None:
    text = prose(parts[term.section]).lower()
    assert term.english.lower() in text
    assert term.russian.lower() in text


def test_what_does_not_hold_is_pointed_to(parts: dict[str, list[Any]]) -> None:
    """Not told a second time: the table of statements has it."""
    pointing = {number for number, cells in parts.items() if POINTER in prose(cells)}
    assert pointing == {statement.section for statement in STATEMENTS}


def test_its_text_repeats_no_number_that_is_printed(parts: dict[str, list[Any]]) -> None:
    """Else it would stay as it is when the output changes."""
    number = re.compile(r"(?<![\w.-])\d+(?:\.\d+)?(?![\w.-])")
    elsewhere = re.compile(r"\$\$.*?\$\$|\$.*?\$|`.*?`|§[\d.]+|^#[^\n]*$", re.DOTALL | re.MULTILINE)
    for name, cells in parts.items():
        told = [
            found for found in number.findall(elsewhere.sub("", prose(cells))) if len(found) > 2
        ]
        assert not set(told) & set(number.findall(printed(cells))), name
