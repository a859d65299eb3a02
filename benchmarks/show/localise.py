"""Let asv's page ask nobody: the libraries it loads from elsewhere are fetched once and kept.

The page itself says what each of them must be (its `integrity` attribute): what is not that is
refused, whoever sent it.
"""

from __future__ import annotations

import base64
import hashlib
import re
import urllib.request
from collections.abc import Callable
from pathlib import Path

LIBRARY = re.compile(r'(?:src|href)="(https://[^"]+)" integrity="(sha\d+)-([^"]+)"')
ELSEWHERE = re.compile(r'<(?:script|link|img)[^>]*?(?:src|href)="((?:https?:)?//[^"]+)"')
SECONDS = 20


def localise(page: Path, kept: Path, fetch: Callable[[str], bytes] | None = None) -> int:
    """Put the libraries of a page beside it, and let the page load them from there.

    Parameters
    ----------
    page : an HTML file, which is rewritten
    kept : the folder in which libraries stay for the next time
    fetch : from an address to what is there; None: over the network

    Returns how many there are. Raises OSError if one cannot be fetched, ValueError if one is not
    what the page says, or if the page loads something for which it does not say it; the page is
    then as it was.
    """
    text = page.read_text(encoding="utf-8")
    libraries = LIBRARY.findall(text)
    for address, algorithm, expected in libraries:
        name = address.rpartition("/")[2]
        data = library(kept / name, address, fetch or download)
        found = base64.b64encode(hashlib.new(algorithm, data).digest()).decode()
        if found != expected:
            (kept / name).unlink()
            raise ValueError(f"{name} is not the library that the page names")
        (page.parent / name).write_bytes(data)
        text = text.replace(f'"{address}"', f'"{name}"')
    if left := ELSEWHERE.search(text):
        raise ValueError(f"the page loads {left[1]} and does not say what it must be")
    page.write_text(text, encoding="utf-8")
    return len(libraries)


def library(kept: Path, address: str, fetch: Callable[[str], bytes]) -> bytes:
    """What is kept of an earlier time, or else fetched and kept."""
    if not kept.is_file():
        data = fetch(address)
        kept.parent.mkdir(parents=True, exist_ok=True)
        kept.write_bytes(data)
    return kept.read_bytes()


def download(address: str) -> bytes:
    """What is at an address."""
    with urllib.request.urlopen(address, timeout=SECONDS) as answer:
        data: bytes = answer.read()
    return data
