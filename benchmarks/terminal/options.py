"""Options that several commands share, and the words of a command line that a run may store."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextvars import ContextVar
from itertools import pairwise
from pathlib import Path
from typing import Annotated, Any

import typer
from typer.core import TyperCommand

from benchmarks.measure import files

REPLACED = "A file that exists is replaced."
"""Sentence in the help of options whose file may exist."""
REFUSED = "One that exists and is not empty is an error."
"""Sentence in the help of options whose file must be new."""

RUN_HELP = (
    "A run: its number in list --runs, 'latest', a name in results/local or results/reference, a "
    "folder, a file of rows, or pytest-benchmark's JSON."
)
"""The help of an argument that takes any stored run."""

JsonOption = Annotated[
    Path | None,
    typer.Option(
        "--json",
        help=f"A file for the rows (JSON lines), with FILE.run.json beside it. {REFUSED}",
        show_default="a new folder results/local/TIME-COMMAND",
    ),
]

BatchSizeOption = Annotated[
    int | None,
    typer.Option(
        min=1,
        help="With --optimizer: samples per step, as scikit-learn's batch_size. Default: all.",
    ),
]
RateOption = Annotated[
    float | None,
    typer.Option(
        help="With --optimizer: its learning rate. Default: 0.001 for adam and adamw, 0.1 for sgd."
    ),
]
L2Option = Annotated[
    float | None,
    typer.Option(
        min=0.0, help="With --optimizer: the penalty on weights, scikit-learn's alpha. Default: 0."
    ),
]

TaskTimeOption = Annotated[
    float,
    typer.Option(
        "--time",
        min=0.1,
        help="About how many seconds each contender is timed for a task, in all rounds.",
    ),
]

ROUNDS_HELP = "Fresh processes for each contender."

RoundsOption = Annotated[int, typer.Option("--rounds", min=2, help=ROUNDS_HELP)]

GIVEN: ContextVar[tuple[str, ...]] = ContextVar("GIVEN", default=())
"""The words of the command line that is being run."""


class Command(TyperCommand):
    """A command that refuses empty options, and keeps the words it was called with for `words`."""

    def parse_args(self, ctx: Any, args: list[str]) -> list[str]:
        """Read the words of a command line.

        Raises ValueError for an option whose value is empty: a path would become this folder.
        """
        pairs = [*pairwise(args), *(word.partition("=")[::2] for word in args if "=" in word)]
        if empty := [word for word, value in pairs if word[:2] == "--" and not value]:
            raise ValueError(f"{empty[0]} is empty: leave it out, or give it a value")
        return super().parse_args(ctx, args)

    def invoke(self, ctx: Any) -> Any:
        """Run the command."""
        token = GIVEN.set(tuple(given(ctx)))
        try:
            return super().invoke(ctx)
        finally:
            GIVEN.reset(token)


def given(ctx: Any) -> Iterator[str]:
    """The options that were typed, in the order of the help, without those that name files."""
    for parameter in ctx.command.params:
        value = ctx.params.get(parameter.name)
        source = ctx.get_parameter_source(parameter.name)
        if source is None or source.name != "COMMANDLINE":
            continue
        for one in value if isinstance(value, list | tuple) else [value]:
            if isinstance(one, Path):
                continue
            if isinstance(one, bool):
                yield max(parameter.opts if one else parameter.secondary_opts, key=len)
            else:
                yield from (max(parameter.opts, key=len), str(one))


def words() -> tuple[str, ...]:
    """The words after the command's name, as a run's header stores them: none is a path."""
    return GIVEN.get()


def listed(what: str, names: Mapping[str, str]) -> str:
    """The help of an option that may be repeated: each name that it takes, with what it means."""
    known = "; ".join(f"{name} ({meaning})" for name, meaning in names.items())
    return f"{what}; repeat the option for several: {known}."


def check_writable(path: Path) -> None:
    """Find out before a long run, not after it, that its results cannot be stored."""
    if path.is_dir():
        raise IsADirectoryError(f"{path} is a directory")
    files.make_folder(path.parent)
    if not files.is_special(path):
        unfinished = files.hidden(path)
        try:
            unfinished.touch()
            unfinished.unlink()
        except OSError as error:
            raise OSError(error.errno, error.strerror, str(path)) from None
