"""One contender in a process of its own: makes its plan, passes the gate, then times on demand.

The parent (`benchmarks.measure.contenders`) sets thread limits and the core before this process
starts, and talks to it in lines of JSON. The first line it sends is the task; the answer says
`ready`, or why it is not. After that each line asks for a sample; end of file ends.
"""

from __future__ import annotations

import contextlib
import gc
import itertools
import json
import math
import os
import sys
import time
import warnings
from collections.abc import Callable
from typing import Any, TextIO

import numpy as np

import kernels
from benchmarks.measure import other_loss, portion, workloads
from benchmarks.measure.environment import limit_blas
from benchmarks.measure.quiet import Quiet
from benchmarks.measure.timing import FLOOR, Call, calls_per_sample
from kernels.plugins import described
from kernels.proof import gate

LOOP_SECONDS = 1e-3
"""A sample lasts at least so long: the clock's resolution and cost vanish in it."""
WHOLE_SECONDS, PART_SECONDS = 0.05, 0.02
OTHER_SECONDS = 0.3
"""Checks and shuffling before the first iteration vanish in so long a training."""
WARM_SECONDS = 0.02
PATIENCE = 0.1
"""Seconds a sample may wait for a quiet moment, before it is the next contender's turn."""


def main() -> int:
    """Serve the parent until it closes the line."""
    answers = os.fdopen(os.dup(1), "w", buffering=1)
    os.dup2(2, 1)  # what libraries print must not get between the answers
    task = json.loads(sys.stdin.readline())
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # of libraries, about their own future
            loop, facts = prepare(task)
            facts["packages"] = packages(task["kernel"])
    except kernels.NotInstalledError as error:
        return fail(answers, "missing", error)
    except kernels.NotOfferedError as error:
        return fail(answers, "not offered", error)
    except gate.GateError as error:
        return fail(answers, "wrong", error)
    except KeyboardInterrupt:
        raise
    except BaseException as error:  # SystemExit too: a kernel may call sys.exit
        return fail(answers, "failed", error)
    answer(answers, {"state": "ready", **facts})
    gc.collect()
    gc.disable()
    quiet = Quiet() if task["quiet"] else None
    for _ in sys.stdin:
        try:
            loop()  # does not count: it brings caches and clock back
            ns, undisturbed = quiet.sample(loop, PATIENCE) if quiet else (loop(), True)
        except gate.GateError as error:
            return fail(answers, "wrong", error)
        answer(answers, {"ns": ns, "quiet": undisturbed})
    return 0


def fail(answers: TextIO, state: str, error: BaseException) -> int:
    """Say what went wrong, in a line."""
    text = " ".join(str(error).split()) if isinstance(error, Exception) else described(error)
    text = text or type(error).__name__
    answer(answers, {"state": state, "reason": text[:500]})
    return 1


def answer(answers: TextIO, content: dict[str, Any]) -> None:
    """Send a line; a parent that is gone needs none."""
    with contextlib.suppress(BrokenPipeError):
        answers.write(json.dumps(content) + "\n")


def packages(kernel: str) -> str | None:
    """What a peer needs, with versions: `torch 2.13.0`."""
    names = kernels.find(kernel).requires if kernel in kernels.names() else ()
    versions = (str(getattr(sys.modules.get(name), "__version__", "")) for name in names)
    return ", ".join(map(" ".join, zip(names, versions, strict=True))) or None


def prepare(task: dict[str, Any]) -> tuple[Callable[[], float], dict[str, Any]]:
    """A loop that returns a call's time in nanoseconds, warm and checked, and what it took."""
    if task["serving"]:
        from benchmarks.measure import serving  # with it comes what only the parent needs

        call, facts = serving.prepare(task)
        return looped(call, 1.0, 0.0), facts
    dtype, threads = task["dtype"], task["threads"]
    workload = workloads.of_sizes(tuple(task["sizes"]), task["rows"])
    X, Y = (array.astype(dtype) for array in workload.samples)
    if task["kernel"] == FLOOR:
        return floor(workload, X, task["operation"])
    kernel = kernels.find(task["kernel"])
    kernel.import_requirements()
    if kernel.uses_blas:
        limit_blas(threads)
    operation = task["operation"]
    wanted = [operation] if operation in kernel.operations else None
    plan = kernels.plan(workload.network, kernel, dtype, threads, wanted)
    if operation == "train" and plan.name in other_loss.LOSSES:
        return other_training(plan, X, Y, task)
    if operation not in plan.operations:
        raise kernels.NotOfferedError(f"{operation} is not offered by kernel {plan.name}")
    start = time.perf_counter()
    few = 1 if portion.is_one_by_one(plan, operation) else len(X)
    portion.run(portion.make_call(plan, operation, X[:few], Y[:few], 1, task["alpha"]))
    first_seconds = time.perf_counter() - start
    part = portion.choose(
        plan, operation, X, Y, task["iterations"], task["alpha"], WHOLE_SECONDS, PART_SECONDS
    )
    checked = max(2, part.rows)
    error = gate.check(plan, operation, X[:checked], Y[:checked])
    loop = looped(part.call, part.factor / task["iterations"], task["slower_percent"])
    return watched(loop, part.call), {
        "build_seconds": plan.build_seconds,
        "first_seconds": first_seconds,
        "error": error,
        "extrapolated_from": part.label if part.rows < part.of_rows else None,
    }


def watched(loop: Callable[[], float], call: Call) -> Callable[[], float]:
    """The loop; after turns 1, 2, 4, 8 ... the call that was timed must still look at its input.

    A kernel that gives its last result again, once it has been called often enough with the same
    arrays, passes every check that is made before.
    """
    turns = itertools.count(1)

    def turn() -> float:
        ns, number = loop(), next(turns)
        if number & (number - 1) == 0:
            look(call)
        return ns

    return turn


def look(call: Call) -> None:
    """Raise GateError unless NaN in the input of a timed call reaches its result."""
    X = call.arguments[0]
    contents = X.copy()
    X.fill(np.nan)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # a training says that it diverged
            result = call.function(*call.arguments)
    finally:
        X[...] = contents
    if not np.isnan(getattr(result, "cost", result)).all():
        raise gate.GateError("the call that is timed does not see that its input has changed")


def other_training(
    plan: kernels.Plan, X: Any, Y: Any, task: dict[str, Any]
) -> tuple[Callable[[], float], dict[str, Any]]:
    """A training that nothing can be checked against, since it minimises another loss."""
    start = time.perf_counter()
    other_loss.train(plan, X, Y, 1, task["alpha"])
    first_seconds = time.perf_counter() - start
    start = time.perf_counter()
    other_loss.train(plan, X, Y, 1, task["alpha"])
    seconds = time.perf_counter() - start
    steps = max(1, min(task["iterations"], round(OTHER_SECONDS / seconds)))
    call = Call(other_loss.train, (plan, X, Y, steps, task["alpha"]))
    return looped(call, 1 / steps, 0.0), {
        "build_seconds": plan.build_seconds,
        "first_seconds": first_seconds,
        "error": None,
        "extrapolated_from": None,
        "other_loss": other_loss.LOSSES[plan.name],
    }


def floor(
    workload: workloads.Workload, X: Any, operation: str
) -> tuple[Callable[[], float], dict[str, Any]]:
    """Compiled code that does nothing, called with parameters, input and output."""
    from kernels.codegen.probes import nothing

    x = X[0].copy() if operation == "forward" else X.ravel()
    arguments = (workload.network.theta.astype(X.dtype), x, np.empty(workload.sizes[-1], X.dtype))
    return looped(Call(nothing(), arguments), 1.0, 0.0), {}


def looped(call: Call, factor: float, slower_percent: float) -> Callable[[], float]:
    """Many calls in a row, and the time of one, times `factor`, in nanoseconds.

    `slower_percent` more calls are made than are counted: a copy slowed by a known amount.
    """
    timer = call.timer()
    count = calls_per_sample(timer, LOOP_SECONDS / 2)
    count = max(1, math.ceil(LOOP_SECONDS * count / min(timer.repeat(3, count))))
    if slower_percent:  # enough calls for the percentage to come out
        count = max(count, round(100 / slower_percent))
    made = round(count * (1 + slower_percent / 100))
    end = time.perf_counter() + WARM_SECONDS
    while time.perf_counter() < end:
        timer.timeit(count)
    return lambda: timer.timeit(made) / count * factor * 1e9


if __name__ == "__main__":
    sys.exit(main())
