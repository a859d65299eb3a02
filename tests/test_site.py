"""The site: it builds without warnings, holds every document and public name, and fits a phone."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

import kernels
import kernels.contract
import kernels.sklearn
from benchmarks.measure.environment import ROOT
from tests.benchmarks.show.pages.test_browser import CHROMIUM, DESKTOP, PHONE, QUIETLY
from tests.running import python
from tests.test_documents import DOCUMENTS

START = ROOT / "docs" / "index.md"
WIDEST = "docs/results/rivals.html"


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Build the site as `make docs` does, but without running the notebook."""
    folder = tmp_path_factory.mktemp("site")
    options = ("-q", "-W", "--keep-going", "-c", "docs", "-d", str(folder / "doctrees"))
    built = python("-m", "sphinx", *options, ".", str(folder / "html"))
    assert built.returncode == 0, built.stderr
    return folder / "html"


def test_every_document_is_in_the_table_of_contents() -> None:
    tables = re.findall(r"```\{toctree\}\n(.*?)```", START.read_text(encoding="utf-8"), re.DOTALL)
    lines = [line for one in tables for line in one.split("\n") if line and line[0] != ":"]
    entries = [re.sub(r"^.+ <(.+)>$", r"\1", line) for line in lines]
    found = [(START.parent / entry).resolve() for entry in entries]
    assert len(set(found)) == len(found)
    assert {*found, START.with_suffix("")} == {path.with_suffix("") for path in DOCUMENTS}


def test_every_document_is_a_page(site: Path) -> None:
    for path in DOCUMENTS:
        assert (site / path.relative_to(ROOT)).with_suffix(".html").is_file(), path


def test_every_public_name_is_in_the_reference(site: Path) -> None:
    text = (site / "docs" / "api.html").read_text(encoding="utf-8")
    described = set(re.findall(r'<dt class="sig[^>]* id="([\w.]+)"', text))
    public = {f"kernels.{name}" for name in (*kernels.__all__, "compile")}
    public |= {f"kernels.contract.{name}" for name in kernels.contract.__all__}
    public |= {f"kernels.sklearn.{name}" for name in kernels.sklearn.__all__}
    assert public | {"benchmarks.measure.stored.load"} <= described


def test_links_to_files_and_folders_lead_to_pages_that_show_them(site: Path) -> None:
    page = site / "docs" / "how-it-works.html"
    text = page.read_text(encoding="utf-8")
    for name, holds in (
        ("kernels/rungs/looped.py", "sample_forward"),
        ("tests/wrong_kernels", "<li>"),
    ):
        link = f"../source/{name}.html"
        assert f'href="{link}"' in text
        assert holds in (page.parent / link).resolve().read_text(encoding="utf-8")


def test_links_within_the_site_lead_to_pages_and_anchors_that_are_there(site: Path) -> None:
    texts = {path: path.read_text(encoding="utf-8") for path in site.rglob("*.html")}
    count = 0
    for path, text in texts.items():
        for link in re.findall(r'<a [^>]*href="([^":]*\.html(?:#[^"]*)?)"', text):
            name, _, anchor = link.partition("#")
            target = (path.parent / name).resolve()
            assert target in texts, f"{path.name}: {link}"
            assert not anchor or f'id="{anchor}"' in texts[target], f"{path.name}: {link}"
            count += 1
    assert count > len(DOCUMENTS)


@pytest.fixture(scope="module")
def browser() -> Iterator[Any]:
    if not CHROMIUM:
        pytest.skip("chromium is not installed")
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        found = playwright.chromium.launch(executable_path=CHROMIUM, args=list(QUIETLY))
        yield found
        found.close()


@pytest.mark.parametrize("window", [DESKTOP, PHONE], ids=["desktop", "phone"])
def test_no_page_scrolls_sideways_and_wide_tables_scroll_within_themselves(
    site: Path, browser: Any, window: dict[str, int]
) -> None:
    page = browser.new_page(viewport=window)
    wider = "one => one.scrollWidth > one.clientWidth"
    scrolling = []
    for path in DOCUMENTS:
        address = (site / path.relative_to(ROOT)).with_suffix(".html").as_uri()
        page.goto(address, wait_until="domcontentloaded")
        if page.eval_on_selector("html", wider):
            scrolling.append(path.name)
    assert not scrolling
    page.goto((site / WIDEST).as_uri())
    tables = page.locator(".table-wrapper")
    assert any(tables.nth(index).evaluate(wider) for index in range(tables.count()))
    page.close()
