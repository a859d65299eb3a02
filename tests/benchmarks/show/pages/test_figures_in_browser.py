"""Texts of all figures in Chromium: none leaves the page or covers another, on any page."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from benchmarks.commands.report import FIGURES
from benchmarks.show.pages import shown

CHROMIUM = shutil.which("chromium") or shutil.which("google-chrome")
pytestmark = pytest.mark.skipif(not CHROMIUM, reason="chromium is not installed")
VIEWS: tuple[tuple[int, Any], ...] = (
    *((390, "light"), (390, "dark"), (710, "light"), (830, "light"), (830, "dark")),
)
"""Width of the window, of which 710 is about the least with panels side by side, and scheme."""
TEXTS = """
() => [...document.querySelectorAll(".chart")].map(chart => {
  const page = document.documentElement.clientWidth, ground = chart.getBoundingClientRect();
  const texts = [...chart.querySelectorAll("svg text")].filter(one => one.textContent.trim());
  const boxes = texts.map(one => ({text: one.textContent, box: one.getBoundingClientRect()}))
    .filter(({box}) => box.width > 0);
  const faults = [];
  for (const {text, box} of boxes)
    if (Math.min(box.left, box.top - ground.top) < -1 || box.right > page + 1
        || box.bottom > ground.bottom + 1)
      faults.push(`${text} leaves the figure`);
  boxes.forEach(({text, box}, k) => boxes.slice(k + 1).forEach(({text: other, box: b}) => {
    const wide = Math.min(box.right, b.right) - Math.max(box.left, b.left);
    const high = Math.min(box.bottom, b.bottom) - Math.max(box.top, b.top);
    if (wide > 1 && high > 3) faults.push(`${text} covers ${other}`);
  }));
  return {name: chart.id, count: boxes.length, faults};
})
"""
"""Faults of each chart; a line's box is a few pixels higher than its letters."""


@pytest.fixture(scope="module")
def browser() -> Iterator[Any]:
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        found = playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        yield found
        found.close()


@pytest.mark.parametrize("name", ["report", "history"])
def test_no_text_of_a_figure_covers_another_or_leaves_it(
    browser: Any, report: Path, name: str
) -> None:
    page = browser.new_page()
    page.goto(report.with_name(f"{name}.html").as_uri())
    for width, scheme in VIEWS:
        page.set_viewport_size({"width": width, "height": 900})
        page.emulate_media(color_scheme=scheme)
        page.reload(wait_until="networkidle")
        charts = page.evaluate(TEXTS)
        assert len(charts) > 5
        assert all(one["count"] > 5 for one in charts)
        faults = {one["name"]: one["faults"] for one in charts if one["faults"]}
        assert faults == {}, (width, scheme)
        assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    page.close()


def test_the_measure_sees_texts_that_cover_each_other(browser: Any) -> None:
    page = browser.new_page(viewport={"width": 390, "height": 400})
    page.set_content(
        '<div class="chart" id="wrong"><svg width="380" height="100"><text x="10" y="50">first'
        '</text><text x="20" y="52">second</text><text x="375" y="90">outside</text></svg></div>'
    )
    ((faults),) = (one["faults"] for one in page.evaluate(TEXTS))
    assert faults == ["outside leaves the figure", "first covers second"]
    page.close()


@pytest.mark.parametrize("name", sorted(shown.figures()))
def test_a_file_has_a_light_ground_on_a_dark_page_and_fits_it(browser: Any, name: str) -> None:
    page = browser.new_page(viewport={"width": 390, "height": 800}, color_scheme="dark")
    page.set_content('<canvas id="ground"></canvas><img style="max-width: 100%">')
    text = (FIGURES / f"{name}.svg").read_text(encoding="utf-8")
    corners = page.evaluate(
        """async text => {
          const image = document.querySelector("img");
          image.src = "data:image/svg+xml;utf8," + encodeURIComponent(text);
          await image.decode();
          const context = document.querySelector("canvas").getContext("2d");
          context.drawImage(image, 0, 0, 300, 150);
          return [[2, 2], [297, 2], [2, 147], [297, 147]].map(
            ([x, y]) => [...context.getImageData(x, y, 1, 1).data]);
        }""",
        text,
    )
    assert all(min(corner) > 200 for corner in corners)
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    page.close()
