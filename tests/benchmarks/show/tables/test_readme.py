"""Generated sections of the documents."""

from __future__ import annotations

import doctest
from typing import Any

import pytest

from benchmarks.measure import (
    frames,
)
from benchmarks.measure.environment import ROOT
from benchmarks.show.tables import (
    readme,
)
from benchmarks.show.tables.readme import render
from tests.benchmarks.show.tables.records import record
from tests.running import run


def test_sections_are_replaced_between_their_markers() -> None:
    document = "a\n<!-- t: generated, do not edit -->\nold\n<!-- end of t -->\nb"
    once = render(document, {"t": "new"})
    assert "old" not in once
    assert once.startswith("a\n")
    assert once.endswith("\nb")
    assert render(once, {"t": "new"}) == once
    with pytest.raises(ValueError, match="no section"):
        render("nothing", {"t": "new"})


def test_accuracies_of_both_precisions_are_told_with_their_range() -> None:
    def runs(dtype: str, *values: float) -> list[dict[str, Any]]:
        return [record(quantity="accuracy_percent", dtype=dtype, value=value) for value in values]

    both = [*runs("float32", 86.0, 90.0), *runs("float64", 85.0, 88.0, 89.0)]
    text = readme.accuracy_section(frames.frame(both))
    assert "float64 88.0 % (85.0 … 89.0, 3 seeds)" in text
    assert "float32 88.0 % (86.0 … 90.0, 2 seeds)" in text
    one = readme.accuracy_section(frames.frame([*runs("float32", 86.0), *runs("float64", 85.0)]))
    assert "float64 85.0 % (1 seed), float32 86.0 % (1 seed)" in one


def test_the_readmes_examples_give_what_they_show() -> None:
    found = doctest.testfile(str(ROOT / "README.md"), module_relative=False)
    assert found.attempted >= 6
    assert found.failed == 0


def test_the_generated_documents_are_up_to_date() -> None:
    result = run("readme", "--check")
    assert result.returncode == 0, result.stderr
