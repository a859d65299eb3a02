"""python -m benchmarks: reproduce the article, train on its digits, list what there is."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Annotated

import typer

from benchmarks import console, dashboard, digits, reproduce, training, workloads
from benchmarks.measure import rows
from benchmarks.measure.environment import environment
from benchmarks.report import article_table
from benchmarks.report import readme as readme_report
from kernels import LADDER, Network, find, names
from kernels.gate import GateError

EXPECTED_ERRORS = (ValueError, TypeError, ImportError, OSError, MemoryError, GateError)
"""What is told in a line instead of a traceback."""

app = typer.Typer(
    add_completion=False,
    no_args_is_help=True,
    help="How fast can a small neural network run from Python?",
)


@app.command()
def article(
    quick: Annotated[bool, typer.Option("--quick", help="Rougher, in about 20 seconds.")] = False,
    json: Annotated[
        Path | None,
        typer.Option(
            "--json",
            help="Where to write the rows (JSON lines). [default: results/local/article.jsonl]",
        ),
    ] = None,
) -> None:
    """Every figure the article publishes, beside this machine's."""
    limit_blas(1)
    target = json or rows.LOCAL / "article.jsonl"
    check_writable(target)
    measured: list[rows.Row] = []
    steps = list(reproduce.steps(quick))
    interrupted = False
    with console.progress() as bar:
        task = bar.add_task("", total=sum(step.seconds for step in steps))
        try:
            for step in steps:
                bar.update(task, description=step.title)
                measured += step.run()
                bar.advance(task, step.seconds)
        except KeyboardInterrupt:
            interrupted = True
    if measured:
        rows.write(target, measured, environment())
        show_article(target)
    if interrupted:
        console.remark(f"interrupted: {len(measured)} rows of finished steps are in {target}")
        raise typer.Exit(130)
    console.remark(f"{len(measured)} rows are in {target}")


def show_article(path: Path) -> None:
    """The two tables, from a stored run."""
    records = rows.read(path)
    out = console.console()
    lines = [line.cells for line in article_table.headline(records)]
    out.print(console.table("The article's figures", article_table.HEADINGS, lines, left=2))
    for note in article_table.notes(records):
        out.print(note, markup=False)
    wrong = [line.cells for line in article_table.statements(records)]
    out.print()
    headings = ("§", "the article says", "measured")
    out.print(console.table("What does not hold, or not quite", headings, wrong, left=3))
    out.print(article_table.machine(records), markup=False)


@app.command()
def train(
    kernel: Annotated[str, typer.Option(help="Which kernel trains.")] = "batched",
    seeds: Annotated[int, typer.Option(min=1, help="How many seeds, from 0.")] = 1,
    iterations: Annotated[int, typer.Option(min=1, help="Steps of descent.")] = digits.ITERATIONS,
    alpha: Annotated[float, typer.Option(help="Step size.")] = digits.ALPHA,
    hidden: Annotated[str, typer.Option(help="Sizes of the hidden layers, as 30 or 30-20.")] = "30",
    dtype: Annotated[str, typer.Option(help="float64 or float32.")] = "float64",
    threads: Annotated[int, typer.Option(min=1, help="Threads for one call.")] = 1,
    start: Annotated[
        Path | None, typer.Option(help="A saved network to go on from, for every seed's split.")
    ] = None,
    save: Annotated[
        Path | None, typer.Option(help="Where to save the most accurate network (.npz).")
    ] = None,
) -> None:
    """The article's experiment: recognise digits (§5), with a kernel of your choice.

    Example: python -m benchmarks train --kernel jitted --seeds 3
    """
    limit_blas(threads)
    sizes = workloads.parse_sizes(f"{digits.SIZES[0]}-{hidden}-{digits.SIZES[-1]}")
    network = Network.load(start) if start else None
    if save:
        check_writable(save)
    runs: list[training.Run] = []
    out = console.console()
    with console.progress("cost {task.fields[cost]}") as bar:
        for seed in range(seeds):
            task = bar.add_task(f"seed {seed}", total=iterations, cost="")
            runs.append(
                training.run(
                    kernel,
                    seed,
                    sizes,
                    iterations,
                    alpha,
                    dtype,
                    threads,
                    network,
                    lambda done, cost, _error, task=task: bar.update(  # type: ignore[misc]
                        task, completed=done, cost=f"{cost:.4f}"
                    ),
                )
            )
            bar.remove_task(task)
    headings = ("seed", "cost J", "mean ‖y − h‖", "accuracy", "time")
    lines = [training.cells(run) for run in runs]
    title = f"{'-'.join(map(str, sizes))} on digits, {kernel}, {iterations} iterations"
    out.print(console.table(title, headings, lines))
    out.print(training.summary(runs), markup=False)
    if save:
        best = max(runs, key=lambda run: run.accuracy_percent)
        best.trained.network.save(save)
        console.remark(f"the network of seed {best.seed} is in {save}")


@app.command("list")
def list_() -> None:
    """Rungs, peers (installed or not) and workloads."""
    out = console.console()
    lines = []
    for name in names():
        kernel = find(name)
        lines.append(
            (
                name,
                "rung" if name in LADDER else "peer",
                "installed" if kernel.is_installed() else "not installed",
                ", ".join(kernel.operations),
                ", ".join(kernel.dtypes),
                "any" if kernel.max_threads is None else str(kernel.max_threads),
            )
        )
    headings = ("kernel", "kind", "", "operations", "dtypes", "threads")
    out.print(console.table("Kernels", headings, lines, left=5))
    networks = [
        (
            workload.name,
            str(workload.network.theta.size),
            str(workload.multiply_adds()),
            str(workload.rows),
            str(workload.iterations),
        )
        for workload in workloads.WORKLOADS
    ]
    columns = ("network", "parameters", "multiply-adds a sample", "samples", "iterations")
    out.print(console.table("Workloads", columns, networks))


@app.command("dashboard")
def dashboard_(
    record: Annotated[
        bool, typer.Option(help="Time the commits that lack results, before publishing.")
    ] = True,
    serve: Annotated[bool, typer.Option(help="Serve the page on loopback, until Ctrl-C.")] = True,
    port: Annotated[int, typer.Option(min=1, max=65535, help="On which port.")] = 8080,
) -> None:
    """The history of every rung: time the commits that lack results, publish, serve."""
    name = dashboard.register()
    commits = dashboard.lacking(name) if record else []
    if commits:
        minutes = len(commits) * dashboard.MINUTES_PER_COMMIT
        console.remark(
            f"{len(commits)} commits lack results on {name}: about {minutes} minutes, during "
            "which the machine should do nothing else"
        )
        dashboard.record(name, commits)
    dashboard.asv("publish")
    if serve:
        dashboard.asv("preview", f"--port={port}")


@app.command()
def readme(
    check: Annotated[
        bool, typer.Option("--check", help="Only say whether the README is up to date.")
    ] = False,
) -> None:
    """Write the README's tables from the committed reference run."""
    before = readme_report.README.read_text(encoding="utf-8")
    after = readme_report.render(before, readme_report.sections(readme_report.REFERENCE))
    if before == after:
        return
    if check:
        raise ValueError("README.md is not what the reference run gives: run make readme")
    readme_report.README.write_text(after, encoding="utf-8")


def limit_blas(threads: int) -> None:
    """Let NumPy's BLAS use this many threads from now on, so that no plan has to."""
    from threadpoolctl import threadpool_limits

    threadpool_limits(threads, user_api="blas")


def check_writable(path: Path) -> None:
    """Find out before a long run, not after it, that its results cannot be stored."""
    if path.is_dir():
        raise IsADirectoryError(f"{path} is a directory")
    path.parent.mkdir(parents=True, exist_ok=True)


def main() -> int:
    """Run a command; what a user can mend is told in one line."""
    try:
        return int(app(standalone_mode=False) or 0)
    except typer.TyperException as error:
        message, status = error.format_message(), error.exit_code
    except EXPECTED_ERRORS as error:
        message, status = str(error) or type(error).__name__, 1
    print(f"error: {' '.join(message.split())}", file=sys.stderr)
    return status


if __name__ == "__main__":
    sys.exit(main())
