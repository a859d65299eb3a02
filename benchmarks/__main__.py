"""python -m benchmarks: reproduce the article, rank kernels, know the limits, keep the history."""

from __future__ import annotations

import subprocess
import sys

import typer

from benchmarks.commands.article import article
from benchmarks.commands.compare import compare
from benchmarks.commands.compiling import compile_fitted
from benchmarks.commands.history import history
from benchmarks.commands.ladder import ladder
from benchmarks.commands.limits import limits
from benchmarks.commands.listing import listing
from benchmarks.commands.readme import readme
from benchmarks.commands.reference import reference
from benchmarks.commands.report import report
from benchmarks.commands.selftest import selftest
from benchmarks.commands.train import train
from benchmarks.measure.contenders import ContenderError
from kernels.gate import GateError
from kernels.plugins import described

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
"""What is told in a line instead of a traceback."""

app = typer.Typer(
    add_completion=False,
    no_args_is_help=True,
    help="How fast can a small neural network run from Python?",
)
for name, command in {
    "article": article,
    "ladder": ladder,
    "compare": compare,
    "compile": compile_fitted,
    "limits": limits,
    "selftest": selftest,
    "train": train,
    "list": listing,
    "dashboard": history,
    "report": report,
    "readme": readme,
    "reference": reference,
}.items():
    app.command(name)(command)  # type: ignore[type-var]


def main() -> int:
    """Run a command; what a user can mend is told in one line."""
    try:
        return int(app(standalone_mode=False) or 0)
    except typer.TyperException as error:
        message, status = error.format_message(), error.exit_code
    except EXPECTED_ERRORS as error:
        message, status = str(error) or type(error).__name__, 1
    except (SystemExit, GeneratorExit) as error:  # of a kernel: no command here raises them
        message, status = described(error), 1
    print(f"error: {' '.join(message.split())}", file=sys.stderr)
    return status


if __name__ == "__main__":
    sys.exit(main())
