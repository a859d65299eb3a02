"""The committed reference runs: the command of each, and about how long it takes."""

from __future__ import annotations

from dataclasses import dataclass

from benchmarks.measure.workloads import WORKLOADS

TRAINERS = "specialized,jitted,batched,vectorized,pytorch,jax"
BEST = "specialized,batched"
"""Those worth the time where it is not about all of them."""


@dataclass(frozen=True)
class Run:
    """A command, with its rows in results/reference/NAME.jsonl."""

    name: str
    arguments: tuple[str, ...]
    minutes: int


def ladder(name: str, minutes: int, options: str, *sizes: str) -> Run:
    """A ranking of these networks."""
    networks = tuple(word for one in sizes for word in ("--sizes", one))
    return Run(name, ("ladder", *networks, *options.split()), minutes)


ALL = tuple(workload.name for workload in WORKLOADS)
DIGITS, WIDE = "64-30-10", "784-512-512-10"
RANDOM = tuple(name for name in ALL if name != DIGITS)
GRADIENT, TRAIN = "--operation gradient", "--operation train"
EVERYBODY, IN_SHORT = "--time 4 --rounds 6", "--time 2 --rounds 4"
"""All rungs and peers, of whom some need seconds to start: most of the time goes there."""

RUNS = (
    Run("article", ("article",), 7),
    Run("train-float32", ("train", "--kernel", "specialized", "--seeds", "100", "--dtype",
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
    Run("compile", ("compile",), 6),
    Run("selftest", ("selftest",), 50),
)  # fmt: skip


def named(names: list[str]) -> list[Run]:
    """The runs of these names, or all of them.

    Raises ValueError for a name there is not.
    """
    known = {run.name: run for run in RUNS}
    for name in names:
        if name not in known:
            raise ValueError(f"no reference run is called {name!r}; there are {', '.join(known)}")
    return [known[name] for name in names] if names else list(RUNS)
