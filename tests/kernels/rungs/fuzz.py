"""Fuzzing: thousands of odd calls of a plan's methods, in a process that must not crash.

    python -m tests.kernels.rungs.fuzz KERNEL DTYPE CALLS SEED

makes CALLS calls of every operation and of `update` in one thread, as many in eight threads that
share a plan, and a tenth of them in three threads that share a plan with threads=2; and half of
them with a network of one output, and with one that has a shift.

Many arrays lie at the edge of protected pages, so that reading or writing beyond one crashes the
process. `odd_arguments` makes the arguments, and says of each whether it must be accepted. An
accepted call must return the reference's result; any other call must raise TypeError or ValueError.
A line is printed before the calls of each operation, so that the last line names the operation that
crashed, and another after them with the numbers of calls made and accepted.
"""

from __future__ import annotations

import sys
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import numpy as np

import kernels
from kernels.proof import reference
from kernels.rungs import specialized
from tests.kernels.rungs.odd_arguments import GRADIENTS, INPUTS, OUTPUTS, Guarded, not_finite

THETA = kernels.Network.centred((4, 6, 3), seed=1).theta
NETWORKS = {
    "usual": kernels.Network.centred((7, 13, 29, 5), seed=1),
    "one output": kernels.Network.centred((3, 4, 1), seed=1),
    "shifted": kernels.Network.from_theta((4, 6, 3), THETA, shift=[0.5, -2.0, 0.0, 1.0]),
}
STORMS = [
    ("usual", 1, 1, 1.0), ("usual", 1, 8, 1.0), ("usual", 2, 3, 0.1), ("one output", 1, 1, 0.5),
    ("shifted", 1, 1, 0.5),
]  # fmt: skip
"""Networks, threads of the plan, threads that call it, and the share of CALLS that they make."""
COUNTS = (0, 1, 2, 3, 7, 8, 9, 41)
TOLERANCE = {"float64": 1e-13, "float32": 2e-6}
NAMES = {
    "forward": ("x", "out"),
    "forward_batch": ("X", "out"),
    "gradient": ("X", "Y", "out"),
    "train": ("X", "Y", "iterations", "alpha"),
    "update": ("theta",),
}
"""The arguments of each operation that are given."""


class Caller:
    """Makes random calls of one operation and checks their results."""

    def __init__(self, plan: kernels.Plan, operation: str, seed: int, alone: bool) -> None:
        self.plan, self.operation, self.alone = plan, operation, alone
        self.generator = np.random.default_rng(seed)
        self.inputs, self.outputs, self.slopes = Guarded(), Guarded(), Guarded(2)
        self.pages = self.inputs
        self.theta = plan.network.theta.astype(plan.dtype)
        self.sizes = plan.sizes
        self.accepted = 0
        rows: list[tuple[int, ...]] = [(m,) for m in COUNTS]
        if operation != "forward_batch":
            rows = [()] if operation == "forward" else [*rows, ()]
        self.shapes = [((*m, self.sizes[0]), (*m, self.sizes[-1])) for m in rows]

    def pick(self, choices: Any) -> Any:
        """Return a random one of the choices."""
        return choices[self.generator.integers(len(choices))]

    def call(self) -> None:
        """Make one random call."""
        if self.operation == "update":
            self.update()
            return
        shape, out_shape = self.pick(self.shapes)
        self.pages = self.inputs
        given, input_fits = self.pick(INPUTS)(self, shape)
        self.pages = self.outputs
        if self.operation in ("forward", "forward_batch"):
            other, other_fits = self.pick(OUTPUTS)(self, out_shape, given)
        else:
            other, other_fits = self.pick(INPUTS)(self, out_shape)
            input_fits &= 0 not in shape
        rest: tuple[Any, ...] = (1, 1.0) if self.operation == "train" else ()
        if self.operation == "gradient":
            self.pages = self.slopes
            target, target_fits = self.pick(GRADIENTS)(self, given)
            other_fits &= target_fits
            rest = (target,)
        before = np.array(given, copy=True) if input_fits else None
        result = self.method(input_fits and other_fits, given, other, *rest)
        if result is None:
            return
        assert before is not None
        assert np.array_equal(before, given), "the input was changed"
        rows = self.samples(before)
        if self.operation in ("forward", "forward_batch"):
            assert other is None or result is other
            assert result.shape == out_shape
            true = reference.forward(self.sizes, self.theta, rows)
            self.compare(result.reshape(-1, self.sizes[-1]), true, 1.0)
        else:
            targets = np.asarray(other, self.plan.dtype).reshape(-1, self.sizes[-1])
            true = reference.gradient(self.sizes, self.theta, rows, targets).theta
            if self.operation == "gradient":
                assert rest[0] is None or result is rest[0]
                result = result.theta
            else:  # the change that one step makes
                result = self.theta - result.network.theta
            self.compare(result, true, 10 * float((true * true).sum()) ** 0.5)
        self.accepted += 1

    def update(self) -> None:
        """Make one random call of `update`, which takes numbers, but neither NaN nor infinity."""
        self.pages = self.slopes
        given, fits = self.pick([*INPUTS, not_finite])(self, self.theta.shape)
        if self.method(fits, given, returns=False) is None:
            return
        if self.alone:
            theta = self.plan.network.theta
            assert np.array_equal(theta, np.asarray(given, np.float64))
            x, out = self.numbers((self.sizes[0],)), np.empty(self.sizes[-1], self.plan.dtype)
            parameters = theta.astype(self.plan.dtype)
            true = reference.forward(self.sizes, parameters, self.samples(x))[0]
            self.compare(self.plan.forward(x, out), true, 1 + float(np.abs(theta).sum()))
        self.accepted += 1

    def method(self, fits: bool, *arguments: Any, returns: bool = True) -> Any:
        """Call the operation with some of the arguments by name.

        Returns
        -------
        Its result, or True if it `returns` None; None if it refused the call, which it must unless
        the arguments are known to fit.
        """
        plain = self.generator.integers(len(arguments) + 1)
        named = dict(zip(NAMES[self.operation][plain:], arguments[plain:], strict=False))
        turned = dict(reversed(named.items())) if self.generator.integers(2) else named
        refusal = None
        try:
            result = getattr(self.plan, self.operation)(*arguments[:plain], **turned)
        except (TypeError, ValueError) as error:
            refusal = str(error)
        assert (refusal is None) == fits, f"{arguments!r}: {refusal}"
        if refusal is not None:
            assert refusal, f"refused without a word: {arguments!r}"
            return None
        assert (result is not None) == returns
        return result if returns else True

    def samples(self, given: Any) -> Any:
        """Return one sample or many as a matrix of the plan's dtype, less the network's shift."""
        shift = self.plan.network.shift
        if shift is not None:
            given = np.asarray(given, np.float64) - shift
        return np.asarray(given, self.plan.dtype).reshape(-1, self.sizes[0])

    def compare(self, result: Any, true: Any, scale: float) -> None:
        """Raise AssertionError unless the result equals the reference's."""
        worst = float(np.abs(result - true.astype(float)).max(initial=0))
        assert worst <= scale * TOLERANCE[self.plan.dtype.name], f"off by {worst}"

    def numbers(self, shape: tuple[int, ...]) -> Any:
        """Return normally distributed numbers."""
        return self.generator.standard_normal(shape).astype(self.plan.dtype)


def storm(plan: kernels.Plan, operation: str, calls: int, threads: int, seed: int) -> None:
    """Make calls of an operation in several threads that share a plan."""
    print(f"{operation}, {threads} threads on {plan!r}:", flush=True)
    callers = [Caller(plan, operation, seed + thread, threads == 1) for thread in range(threads)]

    def work(caller: Caller) -> None:
        for _ in range(calls // threads):
            caller.call()

    with ThreadPoolExecutor(threads) as pool:
        list(pool.map(work, callers))
    accepted = sum(caller.accepted for caller in callers)
    print(calls // threads * threads, "calls,", accepted, "accepted", flush=True)


def main(kernel: str, dtype: str, calls: int, seed: int) -> None:
    """Call all operations from one thread and from several, on plans of one thread and of two."""
    # even small networks are computed by both threads
    specialized.WORTH_A_THREAD = specialized.WORTH_A_BARRIER = specialized.WORTH_A_BATCH = 0
    offered = kernels.find(kernel).offers_threads
    for network, team, threads, share in (one for one in STORMS if offered(one[1])):
        plan = kernels.plan(NETWORKS[network], kernel, dtype, team)
        for operation in (*plan.operations, "update"):
            storm(plan, operation, int(calls * share), threads, seed)


if __name__ == "__main__":
    name, precision, *numbers = sys.argv[1:]
    main(name, precision, *map(int, numbers))
