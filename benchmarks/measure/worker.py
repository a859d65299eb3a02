"""The process of one contender: it makes a plan, checks it at the gate, then times on demand.

The parent (`benchmarks.measure.contenders`) sets thread limits and the core, and talks to the
process in lines of JSON. Its first line has the question and the kernel; the answer says `ready`,
or why not. Each further line asks for a sample; end of file ends the process.
"""

from __future__ import annotations

import contextlib
import gc
import itertools
import json
import os
import sys
import time
import warnings
from collections.abc import Callable
from dataclasses import asdict
from functools import partial
from typing import Any, TextIO

import numpy as np

import kernels
from benchmarks.measure import other_loss, own_fit, portion, question, timing
from benchmarks.measure.arrays import Array
from benchmarks.measure.environment import limit_blas
from benchmarks.measure.question import AnyQuestion, Question
from benchmarks.measure.quiet import Quiet
from benchmarks.measure.serving_question import FitQuestion, ServingQuestion
from benchmarks.measure.stepping import Stepping
from benchmarks.measure.timing import FLOOR, Call, Loop, stopwatch
from kernels.parts.optimizer import Optimizer
from kernels.proof import gate
from kernels.support.imports import described

TRAIN_ITERATIONS = 3000
"""The length of a training, of which a part is timed and scaled to the iterations asked for."""
WHOLE_SECONDS, PART_SECONDS = 0.05, 0.02
"""Longer calls are timed in part, so that no sample keeps the other contenders waiting."""
OTHER_LOSS_SECONDS = 0.3
"""Duration of a library's own training, beside which its checks at the start vanish."""
WARM_SECONDS = 0.02
PATIENCE = 0.1
"""Seconds a sample may wait for a quiet moment, before it is the next contender's turn."""

Sample = Callable[[], float]
"""A function that takes a sample, in nanoseconds per call or iterations asked for."""
Facts = dict[str, Any]
"""Facts that a contender reports when it is ready: its error, seconds of building."""


def main() -> int:
    """Serve the parent until it closes the pipe."""
    answers = os.fdopen(os.dup(1), "w", buffering=1)
    os.dup2(2, 1)  # what libraries print must not get between the answers
    given = json.loads(sys.stdin.readline())
    kernel = given["kernel"]
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # libraries warn of their own deprecated parts
            asked = question.decoded(given["question"])
            sample, facts = prepare(asked, kernel, given["slower_percent"])
            facts["packages"] = packages(kernel)
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
    quiet = Quiet() if given["quiet"] else None
    for _ in sys.stdin:
        try:
            sample()  # does not count: it brings caches and clock back
            ns, undisturbed = quiet.sample(sample, PATIENCE) if quiet else (sample(), True)
        except gate.GateError as error:
            return fail(answers, "wrong", error)
        answer(answers, {"ns": ns, "quiet": undisturbed})
    return 0


def fail(answers: TextIO, state: str, error: BaseException) -> int:
    """Answer in a line what went wrong, and return the process's exit status."""
    text = "" if state == "failed" else " ".join(str(error).split())
    text = text or described(error)
    answer(answers, {"state": state, "reason": text[:500]})
    return 1


def answer(answers: TextIO, content: dict[str, Any]) -> None:
    """Send a line, if the parent is still there."""
    with contextlib.suppress(BrokenPipeError):
        answers.write(json.dumps(content) + "\n")


def packages(kernel: str) -> str | None:
    """A peer's packages with their versions, as `torch 2.13.0`; None for a rung."""
    return kernels.find(kernel).versions() or None if kernel in kernels.names() else None


def prepare(asked: AnyQuestion, kernel: str, slower_percent: float = 0.0) -> tuple[Sample, Facts]:
    """A contender's samples, warm and through the gate, and the facts it reports.

    Raises NotInstalledError, NotOfferedError or GateError for a kernel that is not to be timed.
    """
    if not isinstance(asked, Question):
        # these import what others do not need
        from benchmarks.measure import fits, many, pipeline_serving, serving

        if isinstance(asked, FitQuestion):
            call, facts = fits.prepare(asked.task, kernel)
        elif isinstance(asked, many.ManyQuestion):
            call, facts = many.prepare(asked, kernel)
        elif isinstance(asked, ServingQuestion):
            call, facts = serving.prepare(asked, kernel)
        else:
            call, facts = pipeline_serving.prepare(asked, kernel)
        return samples_of(call), facts
    if kernel == FLOOR:
        return floor(asked, *asked.samples(asked.network)), {}
    if asked.stepping is not None and kernel in own_fit.KERNELS:
        return own_training(asked, asked.stepping)
    plan = plan_for(asked, kernel)
    X, Y = asked.samples(plan.network)
    if asked.operation == "train" and plan.name in other_loss.KERNELS:
        return other_training(plan, X, Y, asked)
    if asked.operation not in plan.operations:
        raise kernels.NotOfferedError(f"{asked.operation} is not offered by kernel {plan.name}")
    if asked.stepping is not None:
        return in_batches(plan, X, Y, asked.stepping, asked.iterations)
    few = 1 if portion.is_one_by_one(plan, asked.operation) else len(X)
    # making the call computes its outputs: that is the first call of all, and may compile
    first_ns, _ = stopwatch(
        lambda: portion.run(
            portion.make_call(plan, asked.operation, X[:few], Y[:few], 1, asked.alpha)
        )
    )
    iterations = TRAIN_ITERATIONS if asked.operation == "train" else 1
    part = portion.choose(
        plan, asked.operation, X, Y, iterations, asked.alpha, WHOLE_SECONDS, PART_SECONDS
    )
    checked = max(2, part.rows)
    error = gate.check(plan, asked.operation, X[:checked], Y[:checked])
    factor = part.factor * asked.iterations / iterations
    sample = samples_of(part.call, factor, slower_percent)
    return watched(sample, part.call), {
        "build_seconds": plan.build_seconds,
        "first_seconds": first_ns * 1e-9,
        "error": error,
        "extrapolated_from": part.label if part.rows < part.of_rows else None,
    }


def in_batches(
    plan: kernels.Plan, X: Array, Y: Array, how: Stepping, steps: int
) -> tuple[Sample, Facts]:
    """Samples of so many steps of a training in batches: whole passes are timed."""
    optimizer = plan.own_form(how.make())
    train = partial(plan.train, optimizer=optimizer, **how.options())
    first_ns, _ = stopwatch(partial(train, X, Y, 1))
    passes = 1
    while stopwatch(partial(train, X, Y, passes))[0] < PART_SECONDS * 1e9:
        passes *= 2
    error = gate.check_batches(plan, optimizer, how.size(len(X)), how.l2, X, Y)
    call = Call(train, (X, Y, passes))
    sample = samples_of(call, steps / passes / how.steps(len(X)))
    return watched(sample, call), {
        "form": difference(how.make(), optimizer),
        "build_seconds": plan.build_seconds,
        "first_seconds": first_ns * 1e-9,
        "error": error,
        "extrapolated_from": None,
    }


def difference(asked: Optimizer, own: Optimizer) -> str | None:
    """The settings in which a kernel's own form of an optimizer differs from what was asked for."""
    found = asdict(own).items() - asdict(asked).items()
    return ", ".join(f"{name}={value}" for name, value in sorted(found)) or None


def plan_for(asked: Question, name: str) -> kernels.Plan:
    """The plan of a kernel for a question, made ready for its operation alone."""
    kernel = kernels.find(name)
    with kernel.naming_packages():
        kernel.import_requirements()
    if kernel.uses_blas:
        limit_blas(asked.threads)
    wanted = [asked.operation] if asked.operation in kernel.operations else None
    return kernels.plan(asked.network, kernel, asked.dtype, asked.threads, wanted, asked.loss)


def watched(sample: Sample, call: Call) -> Sample:
    """Samples of a call, which after samples 1, 2, 4, 8 ... is checked to still read its input.

    Without that, a kernel would pass that returns its last result once it has been called often
    enough with the same arrays.
    """
    turns = itertools.count(1)

    def turn() -> float:
        ns, number = sample(), next(turns)
        if number & (number - 1) == 0:
            check_input_is_read(call)
        return ns

    return turn


def check_input_is_read(call: Call) -> None:
    """Raise GateError unless another input of a timed call gives another result.

    NaN changes every result, even where sigmoids are saturated. But XLA's relu makes 0 of NaN in
    large batches, so other numbers count too.
    """
    X = call.arguments[0]
    contents = X.copy()

    def result_of(values: Any) -> Array:
        X[...] = values
        result = call.function(*call.arguments)
        return np.array(getattr(result, "cost", result))

    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # a training says that it diverged
            if np.isnan(result_of(np.nan)).all():
                return
            same = np.array_equal(result_of(contents), result_of(-1 - contents))
    finally:
        X[...] = contents
    if same:
        raise gate.GateError("the timed call does not see that its input has changed")


def other_training(plan: kernels.Plan, X: Array, Y: Array, asked: Question) -> tuple[Sample, Facts]:
    """Samples of a training that minimises another loss, so that no gate can check it."""
    train = partial(other_loss.train, plan, X, Y, 1, asked.alpha)
    first_ns, _ = stopwatch(train)
    ns, _ = stopwatch(train)
    steps = max(1, min(TRAIN_ITERATIONS, round(OTHER_LOSS_SECONDS * 1e9 / ns)))
    call = Call(other_loss.train, (plan, X, Y, steps, asked.alpha))
    return samples_of(call, asked.iterations / steps), {
        "build_seconds": plan.build_seconds,
        "first_seconds": first_ns * 1e-9,
        "error": None,
        "extrapolated_from": None,
        "other_loss": other_loss.minimised(plan),
    }


def own_training(asked: Question, how: Stepping) -> tuple[Sample, Facts]:
    """Samples of a step of a training by a library's own `fit`."""
    X, Y = own_fit.samples_of_classes(asked)
    first_ns, _ = stopwatch(partial(own_fit.fit, asked, X, Y, 1))
    ns, _ = stopwatch(partial(own_fit.fit, asked, X, Y, 2))
    passes = max(2, round(OTHER_LOSS_SECONDS * 2e9 / ns))
    call = Call(own_fit.fit, (asked, X, Y, passes))
    return samples_of(call, asked.iterations / passes / how.steps(len(X))), {
        "build_seconds": 0.0,
        "first_seconds": first_ns * 1e-9,
        "error": None,
        "extrapolated_from": None,
    }


def floor(asked: Question, X: Array, Y: Array) -> Sample:
    """Samples of a builtin function that does nothing, called with the operation's arguments."""
    arguments: dict[str, tuple[Any, ...]] = {
        "gradient": (X, Y, Y),
        "train": (X, Y, TRAIN_ITERATIONS, asked.alpha),
    }
    return samples_of(timing.floor(arguments.get(asked.operation, (X, Y))))


def samples_of(call: Call, factor: float = 1.0, slower_percent: float = 0.0) -> Sample:
    """Samples of a call, warm, in nanoseconds times `factor`.

    `slower_percent` is that of `Loop`.
    """
    loop = Loop(call, slower_percent=slower_percent)
    end = time.perf_counter() + WARM_SECONDS
    while time.perf_counter() < end:
        loop.sample()
    return lambda: loop.sample() * factor * 1e9


if __name__ == "__main__":
    sys.exit(main())
