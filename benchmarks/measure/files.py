"""Writing a file completely or not at all."""

from __future__ import annotations

import secrets
from pathlib import Path


def replace(path: Path, text: str) -> None:
    """Put `text` in place of what `path` holds; a reader sees the one or the other, whole."""
    unfinished = path.with_name(f".{path.name}.{secrets.token_hex(4)}")
    try:
        unfinished.write_text(text, encoding="utf-8")
        unfinished.replace(path)
    finally:
        unfinished.unlink(missing_ok=True)


def write(path: Path, text: str) -> None:
    """Replace a file; write to a device or a pipe, as /dev/null, which must stay what it is."""
    if path.exists() and not path.is_file():
        path.write_text(text, encoding="utf-8")
    else:
        replace(path, text)
