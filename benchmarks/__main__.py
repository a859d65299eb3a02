"""python -m benchmarks: reproduce the article, rank kernels, know the limits, keep the history."""

from __future__ import annotations

import importlib
import os
import subprocess
import sys
from collections.abc import Callable, Iterator, Mapping
from typing import Any, cast

import typer
from typer.core import TyperGroup

from benchmarks.measure.contenders import ContenderError
from benchmarks.terminal.options import Command
from kernels.plugins import described
from kernels.proof.gate import GateError

COMMANDS = (
    "article",
    "ladder",
    "compare",
    "export",
    "compile",
    "fit",
    "limits",
    "selftest",
    "train",
    "list",
    "dashboard",
    "report",
    "readme",
    "reference",
)
"""The commands in the order of the help, each a module of its name in `benchmarks.commands`."""

EXPECTED_ERRORS = (
    ValueError,
    TypeError,
    ImportError,
    OSError,
    MemoryError,
    subprocess.SubprocessError,
    GateError,
    ContenderError,
)
"""Exceptions that end a command with one line instead of a traceback."""


def load(name: str) -> Callable[..., None]:
    """The function of a command; its module is imported here."""
    module = importlib.import_module(f"benchmarks.commands.{name}")
    found: Callable[..., None] = module.command
    return found


class OnDemand(Mapping[str, Any]):
    """The commands by name, each imported when it is looked up; only help looks up all."""

    def __getitem__(self, name: str) -> Any:
        if name not in COMMANDS:
            raise KeyError(name)
        single = typer.Typer(add_completion=False)
        single.command(name, cls=Command)(load(name))
        return typer.main.get_command(single)

    def __iter__(self) -> Iterator[str]:
        return iter(COMMANDS)

    def __len__(self) -> int:
        return len(COMMANDS)


class Group(TyperGroup):
    """The group of commands, which are imported on demand."""

    def __init__(self, **attributes: Any) -> None:
        super().__init__(**attributes)
        self.commands = cast(Any, OnDemand())


app = typer.Typer(cls=Group, add_completion=False, no_args_is_help=True)


@app.callback()
def benchmarks() -> None:
    """How fast can a small neural network run from Python?"""


def message_of(error: BaseException) -> str:
    """The message of an exception; for an OSError the file and the reason, without the number."""
    if isinstance(error, OSError) and error.strerror:
        file = error.filename
        return error.strerror if file is None else f"{os.fsdecode(file)}: {error.strerror}"
    return str(error) or type(error).__name__


def main() -> int:
    """Run a command and return its exit status. An error that a user can mend takes one line."""
    try:
        return int(app(standalone_mode=False) or 0)
    except typer.TyperException as error:
        message, status = error.format_message(), error.exit_code
    except EXPECTED_ERRORS as error:
        message, status = message_of(error), 1
    except (SystemExit, GeneratorExit) as error:  # only a kernel raises these
        message, status = described(error), 1
    if message:  # empty without a command: the help was printed
        print(f"error: {' '.join(message.split())}", file=sys.stderr)
    return status


if __name__ == "__main__":
    sys.exit(main())
