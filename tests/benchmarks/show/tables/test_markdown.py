"""Markdown tables: every cell stays as it is, and is a cell of its own."""

from __future__ import annotations

from benchmarks.show.tables import markdown


def test_cells_stay_as_they_are() -> None:
    """Nothing is taken for a number, padded or cut."""
    lines = [("a", "1.50", "007"), ("1e3", "–", ""), ("x | y", "**bold**", "nan")]
    assert markdown.table(("", "b", "c"), lines) == (
        "|  | b | c |\n"
        "|---|---|---|\n"
        "| a | 1.50 | 007 |\n"
        "| 1e3 | – |  |\n"
        "| x \\| y | **bold** | nan |"
    )


def test_a_changed_cell_changes_its_own_line_only() -> None:
    before = markdown.table(("a", "b"), [("1", "2"), ("3", "4")]).splitlines()
    after = markdown.table(("a", "b"), [("1", "2"), ("3", "a much longer cell")]).splitlines()
    assert [one == other for one, other in zip(before, after, strict=True)] == [
        True, True, True, False,
    ]  # fmt: skip


def test_a_table_may_have_no_lines() -> None:
    assert markdown.table(("a", "b"), []) == "| a | b |\n|---|---|"
