"""Merging: runs from the folders of many hosts become one result set, in which none is changed.

    found, left_out = collect([Path("host-a"), Path("host-b")], into)
    merged = store(found, into)          # into/<machine>/<run>/{rows.jsonl, run.json}

Each run is copied byte for byte into the folder of the machine that its header names. A run that is
in the set already, under whatever name, is not copied again, and nothing in the set is overwritten:
two different runs of one name are kept under two names.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from benchmarks.measure import files, header, machines, result_sets, rows, stored
from benchmarks.measure.header import FAILED, RUNNING, Header
from benchmarks.measure.machines import Identity

REFUSED = {RUNNING: "it is still running, or was killed", FAILED: "it has failed"}
"""The reason why a run in one of these states is left out."""


@dataclass(frozen=True)
class Candidate:
    """A run that can be merged, with the content of its two files."""

    path: Path
    about: Header
    content: dict[str, bytes]
    rows: int
    """The number of its rows."""

    @property
    def machine(self) -> Identity:
        """The machine that measured it."""
        return machines.identity(self.about.machine)

    @property
    def digest(self) -> str:
        """A digest of its content: two runs with the same one are the same run."""
        return digest(self.content)


@dataclass
class Merged:
    """The runs that were added to a result set, and those that were in it already."""

    added: list[Path] = field(default_factory=list)
    known: list[Path] = field(default_factory=list)


def collect(folders: Sequence[Path], into: Path) -> tuple[list[Candidate], list[str]]:
    """The runs in these folders that can be merged, and a line on each thing that is left out.

    Parameters: folders of a run, of runs, or result sets; the result set to merge into, which is
    left out where it lies in one of the folders.

    Raises ValueError for a path that is no folder, and OSError for a folder that cannot be read.
    """
    for folder in folders:
        if not folder.is_dir():
            wrong = "is a file, not a folder of runs" if folder.exists() else "does not exist"
            raise ValueError(f"{folder} {wrong}")
    found, left_out = [], []
    for path in dict.fromkeys(path for folder in folders for path in listed(folder)):
        if path.resolve() == into.resolve():
            continue
        try:
            found.append(candidate(path))
        except (OSError, ValueError) as error:
            left_out.append(told(path, "is left out", error))
    return found, left_out


def listed(folder: Path) -> list[Path]:
    """The runs of a folder, and all that lies beside them."""
    if rows.is_run(folder):
        return [folder]
    holders = result_sets.holders(folder)
    beside = [path for path in result_sets.entries(folder) if path not in holders]
    below = [path for one in holders if one != folder for path in result_sets.entries(one)]
    return beside + below


def candidate(path: Path) -> Candidate:
    """A run that can be merged; OSError or ValueError with the reason why it cannot."""
    if not path.is_dir():
        raise ValueError("it is no folder of a run")
    for name in (header.ROWS, header.HEADER):
        if not (path / name).is_file():
            raise ValueError(f"it has no {name}")
    about = header.read(path / header.HEADER)
    if about.state in REFUSED:
        raise ValueError(REFUSED[about.state])
    machine = machines.identity(about.machine)
    if "processor" not in dict(machine):
        raise ValueError(f"its {header.HEADER} names no processor")
    found = stored.read(path)
    if not found:
        raise ValueError("it has no rows")
    if any(machines.identity(one) != machine for one in found):
        raise ValueError(f"a row is of another machine than {header.HEADER} names")
    return Candidate(path, about, content(path), len(found))


def content(path: Path) -> dict[str, bytes]:
    """The bytes of the two files of a run."""
    return {name: (path / name).read_bytes() for name in (header.ROWS, header.HEADER)}


def digest(found: dict[str, bytes]) -> str:
    """A digest of the content of a run."""
    whole = hashlib.sha256()
    for name, data in sorted(found.items()):
        whole.update(f"{name} {len(data)} ".encode() + data)
    return whole.hexdigest()


def store(found: Iterable[Candidate], into: Path) -> Merged:
    """Copy the runs that a result set lacks into it, each completely or not at all.

    Raises OSError if a run cannot be copied; ValueError for a folder that cannot be a result set,
    because it is a run or holds runs that are in no machine's folder.
    """
    if into.is_dir() and (rows.is_run(into) or result_sets.holds_runs(into)):
        raise ValueError(
            f"{into} holds runs itself: a result set has a folder for each machine (--into)"
        )
    files.make_folder(into)
    there, _ = members(into)
    shelves = {one.machine: one.path.parent for one in reversed(there)}
    known = {one.digest for one in there}
    merged = Merged()
    for one in found:
        if one.digest in known:
            merged.known.append(one.path)
            continue
        if one.machine not in shelves:
            base = machines.name(dict(one.machine))
            shelves[one.machine] = into / machines.free(base, taken(into))
        shelf = shelves[one.machine]
        files.make_folder(shelf)
        name = one.path.resolve().name.lstrip(".") or str(one.about.command)
        path = shelf / machines.free(name, taken(shelf))
        files.add_folder(path, one.content)
        known.add(one.digest)
        merged.added.append(path)
    return merged


def members(into: Path) -> tuple[list[Candidate], list[str]]:
    """The runs of a result set, and a line on each that was damaged since it was merged."""
    found, damaged = [], []
    for path in result_sets.runs(into):
        try:
            found.append(candidate(path))
        except (OSError, ValueError) as error:
            damaged.append(told(path, "is damaged", error))
    return found, damaged


def told(path: Path, what: str, error: Exception) -> str:
    """A line on a run that is left out, with the reason in which its path is not repeated."""
    return f"{path} {what}: {str(error).replace(f'{path}/', '')}"


def taken(folder: Path) -> set[str]:
    """The names in a folder that cannot be given again: all but those of empty folders."""
    return {path.name for path in folder.iterdir() if not path.is_dir() or any(path.iterdir())}
