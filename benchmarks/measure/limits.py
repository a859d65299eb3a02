"""The machine's limits: its best rates of multiply-adds, activations and reads, and the floor.

They are measured with this project's own generated vector code (`kernels.codegen.probes`), so no C
compiler is needed. The best of many short samples counts: a limit can be reached, and disturbances
only lower a rate. The *limit* of a result is

    floor + the larger of   arithmetic at the measured rates of multiply-adds and of the
                            activations that the network has, and of an optimizer's roots and
                            divisions
                            and  the bytes it must touch at the bandwidth for that many

with the floor measured beside the result: a call of a builtin function that does nothing, which is
what any call of native code with these arguments costs. An activation's rate is that of a loop from
one array into another. Where that takes about as long as a copy, as relu does, it shows what loads
and stores cost, which generated code does not need: such an activation counts as free. The limit
leaves out how long each result is waited for (latency), checks of arguments, the slopes and the
loss of a gradient, and the sums of softmax, so code for the smallest networks stays far from it. It
holds for code that does the same arithmetic: a shorter way to compute a sigmoid would be a new
limit. A time below it means that one of the two is wrong.
"""

from __future__ import annotations

import os
import threading
import time
from collections.abc import Callable, Iterable, Iterator
from typing import Any

import numpy as np

from benchmarks.measure import timing
from benchmarks.measure.environment import machine
from benchmarks.measure.question import Question
from benchmarks.measure.timing import Call, Loop
from kernels.parts.activations import ACTIVATIONS
from kernels.parts.activations.identity import PART as COPY
from kernels.parts.architecture import USUAL
from kernels.support import aligned

WORKING_SETS_KIB = (16, 32, 64, 128, 256, 512, 1024, 2048, 4096, 16384, 65536, 262144)
SAMPLE_SECONDS = timing.SAMPLE_SECONDS / 2
"""Shorter than other samples: only the best counts, and a short one is likelier undisturbed."""
PRECISIONS = ("float64", "float32")
MULTIPLY_ADDS, BYTES_READ, VALUES = 25_000_000, 125_000_000, 1_024_000
"""The work of one call of a probe: about 0.5 ms on a present processor, beside which the few
microseconds vanish that Python spends on the call."""
ARRAY_OF_VALUES = 1024
RATED = tuple(dict.fromkeys(f.rated.name for f in ACTIVATIONS.values()))
"""The activations with a rate of their own."""
LIKE_A_COPY = 2.0
"""Activations that take less than this many times as long as a copy count as free."""
TOGETHER, REPEATS = 4, 30
"""Length of a call that all threads make at once, in single-threaded calls; number of such calls.
"""
SECONDS = float(os.environ.get("MLP_LADDER_LIMIT_SECONDS", "0.6"))

Limits = dict[str, float]
"""Rates and durations by name, with the unit at the name's end."""
FLOOR_KEY = "call_floor_2_objects_ns"
"""The floor of `plan.forward(x, out)`."""
SIGMOID = "sigmoid"
"""The name of the article's activation among the limits, as in the first stored ones."""


def measure(
    seconds: float = SECONDS,
    progress: Callable[[str], object] = lambda _: None,
    activations: Iterable[str] = RATED,
) -> Limits:
    """Measure the limits of this machine, each for about `seconds`.

    `progress` is called with what is measured next; `activations` are those whose rates are
    measured.
    """
    from kernels.codegen import probes  # only what measures needs LLVM

    cores = machine()["cores"]
    progress("calls of a builtin function")
    arrays = (np.zeros(3), np.zeros(1))
    found: Limits = {FLOOR_KEY: best(Call(probes.nothing(), arrays), seconds) * 1e9}
    for dtype in PRECISIONS:
        one = np.dtype(dtype).type
        progress(f"multiply-adds, {dtype}")
        work = probes.multiply_adds_a_turn(dtype)
        turns = MULTIPLY_ADDS // work
        arguments = (turns, one(0.999), one(0.001))
        probes.multiply_add(*arguments)
        flops = 2 * turns * work
        fastest = best(Call(probes.multiply_add, arguments), seconds)
        found[f"fma_peak_{dtype}_gflops"] = flops / fastest * 1e-9
        # long calls, beside which the differences between the threads' starts vanish
        longer = (TOGETHER * turns, *arguments[1:])
        fastest = together(lambda a=longer: probes.multiply_add(*a), cores)  # type: ignore[misc]
        found[f"fma_peak_{dtype}_all_threads_gflops"] = cores * TOGETHER * flops / fastest * 1e-9
        for name in dict.fromkeys((*activations, COPY.name, *probes.ARITHMETIC)):
            progress(f"{name}, {dtype}")
            found[activation_key(name, dtype)] = activation_ns(name, dtype, seconds)
    for kib in WORKING_SETS_KIB:
        progress(f"reads from {kib} KiB")
        array = aligned.empty((kib * 128,), "float64")
        array[:] = 1
        times = max(1, BYTES_READ // array.nbytes)
        probes.read(array, times)
        fastest = best(Call(probes.read, (array, times)), seconds / 2)
        found[bandwidth_key(kib)] = times * array.nbytes / fastest * 1e-9
    return found


def needed(questions: Iterable[Question]) -> list[str]:
    """The activations whose rates the limits of these questions need."""
    return sorted({f.rated.name for asked in questions for f in asked.architecture.functions})


def activation_ns(name: str, dtype: str, seconds: float) -> float:
    """The time of one value of an activation in a loop over an array, in nanoseconds."""
    from kernels.codegen import probes

    z, out = (aligned.empty((ARRAY_OF_VALUES,), dtype) for _ in range(2))
    z[:] = np.linspace(-4, 4, z.size)
    passes = (name, z, out, VALUES // z.size)
    probes.activations(*passes)
    return best(Call(probes.activations, passes), seconds) / VALUES * 1e9


def activation_key(name: str, dtype: str) -> str:
    """The name of an activation's rate."""
    return f"{SIGMOID if name == USUAL else name}_{dtype}_ns"


def bandwidth_key(kib: int) -> str:
    """The name of the bandwidth for a working set of this size."""
    return f"read_bandwidth_{kib}_kib_gbytes_per_s"


def best(call: Call, seconds: float) -> float:
    """The shortest mean duration of a call, in seconds, over many short samples."""
    loop = Loop(call, SAMPLE_SECONDS)
    least, end = float("inf"), time.perf_counter() + seconds
    while time.perf_counter() < end:
        least = min(least, loop.sample())
    return least


def together(call: Callable[[], Any], threads: int) -> float:
    """The fewest seconds from the first start to the last end of one call in each thread."""
    times: list[list[tuple[float, float]]] = [[] for _ in range(threads)]
    barrier = threading.Barrier(threads)

    def work(mine: list[tuple[float, float]]) -> None:
        for _ in range(REPEATS):
            barrier.wait()
            start = time.perf_counter()
            call()
            mine.append((start, time.perf_counter()))

    workers = [threading.Thread(target=work, args=(mine,)) for mine in times]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()
    turns = np.array(times)  # thread, turn, start or end
    return float((turns[:, :, 1].max(axis=0) - turns[:, :, 0].min(axis=0)).min())


def limit_ns(found: Limits, asked: Question) -> float:
    """The shortest time in which an operation's arithmetic and reads can be done, in nanoseconds.

    The call's floor is not in it. For train it is the time of one iteration, or of one step in
    batches: with the optimizer's roots and divisions; what it keeps of each parameter is read and
    written, and each sample is read where it lies.
    """
    dtype, workload, cores = asked.dtype, asked.workload, 1.0
    if asked.threads > 1:
        one = found[f"fma_peak_{dtype}_gflops"]
        cores = min(float(asked.threads), found[f"fma_peak_{dtype}_all_threads_gflops"] / one)
    operation = "gradient" if asked.operation == "train" else asked.operation
    layers = zip(asked.sizes[1:], asked.architecture.functions, strict=True)
    sample = sum(nodes * value_ns(found, f.rated.name, dtype) for nodes, f in layers)
    arithmetic = workload.flops(operation) / found[f"fma_peak_{dtype}_gflops"]
    arithmetic += sample * workload.samples_of(operation)
    itemsize = np.dtype(dtype).itemsize
    touched = workload.bytes(operation, itemsize)
    if asked.stepping is not None:
        steps, optimizer = asked.stepping.steps(asked.rows), asked.stepping.make()
        each = sum(found.get(activation_key(name, dtype), 0.0) for name in optimizer.costly)
        arithmetic = arithmetic / steps + workload.parameters() * each
        gathered = asked.stepping.size(asked.rows) * (asked.sizes[0] + asked.sizes[-1])
        kept = (2 * optimizer.slots + 2) * workload.parameters()
        touched = itemsize * (gathered + kept)
    return float(max(arithmetic, touched / bandwidth(found, touched)) / cores)


def value_ns(found: Limits, name: str, dtype: str) -> float:
    """The time that an activation of one value adds to the limit, in nanoseconds."""
    rate, copy = (found[activation_key(one, dtype)] for one in (name, COPY.name))
    return rate if rate >= LIKE_A_COPY * copy else 0.0


def bandwidth(found: Limits, size: int) -> float:
    """The highest bandwidth at which `size` bytes can be read, in bytes per nanosecond.

    It is the best of the measured working sets from the largest that is no larger than `size` on.
    """
    fitting = [kib for kib in WORKING_SETS_KIB if kib * 1024 <= size] or [WORKING_SETS_KIB[0]]
    return max(found[bandwidth_key(kib)] for kib in WORKING_SETS_KIB if kib >= fitting[-1])


def better(one: Limits, other: Limits) -> Limits:
    """The better of two measurements of each limit, since disturbances only worsen them."""
    rates = ("gflops", "gbytes_per_s")
    return {
        key: max(value, other[key]) if key.endswith(rates) else min(value, other[key])
        for key, value in one.items()
    }


def lines(found: Limits) -> Iterator[tuple[str, str, str]]:
    """The name, value and unit of each limit, for a table."""
    units = {"gflops": "GFLOP/s", "ns": "ns", "gbytes_per_s": "GB/s", "seconds": "s"}
    for key, value in found.items():
        suffix = next(end for end in units if key.endswith(f"_{end}"))
        name = key.removesuffix(f"_{suffix}").replace("_", " ")
        if name.endswith("arrays"):
            name += " (Numba)"
        yield name, f"{value:.3g}", units[suffix]
