"""Functions that write files completely or not at all, and read text files."""

from __future__ import annotations

import secrets
import shutil
from pathlib import Path


def replace(path: Path, text: str) -> None:
    """Replace the content of a file; a reader sees the old or the new one, whole."""
    unfinished = hidden(path)
    try:
        unfinished.write_text(text, encoding="utf-8")
        unfinished.replace(path)
    finally:
        unfinished.unlink(missing_ok=True)


def write(path: Path, text: str) -> None:
    """Replace a file, or write to a device or pipe such as /dev/null, which stays what it is."""
    if is_special(path):
        path.write_text(text, encoding="utf-8")
    else:
        replace(path, text)


def create(path: Path, text: str) -> None:
    """Write a file that does not exist yet.

    Raises FileExistsError if it does, also if another process creates it at the same moment.
    """
    path.open("x").close()
    try:
        replace(path, text)
    except BaseException:
        path.unlink(missing_ok=True)
        raise


def replace_folder(path: Path, source: Path) -> None:
    """Replace a folder by a copy of another one, or leave it as it is if that fails."""
    unfinished, former = hidden(path), hidden(path)
    try:
        shutil.copytree(source, unfinished)
        if path.exists():
            path.rename(former)
        try:
            unfinished.rename(path)
        except OSError:
            if former.exists():
                former.rename(path)
            raise
    finally:
        shutil.rmtree(unfinished, ignore_errors=True)
        shutil.rmtree(former, ignore_errors=True)


def hidden(path: Path) -> Path:
    """A new hidden name in the same folder, for a file or folder that is not finished."""
    return path.with_name(f".{path.name}.{secrets.token_hex(4)}")


def is_special(path: Path) -> bool:
    """True for a device or a pipe: it exists and is neither a file nor a folder."""
    return path.exists() and not path.is_file() and not path.is_dir()


def text_of(path: Path) -> str:
    """The text of a file, without its byte order mark.

    Raises OSError if it cannot be read, ValueError naming the line if it is not UTF-8.
    """
    data = path.read_bytes()
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        raise ValueError(f"{path}:{line}: not UTF-8 text") from None
