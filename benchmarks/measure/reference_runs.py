"""The committed reference runs: the command and approximate duration of each."""

from __future__ import annotations

import shlex
from dataclasses import dataclass

from benchmarks.measure import choices
from benchmarks.measure.pipelines import PIPELINES
from benchmarks.measure.workloads import KNOWN, WORKLOADS, name_of
from kernels import LADDER, PEERS
from kernels.parts.losses.log import PART as LOG


def without(names: str, others: str) -> str:
    """The names, as `--kernels` takes them, but for the others."""
    left_out = others.split(",")
    return ",".join(name for name in names.split(",") if name not in left_out)


AS_DOCUMENTED = "onnx-runtime-run,jax-arguments,pytorch-module,keras,pytensor-safe"
"""The peers that are written as their documentation shows it first, beside the expert's way."""
EXPERTS = without(",".join((*LADDER, *PEERS)), AS_DOCUMENTED)
"""All rungs, and each library as its experts write it."""
TRAINERS = "specialized,jitted,batched,vectorized,numpy-expert,c,eigen,pytorch,jax"
IN_BATCHES = (
    "specialized,jitted,batched,numpy-expert,c,eigen,scikit-learn,jax,pytorch,tensorflow-xla,"
    "pytensor"
)
"""The kernels of trainings in batches, without the loops in Python, whose passes take seconds."""
BEST = "specialized,batched"
"""The kernels of runs in which only the fastest count."""


@dataclass(frozen=True)
class ReferenceRun:
    """A command whose run is committed as the folder results/reference/NAME."""

    name: str
    """The name of the folder."""
    arguments: tuple[str, ...]
    """The words of the command, its name first."""
    minutes: int
    """The approximate duration."""

    @property
    def command(self) -> str:
        """The command as it is typed."""
        return f"python -m benchmarks {shlex.join(self.arguments)}"


def ranking(name: str, minutes: int, options: str, *sizes: str) -> ReferenceRun:
    """A run of the command `ladder` on these networks, with its other options in one text."""
    networks = tuple(word for one in sizes for word in ("--sizes", one))
    return ReferenceRun(name, ("ladder", *networks, *options.split()), minutes)


ALL = tuple(workload.name for workload in WORKLOADS)
DIGITS, WIDE = "64-30-10", "784-512-512-10"
RANDOM = tuple(name for name in ALL if name != DIGITS)
PEOPLE_KNOW = tuple(workload.name for workload in KNOWN)
TRAINED = tuple(
    name_of(one.sizes, one.activations, LOG.name if one.has_classes else None) for one in KNOWN
)
"""The networks that people know, with the loss on which they are trained: the log-loss for classes.
"""
GRADIENT, TRAIN = "--operation gradient", "--operation train"
ADAM = f"{TRAIN} --optimizer adam"
IRIS = "4-16-3-relu-softmax-log"
ON_32 = ("64-30-10-relu-softmax-log", "20-64-64-1-relu-identity", IRIS)
ON_200 = (*ON_32[:2], "64-100-10-relu-softmax-log")
"""Networks that are trained in batches of so many samples; 200 is scikit-learn's default."""
TODAY = ("train", "--kernel", "specialized", "--activations", "relu", "--seeds", "20",
         "--optimizer", "adam", "--batch-size")  # fmt: skip
"""The article's experiment as one would do it today."""
PIPED = tuple(word for name in PIPELINES for word in ("--pipeline", name))
SHORT = "--time 2 --rounds 4"
"""Options for rankings of many kernels, whose processes start slowly."""
WELL = f"--kernels {EXPERTS}"
SLOW_STARTERS = "pytorch-compile,tensorflow"
"""Peers whose processes take a third of a ranking; pytorch and tensorflow-xla are beside them."""
LOOPS = "looped,vectorized"
"""The rungs that loop over samples: on batches tens to thousands of times behind all others."""
OF_KNOWN = without(EXPERTS, SLOW_STARTERS)
"""The contenders on networks that people know, of which there are many."""
OF_KNOWN_BATCHES = without(OF_KNOWN, LOOPS)
OF_200, OF_10_000 = "24-8-2-tanh-identity", "4-32-16-4-tanh-identity"
"""The networks of SimpleChains.jl with published times, named by their samples."""
DENSE = tuple(
    word
    for name in (*(f"{n}-{n}-identity" for n in (4, 16, 32, 64)), KNOWN[0].name)
    for word in ("--sizes", name)
)
"""The layers and the network whose published times are of compiled programs."""

RUNS = (
    ReferenceRun("article", ("article",), 6),
    ReferenceRun("train-float32", ("train", "--kernel", "specialized", "--seeds", "100", "--dtype",
                          "float32"), 1),
    ranking("forward", 20, SHORT, *ALL),
    ranking("forward-float32", 15, f"--dtype float32 {SHORT} {WELL}", *ALL),
    ranking("batch", 12, f"--batch 1024 {SHORT} {WELL}", *RANDOM),
    ranking("batch-digits", 5, f"--batch 1078 {SHORT} {WELL}", DIGITS),
    ranking("batch-float32", 15, f"--batch 1024 --dtype float32 {SHORT} {WELL}", *ALL),
    ranking("gradient-1", 12, f"{GRADIENT} --batch 1 {SHORT} {WELL}", *ALL),
    ranking("gradient", 12, f"{GRADIENT} {SHORT} {WELL}", *ALL),
    ranking("crossover-batch", 28, "--crossover batch", "100-100-50-10"),
    ranking("crossover-width", 28, "--crossover width", "100-100-50-10"),
    ranking("train", 12, f"{TRAIN} {SHORT} {WELL}", *ALL),
    ranking("train-single", 5, f"{TRAIN} --dtype float32 --kernels {TRAINERS}", DIGITS),
    ranking("train-threads", 5, f"{TRAIN} --threads 2 --kernels {TRAINERS}", DIGITS),
    ranking("adam-200", 12, f"{ADAM} --batch-size 200 {SHORT} --kernels {IN_BATCHES}", *ON_200),
    ranking("adam-32", 12, f"{ADAM} --batch-size 32 {SHORT} --kernels {IN_BATCHES}", *ON_32),
    ranking("adam-1", 4, f"{ADAM} --batch-size 1 {SHORT} --kernels {IN_BATCHES}", IRIS),
    ReferenceRun("today-200", (*TODAY, "200"), 1),
    ReferenceRun("today-32", (*TODAY, "32"), 1),
    *(
        ranking(f"wide-{rows}", 2, f"{GRADIENT} --batch {rows} --kernels {BEST}", WIDE)
        for rows in (1, 10, 64, 1024)
    ),
    ranking(f"published-{OF_200}", 2, f"{GRADIENT} --batch 200 --kernels {BEST}", OF_200),
    ranking(f"published-{OF_10_000}", 2,
           f"{ADAM} --batch 10000 --dtype float32 --threads 2 --kernels {BEST}", OF_10_000),
    ReferenceRun("published-embedded", ("embedded", *DENSE, "--dtype", "float32"), 2),
    ranking("known-forward", 25, f"{SHORT} --kernels {OF_KNOWN}", *PEOPLE_KNOW),
    ranking("known-batch", 25, f"--batch 1024 {SHORT} --kernels {OF_KNOWN_BATCHES}",
            *PEOPLE_KNOW),
    ranking("known-batch-float32", 25,
            f"--batch 1024 --dtype float32 {SHORT} --kernels {OF_KNOWN_BATCHES}", *PEOPLE_KNOW),
    ranking("known-gradient", 25, f"{GRADIENT} {SHORT} --kernels {OF_KNOWN_BATCHES}", *TRAINED),
    ReferenceRun("compile", ("compile",), 6),
    ReferenceRun("pipelines", ("compile", *PIPED, "--time", "2", "--rounds", "4"), 10),
    ReferenceRun("fit", ("fit",), 12),
    ReferenceRun("costs", ("costs",), 12),
    ReferenceRun("many", ("many",), 13),
    ReferenceRun("selftest", ("selftest",), 50),
)  # fmt: skip


def named(names: list[str]) -> list[ReferenceRun]:
    """The reference runs with these names; all of them if no name is given.

    Raises ValueError for an unknown name.
    """
    known = {run.name: run for run in RUNS}
    for name in names:
        choices.check("the name of a reference run", name, known)
    return [known[name] for name in names] if names else list(RUNS)
