"""Functions that write files completely or not at all, and read text files."""

from __future__ import annotations

import os
import re
import secrets
import shutil
from collections.abc import Mapping
from pathlib import Path
from typing import TextIO

DESCRIPTOR = re.compile(r"/(?:dev|proc/self)/fd/(\d+)")
"""A path that means an open file of this process, as the shell's >(...) gives one."""
STANDARD = {"/dev/stdout": 1, "/dev/stderr": 2}
Version = tuple[int, int, int, int]
"""Device, number, size and time of change of a file: another one for another content."""


def replace(path: Path, text: str) -> None:
    """Replace the content of a file; a reader sees the old or the new one, whole.

    A symbolic link is replaced, not followed.
    """
    unfinished = hidden(path)
    try:
        unfinished.write_text(text, encoding="utf-8")
        unfinished.replace(path)
    finally:
        unfinished.unlink(missing_ok=True)


def write(path: Path, text: str) -> None:
    """Replace a file, or write to a device or pipe such as /dev/null, which stays what it is."""
    if is_special(path):
        with open_special(path) as stream:
            stream.write(text)
    else:
        replace(path, text)


def version(path: Path) -> Version | None:
    """The version of a file, to see whether somebody else wrote it; None if there is none."""
    try:
        found = path.stat()
    except FileNotFoundError:
        return None
    return found.st_dev, found.st_ino, found.st_size, found.st_mtime_ns


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


def add_folder(path: Path, contents: Mapping[str, bytes]) -> None:
    """Write a folder with these files, by name, completely or not at all.

    Raises FileExistsError if it exists and is not empty, OSError if it cannot be written.
    """
    if path.exists() and not (path.is_dir() and not any(path.iterdir())):
        raise FileExistsError(f"{path} is there already")
    unfinished = hidden(path)
    try:
        unfinished.mkdir()
        for name, data in contents.items():
            (unfinished / name).write_bytes(data)
        unfinished.rename(path)
    finally:
        shutil.rmtree(unfinished, ignore_errors=True)


def make_folder(path: Path) -> None:
    """Make a folder unless it is there; NotADirectoryError if it, or one above it, is a file."""
    try:
        path.mkdir(parents=True, exist_ok=True)
    except (FileExistsError, NotADirectoryError):
        raise NotADirectoryError(f"{path} is no folder and cannot be made one") from None


def hidden(path: Path) -> Path:
    """A new hidden name in the same folder, for a file or folder that is not finished."""
    return path.with_name(f".{path.name}.{secrets.token_hex(4)}")


def is_special(path: Path) -> bool:
    """True for a device, a pipe, or an open file of this process such as /dev/stdout."""
    if descriptor(path) is not None:
        return True
    return path.exists() and not path.is_file() and not path.is_dir()


def open_special(path: Path) -> TextIO:
    """Open what `is_special`, to write to it; a pipe waits for its reader.

    An open file of this process is shared, not opened again: what others write to it is kept.
    """
    number = descriptor(path)
    return open(path if number is None else os.dup(number), "w", encoding="utf-8")


def descriptor(path: Path) -> int | None:
    """The number of the open file of this process that a path means; None for other paths."""
    found = DESCRIPTOR.fullmatch(str(path))
    return int(found[1]) if found else STANDARD.get(str(path))


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
