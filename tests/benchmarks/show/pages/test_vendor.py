"""asv's page with local copies of its JavaScript libraries."""

from __future__ import annotations

import base64
import hashlib
from pathlib import Path

import pytest

from benchmarks.show.pages.vendor import vendor

OWN = '<img src="own.png"><a href="https://example.org">a link, which loads nothing</a>'
FILES = {"https://one.example/a.js": b"let a = 1;", "https://two.example/x/b.css": b"b {}"}


def tag(address: str, data: bytes) -> str:
    digest = base64.b64encode(hashlib.sha512(data).digest()).decode()
    return f'<script src="{address}" integrity="sha512-{digest}" crossorigin="anonymous"></script>'


@pytest.fixture
def page(tmp_path: Path) -> Path:
    path = tmp_path / "html" / "index.html"
    path.parent.mkdir()
    path.write_text("\n".join(tag(*pair) for pair in FILES.items()) + OWN)
    return path


def test_libraries_lie_beside_the_page_and_are_fetched_once(page: Path, tmp_path: Path) -> None:
    before, asked = page.read_text(), []

    def fetch(address: str) -> bytes:
        asked.append(address)
        return FILES[address]

    for _ in range(2):
        page.write_text(before)
        assert vendor(page, tmp_path / "kept", fetch) == 2
    assert asked == list(FILES)
    assert (page.parent / "a.js").read_bytes() == b"let a = 1;"
    after = page.read_text()
    assert after.endswith(OWN)
    assert "https://" not in after.removesuffix(OWN)
    assert '<script src="a.js" integrity="sha512-' in after


def test_a_library_with_another_digest_is_refused(page: Path, tmp_path: Path) -> None:
    before = page.read_text()
    with pytest.raises(ValueError, match=r"a\.js is not the library"):
        vendor(page, tmp_path / "kept", lambda _: b"let a = 2;")
    assert page.read_text() == before
    assert not (tmp_path / "kept" / "a.js").exists()


def test_a_library_without_a_digest_is_refused(page: Path, tmp_path: Path) -> None:
    page.write_text(page.read_text() + '<script src="//three.example/c.js"></script>')
    with pytest.raises(ValueError, match="states no digest"):
        vendor(page, tmp_path / "kept", FILES.__getitem__)


def test_a_library_that_cannot_be_fetched_leaves_the_page(page: Path, tmp_path: Path) -> None:
    before = page.read_text()

    def fetch(address: str) -> bytes:
        raise OSError("no network")

    with pytest.raises(OSError, match="no network"):
        vendor(page, tmp_path / "kept", fetch)
    assert page.read_text() == before
