"""The notebook runs, and shows what it showed when it was stored."""

from __future__ import annotations

from typing import Any

import nbformat
import pytest
from nbclient import NotebookClient

from benchmarks.measure.environment import ROOT

PATH = ROOT / "docs" / "article.ipynb"
CLOCK = "clock"
"""The tag of cells whose output has times in it."""


def code(notebook: Any) -> list[Any]:
    return [cell for cell in notebook.cells if cell.cell_type == "code"]


def printed(cell: Any) -> str:
    return "".join(out.text for out in cell.outputs if out.output_type == "stream")


def pictures(cell: Any) -> int:
    return sum("image/png" in out.get("data", {}) for out in cell.outputs)


def read() -> Any:
    return nbformat.read(PATH, as_version=4)  # type: ignore[no-untyped-call]


@pytest.fixture(scope="module")
def stored() -> Any:
    return read()


def test_it_runs_and_shows_the_same(stored: Any) -> None:
    fresh = read()
    NotebookClient(fresh, timeout=180, resources={"metadata": {"path": str(PATH.parent)}}).execute()
    for before, after in zip(code(stored), code(fresh), strict=True):
        assert pictures(before) == pictures(after)
        if CLOCK not in before.metadata.get("tags", []):
            assert printed(before) == printed(after)


def test_it_is_stored_as_it_ran(stored: Any) -> None:
    nbformat.validate(stored)
    assert [cell.execution_count for cell in code(stored)] == list(range(1, len(code(stored)) + 1))
    assert not any(out.output_type == "error" for cell in code(stored) for out in cell.outputs)
    assert sum(map(pictures, code(stored))) >= 5


def test_it_follows_the_article_in_both_languages(stored: Any) -> None:
    text = "\n".join(cell.source for cell in stored.cells if cell.cell_type == "markdown")
    sections = ("2.1", "2.2", "3.2", "3.3", "4.1", "4.2", "4.3", "5.1", "5.4", "5.5")
    places = [text.index(f"### {section}") for section in sections]
    assert places == sorted(places)
    for term in ("сигмоида", "веса", "смещения", "прямое распространение", "градиентный спуск",
                 "обратное распространение ошибки", "обучающая", "точность"):  # fmt: skip
        assert term in text
