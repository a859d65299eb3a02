"""The report and the dashboard in Chromium, if it is installed."""

from __future__ import annotations

import functools
import shutil
import threading
from collections.abc import Iterator
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest

from benchmarks.commands import dashboard as dashboards
from benchmarks.measure.rows import RECORDED
from benchmarks.show.drawing.diagram import Diagram
from benchmarks.show.figures import history
from benchmarks.show.pages.origin import QUESTION
from benchmarks.show.pictures.catalogue import pictures
from kernels import LADDER

CHROMIUM = shutil.which("chromium") or shutil.which("google-chrome")
pytestmark = pytest.mark.skipif(not CHROMIUM, reason="chromium is not installed")
QUIETLY = (
    "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-sync",
    "--disable-background-networking", "--disable-component-update",
)  # fmt: skip
DESKTOP, PHONE = {"width": 1280, "height": 900}, {"width": 390, "height": 844}


class Visit:
    """An open page, with its requests and its console's errors and warnings."""

    def __init__(self, browser: Any, address: str, **options: Any) -> None:
        self.page = browser.new_page(**options)
        self.complaints: list[str] = []
        self.requests: list[str] = []
        self.page.on("console", self._heard)
        self.page.on("pageerror", lambda error: self.complaints.append(str(error)))
        self.page.on("request", lambda request: self.requests.append(request.url))
        self.page.goto(address)
        self.page.wait_for_load_state("networkidle")

    def _heard(self, message: Any) -> None:
        if message.type in ("error", "warning"):
            self.complaints.append(message.text)


@pytest.fixture(scope="module")
def browser() -> Iterator[Any]:
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        found = playwright.chromium.launch(executable_path=CHROMIUM, args=list(QUIETLY))
        yield found
        found.close()


@pytest.fixture(scope="module")
def light(browser: Any, report: Path) -> Iterator[Visit]:
    """Open the report in a large window, which several tests share."""
    visit = Visit(browser, report.as_uri(), viewport=DESKTOP, color_scheme="light")
    yield visit
    visit.page.close()


@pytest.fixture(scope="module")
def dark(browser: Any, report: Path) -> Iterator[Visit]:
    """Open the report in the dark scheme and a small window."""
    visit = Visit(browser, report.as_uri(), viewport=PHONE, color_scheme="dark")
    yield visit
    visit.page.close()


@pytest.fixture
def page(light: Visit) -> Any:
    return light.page


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_the_report_is_complete(scheme: str, request: pytest.FixtureRequest) -> None:
    visit: Visit = request.getfixturevalue(scheme)
    page = visit.page
    assert visit.complaints == []
    assert page.title() == QUESTION
    assert [url for url in visit.requests if not url.startswith(("file:", "data:", "blob:"))] == []
    charts = page.locator(".chart")
    assert charts.count() >= 9
    for number in range(charts.count()):
        chart = charts.nth(number)
        drawn = chart.locator(".scatterlayer .trace, .barlayer .point, .heatmaplayer image")
        assert drawn.count() > 0, chart.get_attribute("id")
        box = chart.bounding_box()
        assert box is not None
        assert box["width"] > 300
        assert box["height"] > 200
    images = page.locator("img.diagram")
    diagrams = [one for one in pictures() if isinstance(one.drawing, Diagram)]
    assert images.count() == len(diagrams) > 0
    for number in range(images.count()):
        picture = images.nth(number)
        assert picture.evaluate("image => image.complete && image.naturalWidth") > 200
        assert picture.evaluate("image => image.clientWidth") > 200
    # the page is not wider than the window
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    ground = page.evaluate("getComputedStyle(document.body).backgroundColor")
    assert (ground == "rgb(255, 255, 255)") == (scheme == "light")


def test_the_report_leads_to_its_history(dark: Visit) -> None:
    """It is complete, and fits into a small window."""
    page = dark.page
    page.locator('a[href="history.html"]').click()
    page.wait_for_url("**/history.html")
    page.wait_for_load_state("networkidle")
    charts = page.locator(".chart")
    assert charts.count() == len(history.details(history.history(RECORDED)))
    for number in range(charts.count()):
        points = charts.nth(number).locator(".scatterlayer .trace .point")
        assert points.count() >= 2 * len(LADDER)
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    assert dark.complaints == []
    assert [url for url in dark.requests if not url.startswith(("file:", "data:", "blob:"))] == []


def test_pointing_at_a_point_shows_its_time(page: Any) -> None:
    page.locator("#chart-ladder").scroll_into_view_if_needed()
    point = page.locator("#chart-ladder .scatterlayer .trace .point").first
    box = point.bounding_box()
    page.mouse.move(box["x"] + box["width"] / 2, box["y"] + box["height"] / 2)
    told = page.locator("#chart-ladder .hoverlayer .hovertext")
    told.first.wait_for(state="attached", timeout=5000)
    text = told.first.text_content()
    assert "ns" in text or "µs" in text
    assert any(name in text for name in ("NumPy", "llvmlite", "torch"))


def test_the_keyboard_reaches_the_figures_and_their_tables(page: Any) -> None:
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.textContent") == "To the figures"
    summary = page.locator("#ladder summary")
    summary.focus()
    page.keyboard.press("Enter")
    assert page.locator("#ladder table").is_visible()
    assert page.locator("#ladder tbody tr").count() > 40


@pytest.fixture(scope="module")
def dashboard(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    out = tmp_path_factory.mktemp("dashboard")
    try:
        dashboards.publish(out / "index.html")
    except OSError as error:
        pytest.skip(f"the libraries of asv's page cannot be fetched: {error}")
    handler = functools.partial(QuietHandler, directory=str(out))
    with ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        yield f"http://127.0.0.1:{server.server_address[1]}/"
        server.shutdown()
        thread.join()


class QuietHandler(SimpleHTTPRequestHandler):
    def log_message(self, *_: Any) -> None:
        pass


def test_the_dashboard_shows_the_history(browser: Any, dashboard: str) -> None:
    visit = Visit(browser, dashboard, viewport=DESKTOP)
    page = visit.page
    page.locator(".benchmark-container").first.wait_for(timeout=20_000)
    assert page.locator(".benchmark-container").count() > 5
    page.goto(f"{dashboard}#ladder.Forward.time_forward")
    page.locator("canvas.flot-base").first.wait_for(timeout=20_000)
    page.goto(f"{dashboard}report.html")
    page.locator('a[href="history.html"]').click()
    page.locator('a[href="index.html"]').click()
    page.locator(".benchmark-container").first.wait_for(timeout=20_000)
    assert visit.complaints == []
    assert [url for url in visit.requests if not url.startswith((dashboard, "data:"))] == []
    page.close()
