"""Stored runs of one or more machines, each run with the name of the machine that measured it.

A machine in a result set is called as its folder; in other places as its processor, followed by a
number where two different machines would get one name.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from itertools import combinations
from pathlib import Path
from typing import TYPE_CHECKING

from benchmarks.measure import fields, frames, machines, result_sets, rows, stored
from benchmarks.measure.frames import RUN
from benchmarks.measure.machines import Identity
from benchmarks.show.figures import selection
from benchmarks.show.figures.selection import CROSSOVER, QUESTION, Runs, Stored
from benchmarks.show.tables.side_by_side import SideBySide

if TYPE_CHECKING:
    import pandas as pd


def of_folder(folder: Path) -> Runs:
    """The runs of a result set, or of a folder that holds runs itself, the newest first."""
    return labelled(read_folder(folder))


def read_folder(folder: Path) -> Runs:
    """The runs of a folder; in a result set each is called `machine/run`."""
    below = result_sets.machine_folders(folder) if folder.is_dir() else []
    if not below:
        return selection.runs_of(folder)
    found: list[Stored] = []
    damaged: list[tuple[str, str]] = []
    for one in below:
        runs = selection.runs_of(one)
        found += (called(run, f"{one.name}/{run.name}") for run in runs.found)
        damaged += ((f"{one.name}/{name}", reason) for name, reason in runs.damaged)
    return Runs(tuple(found), tuple(damaged))


def named(words: Iterable[str]) -> Runs:
    """The runs that these words name, each once, the newest first.

    A word is a result set, a folder that holds runs, or a run as `stored.find` takes it.

    Raises OSError and ValueError as `stored.load` does, and ValueError for a word that gives no
    rows. A damaged run in a folder is no error, but in `damaged`.
    """
    found: dict[Path, Stored] = {}
    damaged: list[tuple[str, str]] = []
    taken: set[str] = set()
    for word in words:
        if result_sets.is_set(word):
            runs = read_folder(Path(word))
        else:
            runs = Runs((selection.read(stored.find(word)[1]),))
        if all(run.frame.empty for run in runs.found):
            raise ValueError(" ".join([f"{word} has no rows", *(why for _, why in runs.damaged)]))
        damaged += runs.damaged
        for run in runs.found:
            file = rows.file_of(run.path).resolve()
            if file not in found:
                name = machines.free(run.name, taken)
                taken.add(name)
                found[file] = called(run, name)
    return labelled(Runs(tuple(found.values()), tuple(damaged)))


def called(run: Stored, name: str) -> Stored:
    """A run under another name, which its rows have too."""
    return replace(run, name=name, frame=run.frame.assign(**{RUN: name}))


def labelled(runs: Runs) -> Runs:
    """The runs, the newest first, with a name for each machine that no other machine has."""
    found = sorted(runs.found, key=selection.age, reverse=True)
    labels: dict[Identity, str] = {}
    for run in found:
        if (machine := identity(run)) not in labels:
            folder = run.path.resolve().parent.name
            is_shelf = machines.is_named_after(folder, machine)
            label = folder if is_shelf else run.machine
            between = "-" if is_shelf else ", number "
            labels[machine] = machines.free(label, set(labels.values()), between)
    return Runs(tuple(replace(run, machine=labels[identity(run)]) for run in found), runs.damaged)


def identity(run: Stored) -> Identity:
    """The identity of the machine that measured a run; empty for a run without rows."""
    columns = run.frame[list(fields.MACHINE)]
    return () if columns.empty else machines.identity(frames.first(columns))


def answers(runs: Runs) -> pd.DataFrame:
    """Of each question that runs of one machine answer, the rows of one run, the newest complete.

    Rankings are asked first, then crossovers, each point of which answers a question too.
    """
    import pandas as pd

    parts = [
        runs.rows(topic for topic in runs.topics if topic[0] == kind)
        for kind in (QUESTION, CROSSOVER)
    ]
    found = pd.concat([part for part in parts if not part.empty] or parts[:1], ignore_index=True)
    found = found[found["operation"].notna() & found["kernel"].notna()]
    groups = frames.questions(found)
    kept = [group[group[RUN] == group[RUN].iloc[0]] for group in groups]
    return pd.concat(kept, ignore_index=True) if kept else frames.frame(())


def side_by_side(runs: Runs) -> SideBySide | None:
    """The machines of these runs side by side; None if they are of one, or answer no question."""
    found = {machine: answers(runs.on(machine)) for machine in sorted(runs.machines)}
    if len(found) < 2 or all(frame.empty for frame in found.values()):
        return None
    return SideBySide(found, alike(runs))


def alike(runs: Runs) -> list[str]:
    """A sentence on each two machines that have the same processor and cores, and still differ."""
    known = dict(sorted({run.machine: identity(run) for run in runs.found}.items()))
    return [
        f"{one} is another machine than {other}: {'; '.join(machines.differences(left, right))}"
        for (other, right), (one, left) in combinations(known.items(), 2)
        if machines.name(dict(left)) == machines.name(dict(right))
    ]
