"""The figures that documents show."""

from __future__ import annotations

from pathlib import Path

from benchmarks.show.pages import shown


def test_figures_of_the_first_page_and_of_all_guides_are_found(tmp_path: Path) -> None:
    guides = tmp_path / "docs" / "guide"
    guides.mkdir(parents=True)
    (tmp_path / "README.md").write_text("![a](results/figures/one.svg)", encoding="utf-8")
    (guides / "a.md").write_text("![b](../../results/figures/the-two.svg)", encoding="utf-8")
    (tmp_path / "NOTES.md").write_text("![c](results/figures/three.svg)", encoding="utf-8")
    assert shown.figures(tmp_path) == {"one", "the-two"}
