"""python -m benchmarks: reproduce the article, rank kernels, know the limits, keep the history."""

from __future__ import annotations

import os
import signal
import sys

if __name__ == "__main__" and signal.getsignal(signal.SIGINT) is signal.default_int_handler:
    # Ctrl-C during the imports, which take a moment: no traceback
    signal.signal(signal.SIGINT, lambda *_: os._exit(130))

import importlib
import subprocess
from collections.abc import Callable, Iterator, Mapping
from typing import Annotated, Any, cast

import typer
from typer.core import TyperGroup

from benchmarks.measure import interrupts
from benchmarks.measure.contenders import ContenderError
from benchmarks.measure.errors import FailedError
from benchmarks.terminal import console
from benchmarks.terminal.options import Command
from kernels import __version__
from kernels.proof.gate import GateError
from kernels.support.imports import described

COMMANDS = (
    "article",
    "ladder",
    "compare",
    "merge",
    "export",
    "compile",
    "fit",
    "many",
    "embedded",
    "limits",
    "selftest",
    "train",
    "sweep",
    "costs",
    "list",
    "dashboard",
    "report",
    "readme",
    "reference",
)
"""The commands in the order of the help, each a module of its name in `benchmarks.commands`."""

MISTAKES = (ValueError, TypeError, ImportError, OSError)
"""Exceptions that say in one line why what was asked for cannot be done; the status is 2."""
FAILURES = (FailedError, MemoryError, subprocess.SubprocessError, GateError, ContenderError)
"""Exceptions that say in one line why a run, a check or another program failed; the status is 1."""
FAILED, MISTAKEN = 1, 2
"""Exit statuses besides 0 and `interrupts.STATUS`."""


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

    def invoke(self, ctx: Any) -> Any:
        """Run a command; Ctrl-C where it has no session gets a line, as in one."""
        try:
            return super().invoke(ctx)
        except KeyboardInterrupt:
            console.remark("interrupted: nothing was measured, and no file is half written")
            raise typer.Exit(interrupts.STATUS) from None


app = typer.Typer(cls=Group, add_completion=False, no_args_is_help=True)


def print_version(wanted: bool) -> None:
    """Print the version and end, if that is wanted."""
    if wanted:
        console.say(f"mlp-ladder {__version__}")
        raise typer.Exit


@app.callback()
def benchmarks(
    version: Annotated[
        bool,
        typer.Option("--version", callback=print_version, is_eager=True, help="Print the version."),
    ] = False,
) -> None:
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
        message, status = error.format_message(), MISTAKEN
    except MISTAKES as error:
        message, status = message_of(error), MISTAKEN
    except FAILURES as error:
        message, status = message_of(error), FAILED
    except (SystemExit, GeneratorExit) as error:  # only a kernel raises these
        message, status = described(error), FAILED
    if message:  # empty without a command: the help was printed
        print(f"error: {' '.join(message.split())}", file=sys.stderr)
    return status


if __name__ == "__main__":
    if signal.getsignal(signal.SIGINT) is not signal.SIG_IGN:
        signal.signal(signal.SIGINT, signal.default_int_handler)
    sys.exit(main())
