"""Result sets: folders that hold a folder for each machine, which holds the machine's runs.

    results/local/machines/
      amd-epyc-avx2-2-cores/
        2026-11-25T18-03-12-ladder/
          rows.jsonl
          run.json

`merge` writes them. What reads one also takes a folder that holds runs itself, such as
`results/local`; folders below such a folder are not looked into.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from benchmarks.measure import rows, stored


def entries(folder: Path) -> list[Path]:
    """What lies in a folder, by name; hidden files and folders may be unfinished, and are left out.

    Raises OSError if the folder cannot be read.
    """
    return sorted(path for path in folder.iterdir() if not path.name.startswith("."))


def holds_runs(folder: Path) -> bool:
    """True for a folder in which the folder of a run lies."""
    return any(map(rows.is_run, entries(folder)))


def machine_folders(folder: Path) -> list[Path]:
    """The folders of the machines of a result set; none for a folder that holds runs itself."""
    if holds_runs(folder):
        return []
    return [path for path in entries(folder) if path.is_dir() and holds_runs(path)]


def holders(folder: Path) -> list[Path]:
    """The folders that hold the runs: the folder itself, or those of its machines."""
    return [folder] if holds_runs(folder) else machine_folders(folder)


def runs(folder: Path) -> Iterator[Path]:
    """The folders of the runs of a result set, or of a folder that holds runs itself."""
    for holder in holders(folder):
        yield from filter(rows.is_run, entries(holder))


def is_set(word: str) -> bool:
    """True for the path of a result set, or of a folder with runs, that names no run."""
    try:
        stored.find(word)
    except ValueError:
        path = Path(word)
        return word != "" and path.is_dir() and any(runs(path))
    return False
