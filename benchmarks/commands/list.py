"""`python -m benchmarks list`."""

from __future__ import annotations

from benchmarks.measure import workloads
from benchmarks.measure.contenders import interpreters
from benchmarks.terminal import console
from kernels import LADDER, PEERS, PluginError, find, missing, names, plugins


def command() -> None:
    """Rungs, peers (installed or not) and workloads.

    Example: python -m benchmarks list
    """
    out = console.console()
    lines, broken = [], list(plugins.unreadable())
    for name in names():
        kind = "rung" if name in LADDER else "peer" if name in PEERS else "plug-in"
        try:
            kernel = find(name)
        except PluginError as error:
            broken.append(f"{name}: {error}")
            lines.append((name, kind, "cannot be imported", "", "", ""))
            continue
        lines.append(
            (
                name,
                kind,
                where(name),
                ", ".join(kernel.operations),
                ", ".join(kernel.dtypes),
                "any" if kernel.max_threads is None else str(kernel.max_threads),
            )
        )
    headings = ("kernel", "kind", "", "operations", "dtypes", "threads")
    out.print(console.table("Kernels", headings, lines, left=5))
    for line in broken:
        out.print(line, markup=False, soft_wrap=True)
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


def where(name: str) -> str:
    """Whether a kernel can run: here, in an environment of its own, or why not."""
    python = interpreters()[name]
    if python is None:
        reason = missing(name) or ""
        return reason if "installed" in reason else f"not installed: {reason}"
    return "installed" if missing(name) is None else f"in {python.parents[1].name}"
