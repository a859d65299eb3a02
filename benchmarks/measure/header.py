"""Headers of runs: run.json holds once what is true of every row of a run.

    {"schema": 2, "command": "ladder", "arguments": ["--sizes", "24-64-64-4"], "state": "complete",
     "started": "2026-11-25T18:03:12.504Z", "finished": "2026-11-25T18:05:40.113Z",
     "commit": "742a424929", "machine": {...}, "versions": {...}, "settings": {...}}

A key that is absent is unknown. The last four, and the day of the start, become columns of every
row (`fields.ENVIRONMENT`). No host name, user name or path is stored: an argument that contains a
path is replaced by an ellipsis.
"""

from __future__ import annotations

import datetime
import json
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from dataclasses import fields as fields_of
from pathlib import Path
from typing import Any

from benchmarks.measure import environment, fields, files, private

SCHEMA = 2
ROWS, HEADER = "rows.jsonl", "run.json"
"""The names of the two files of a run's folder."""
RUNNING, COMPLETE, INTERRUPTED, FAILED = "running", "complete", "interrupted", "failed"
STATES = (RUNNING, COMPLETE, INTERRUPTED, FAILED)
TIME = re.compile(r"\d{4}-\d\d-\d\d(T\d\d:\d\d:\d\d(\.\d+)?Z)?")
"""A moment in UTC, or only its day, as runs of schema 1 know it."""
TEXTS = ("command", "state", "started", "finished", "commit")


@dataclass(frozen=True)
class Header:
    """The header of a run; None and absent keys are unknown."""

    command: str | None = None
    arguments: tuple[str, ...] | None = None
    """The words after the command's name, without those that name files."""
    state: str | None = None
    """One of `STATES`; a run that was killed stays at "running"."""
    started: str | None = None
    """The start in UTC, as `TIME`."""
    finished: str | None = None
    commit: str | None = None
    machine: Mapping[str, Any] = field(default_factory=dict)
    versions: Mapping[str, Any] = field(default_factory=dict)
    settings: Mapping[str, Any] = field(default_factory=dict)

    @property
    def columns(self) -> dict[str, Any]:
        """The columns that each row of the run gets from the header."""
        found = {**self.machine, **self.versions, **self.settings, "commit": self.commit}
        return known(found | {"date": self.started and self.started[:10]})

    def encoded(self) -> str:
        """The text of run.json."""
        found = {"schema": SCHEMA} | {
            name: value for name, value in asdict(self).items() if value not in (None, {})
        }
        return json.dumps(found, ensure_ascii=False, indent=1) + "\n"


def of_this_process(command: str, arguments: Sequence[str], threads: int) -> Header:
    """The header of a run that begins now, on this machine."""
    commit = environment.commit()
    return Header(
        command=command,
        arguments=tuple(map(private.without_path, arguments)),
        state=RUNNING,
        started=now(),
        commit=None if commit == fields.UNKNOWN else commit,
        machine=known(environment.machine()),
        versions=known(environment.versions()),
        settings=known(environment.settings(threads)),
    )


def known(columns: Mapping[str, Any]) -> dict[str, Any]:
    """The columns that are known."""
    return {key: value for key, value in columns.items() if value not in (None, fields.UNKNOWN)}


def now() -> str:
    """This moment in UTC, to the millisecond."""
    text = datetime.datetime.now(datetime.UTC).isoformat(timespec="milliseconds")
    return text.replace("+00:00", "Z")


def beside(path: Path) -> Path:
    """The header of a file of rows: run.json in the folder of a run, else NAME.run.json."""
    return path.with_name(HEADER if path.name == ROWS else f"{path.name}.{HEADER}")


def read(path: Path) -> Header:
    """The header in a file; one of which nothing is known if there is no file.

    Raises OSError if it cannot be read, ValueError naming the file and what is wrong with it.
    """
    if not path.is_file():
        return Header()
    text = files.text_of(path)
    try:
        return decoded(fields.parse(text))
    except ValueError as error:
        raise ValueError(f"{path}: not the header of a run: {error}") from None


def decoded(found: Any) -> Header:
    """The header that a JSON value describes; ValueError if it does not describe one."""
    for problem in problems(found):
        raise ValueError(problem)
    names = {one.name for one in fields_of(Header)}
    values = {name: value for name, value in found.items() if name in names}
    if values.get("arguments") is not None:
        values["arguments"] = tuple(values["arguments"])
    for group, columns in fields.GROUPS.items():
        values[group] = {
            name: value for name, value in found.get(group, {}).items() if name in columns
        }
    return Header(**values)


def problems(found: Any) -> Iterator[str]:
    """The problems that make a JSON value no header."""
    if not isinstance(found, dict) or found.get("schema") != SCHEMA:
        yield f"no object with schema {SCHEMA}"
        return
    for name in TEXTS:
        yield from fields.field_problems(name, found.get(name), fields.OPTIONAL_TEXT)
    if found.get("state") not in (None, *STATES):
        yield f"state is {fields.shortened(found['state'])}, which is none of {', '.join(STATES)}"
    for name in ("started", "finished"):
        if found.get(name) is not None and not TIME.fullmatch(found[name]):
            yield f"{name} is {fields.shortened(found[name])}, which is no moment in UTC"
    words = found.get("arguments", [])
    if not isinstance(words, list) or not all(isinstance(word, str) for word in words):
        yield f"arguments is {fields.shortened(words)}, not a list of texts"
    for group, columns in fields.GROUPS.items():
        held = found.get(group, {})
        if not isinstance(held, dict):
            yield f"{group} is {fields.shortened(held)}, not an object"
            continue
        for name in columns.keys() & held.keys():
            yield from fields.field_problems(name, held[name], columns[name])
