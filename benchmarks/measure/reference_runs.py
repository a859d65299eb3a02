"""The committed reference runs: the command of each, and about how long it takes."""

from __future__ import annotations

from dataclasses import dataclass

from benchmarks.measure.workloads import WORKLOADS

TRAINERS = "specialized,jitted,batched,vectorized,pytorch,jax"
BEST = "specialized,batched"
"""The kernels that are measured where the fastest ones are what counts."""


@dataclass(frozen=True)
class ReferenceRun:
    """A command whose run is committed as the folder results/reference/NAME."""

    name: str
    """The name of the folder."""
    arguments: tuple[str, ...]
    """The words of the command, its name first."""
    minutes: int
    """About how long it takes."""


def ladder(name: str, minutes: int, options: str, *sizes: str) -> ReferenceRun:
    """The run of a ranking of these networks, with the other options in one text."""
    networks = tuple(word for one in sizes for word in ("--sizes", one))
    return ReferenceRun(name, ("ladder", *networks, *options.split()), minutes)


ALL = tuple(workload.name for workload in WORKLOADS)
DIGITS, WIDE = "64-30-10", "784-512-512-10"
RANDOM = tuple(name for name in ALL if name != DIGITS)
GRADIENT, TRAIN = "--operation gradient", "--operation train"
EVERYBODY, IN_SHORT = "--time 4 --rounds 6", "--time 2 --rounds 4"
"""Options for rankings of all rungs and peers, long enough for peers that start slowly."""

RUNS = (
    ReferenceRun("article", ("article",), 7),
    ReferenceRun("train-float32", ("train", "--kernel", "specialized", "--seeds", "100", "--dtype",
                          "float32"), 1),
    ladder("forward", 15, EVERYBODY, *ALL),
    ladder("batch", 10, f"--batch 1024 {IN_SHORT}", *RANDOM),
    ladder("batch-digits", 3, f"--batch 1078 {IN_SHORT}", DIGITS),
    ladder("gradient-1", 10, f"{GRADIENT} --batch 1 {IN_SHORT}", *ALL),
    ladder("gradient", 10, f"{GRADIENT} {IN_SHORT}", *ALL),
    ladder("crossover-batch", 15, "--crossover batch", "100-100-50-10"),
    ladder("crossover-width", 15, "--crossover width", "100-100-50-10"),
    ladder("train", 25, f"{TRAIN} {EVERYBODY}", *ALL),
    ladder("train-single", 5, f"{TRAIN} --dtype float32 --kernels {TRAINERS}", DIGITS),
    ladder("train-threads", 5, f"{TRAIN} --threads 2 --kernels {TRAINERS}", DIGITS),
    *(
        ladder(f"wide-{rows}", 2, f"{GRADIENT} --batch {rows} --kernels {BEST}", WIDE)
        for rows in (1, 10, 64, 1024)
    ),
    ladder("published-24-8-2", 2, f"{GRADIENT} --batch 200 --kernels {BEST}", "24-8-2"),
    ladder("published-4-32-16-4", 2,
           f"{TRAIN} --batch 10000 --dtype float32 --threads 2 --kernels {BEST}", "4-32-16-4"),
    ReferenceRun("compile", ("compile",), 6),
    ReferenceRun("selftest", ("selftest",), 50),
)  # fmt: skip


def named(names: list[str]) -> list[ReferenceRun]:
    """The reference runs with these names; all of them if no name is given.

    Raises ValueError for an unknown name.
    """
    known = {run.name: run for run in RUNS}
    for name in names:
        if name not in known:
            raise ValueError(f"no reference run is called {name!r}; there are {', '.join(known)}")
    return [known[name] for name in names] if names else list(RUNS)
