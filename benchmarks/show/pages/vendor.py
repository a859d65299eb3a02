"""Copies of the JavaScript and CSS that asv's page loads, with which it works offline.

The page states a digest for each file (its `integrity` attribute); a file with another digest is
refused, wherever it came from.
"""

from __future__ import annotations

import base64
import hashlib
import re
import urllib.request
from collections.abc import Callable
from pathlib import Path

LIBRARY = re.compile(r'(?:src|href)="(https://[^"]+)" integrity="(sha\d+)-([^"]+)"')
REMOTE = re.compile(r'<(?:script|link|img)[^>]*?(?:src|href)="((?:https?:)?//[^"]+)"')
TIMEOUT_SECONDS = 20


def vendor(page: Path, cache: Path, fetch: Callable[[str], bytes] | None = None) -> int:
    """Copy the libraries of a page beside it, and change the page to load the copies.

    Parameters
    ----------
    page : an HTML file, which is rewritten
    cache : the folder that keeps downloaded libraries for later calls
    fetch : returns the content at a URL; by default downloads it

    Returns the number of libraries. Raises OSError if one cannot be fetched, ValueError if one does
    not have the stated digest, or if the page loads anything else without a digest; the page is
    then unchanged.
    """
    text = page.read_text(encoding="utf-8")
    libraries = LIBRARY.findall(text)
    for url, algorithm, expected in libraries:
        name = url.rpartition("/")[2]
        data = cached(cache / name, url, fetch or download)
        found = base64.b64encode(hashlib.new(algorithm, data).digest()).decode()
        if found != expected:
            (cache / name).unlink()
            raise ValueError(f"{name} is not the library that the page names: its digest differs")
        (page.parent / name).write_bytes(data)
        text = text.replace(f'"{url}"', f'"{name}"')
    if left := REMOTE.search(text):
        raise ValueError(f"the page loads {left[1]} and states no digest for it")
    page.write_text(text, encoding="utf-8")
    return len(libraries)


def cached(path: Path, url: str, fetch: Callable[[str], bytes]) -> bytes:
    """The content of a cached file, which is fetched first if it does not exist."""
    if not path.is_file():
        data = fetch(url)
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(data)
    return path.read_bytes()


def download(url: str) -> bytes:
    """The content at a URL."""
    with urllib.request.urlopen(url, timeout=TIMEOUT_SECONDS) as answer:
        data: bytes = answer.read()
    return data
