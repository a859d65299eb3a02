"""Stored runs, chosen by what they measured: of each question the newest complete run.

A run's folder may have any name: its header and its rows say what was asked. What a run answers
are its topics: the questions that it timed, or for a crossover and for commands that answer one
question as a whole, the run itself. A figure asks by the names of reference runs, and `answering`
loads the runs that answer the same topics.
"""

from __future__ import annotations

from collections.abc import Hashable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cache, cached_property
from pathlib import Path
from types import MappingProxyType
from typing import TYPE_CHECKING

from benchmarks.measure import frames, header, machines, rows, stored
from benchmarks.measure.frames import RUN, Record
from benchmarks.measure.header import Header
from benchmarks.measure.reference_runs import RUNS
from benchmarks.measure.stored import Load

if TYPE_CHECKING:
    import pandas as pd

RANKINGS = ("ladder", "suite", "compile", "fit", "many")
"""The commands whose runs answer the questions of their rows, one by one."""
VARIED = {"batch": "rows", "width": "workload", "threads": "threads"}
"""The column that a crossover varies, for each value of the option --crossover."""
CROSSOVER, QUESTION = "crossover", "question"
"""The first part of the topic of a crossover, and of the topic of a ranking's question."""


class Topic(tuple[Hashable, ...]):
    """What a run answers: a question's columns; a crossover's axis and settings; a command."""

    __slots__ = ()

    @property
    def axis(self) -> str:
        """What the crossover varies; empty for other topics."""
        return str(self[1]) if self[0] == CROSSOVER else ""


@dataclass(frozen=True, eq=False)
class Stored:
    """A run that could be read."""

    name: str
    path: Path
    header: Header
    frame: pd.DataFrame
    """Its rows; the column `run` holds its name."""
    topics: tuple[Topic | None, ...]
    """The topic of each row; None for a row that answers none."""
    machine: str
    """The processor, as tables name it."""

    @property
    def is_complete(self) -> bool:
        """False if the run was interrupted or killed, or has failed."""
        return self.header.state in (header.COMPLETE, None)

    @cached_property
    def answered(self) -> list[Topic]:
        """The topics with at least one time; all of a run that is one topic as a whole."""
        ok = self.frame["state"] == "ok"
        return list(
            dict.fromkeys(
                topic for topic, kept in zip(self.topics, ok, strict=True) if topic and kept
            )
        )

    def about(self, topic: Topic) -> pd.DataFrame:
        """The rows of one topic."""
        return self.frame[[one == topic for one in self.topics]]


@dataclass(frozen=True, eq=False)
class Runs:
    """Stored runs, the newest first, and those that could not be read, with the reasons."""

    found: tuple[Stored, ...]
    damaged: tuple[tuple[str, str], ...] = ()

    @property
    def machines(self) -> list[str]:
        """The machines that measured the runs, that of the newest run first."""
        return list(dict.fromkeys(one.machine for one in self.found))

    def on(self, machine: str) -> Runs:
        """The runs of one machine."""
        return Runs(tuple(one for one in self.found if one.machine == machine))

    @cached_property
    def topics(self) -> list[Topic]:
        """All topics that are answered, those of the newest run first."""
        return list(dict.fromkeys(topic for one in self.found for topic in one.answered))

    def best(self, topic: Topic) -> Stored | None:
        """The newest complete run that answers a topic, else the newest that answers it in part."""
        answering = [one for one in self.found if topic in one.answered]
        complete = (one for one in answering if one.is_complete)
        return next(complete, answering[0] if answering else None)

    def rows(self, topics: Iterable[Topic]) -> pd.DataFrame:
        """The rows of the best run of each topic."""
        import pandas as pd

        chosen = [(topic, self.best(topic)) for topic in topics]
        parts = [run.about(topic) for topic, run in chosen if run is not None]
        return pd.concat(parts, ignore_index=True) if parts else frames.frame(())

    def named(self, names: Iterable[str]) -> dict[str, Stored]:
        """The runs with these names, by name."""
        asked = set(names)
        return {one.name: one for one in self.found if one.name in asked}


def runs_of(folder: Path, commands: Mapping[str, Sequence[str]] = MappingProxyType({})) -> Runs:
    """The runs of a folder: folders of runs of any name, and files of rows.

    `commands` has the words of the command of runs whose header may lack them, by name.
    """
    found, damaged = [], []
    for path in sorted(folder.glob("[!.]*")):
        if not (path.suffix == ".jsonl" if path.is_file() else rows.is_run(path)):
            continue
        try:
            run = read(path, commands.get(path.name))
        except (OSError, ValueError) as error:
            damaged.append((path.name, str(error).replace(f"{folder}/", "")))
            continue
        if not run.frame.empty:
            found.append(run)
    return Runs(tuple(sorted(found, key=age, reverse=True)), tuple(damaged))


def age(run: Stored) -> tuple[str, str]:
    """A key that sorts runs by their start."""
    return run.header.started or "", run.name


def committed() -> Runs:
    """The reference runs; the oldest headers lack the command, which the list of runs has."""
    return runs_of(rows.REFERENCE, {run.name: run.arguments for run in RUNS})


def read(path: Path, words: Sequence[str] | None = None) -> Stored:
    """A stored run; OSError or ValueError if it cannot be read.

    `words` are those of its command, for a header that lacks them.
    """
    about = header.read(header.beside(rows.file_of(path)))
    if about.arguments is None and words:
        about = replace(about, command=words[0], arguments=tuple(words[1:]))
    frame = stored.load(path).assign(**{RUN: path.name})
    records = frames.records(frame)
    topics = tuple(topic_of(about, one) for one in records)
    machine = machines.described(records[0]) if records else ""
    return Stored(path.name, path, about, frame, topics, machine)


def topic_of(about: Header, row: Record) -> Topic | None:
    """The topic that a row of a run belongs to."""
    axis = option(about, "--crossover")
    if axis in VARIED:
        left_out = {"workload", VARIED[axis]}
        same = (row[name] for name in frames.QUESTION if name not in left_out)
        return Topic((CROSSOVER, axis, option(about, "--sizes"), *same))
    if about.command in (*RANKINGS, None):
        question = (row[name] for name in frames.QUESTION)
        return Topic((QUESTION, *question)) if row["operation"] else None
    return Topic((about.command,))


def option(about: Header, name: str) -> str | None:
    """The value of an option in a run's command line, None without it."""
    words = about.arguments or ()
    return words[words.index(name) + 1] if name in words[:-1] else None


def answering(reference: Runs, own: Runs) -> Load:
    """A function that loads, for names of reference runs, the own rows of the same topics."""

    @cache
    def load(*names: str) -> pd.DataFrame:
        asked = reference.named(names)
        topics = (topic for name in names if name in asked for topic in asked[name].answered)
        return own.rows(dict.fromkeys(topics))

    return load
