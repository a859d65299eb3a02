"""Helpers for the contract's checks."""

from __future__ import annotations

import functools
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np

from kernels.interface import Plan
from kernels.support.checks import Array

Check = Callable[[type[Plan], str], None]
"""A function of a kernel and a dtype it offers, which raises if the kernel breaks the contract."""


class ContractError(AssertionError):
    """A kernel breaks the contract."""


class Checks(dict[str, Check]):
    """Checks by their titles."""

    def add(self, function: Check) -> Check:
        """Decorate a check: its title is the function's name in words."""
        self[function.__name__.replace("_", " ")] = function
        return function

    def of(self, operation: str) -> Callable[[Check], Check]:
        """Decorate a check of one operation: kernels that do not offer it pass."""

        def decorate(function: Check) -> Check:
            @functools.wraps(function)
            def check(kernel: type[Plan], dtype: str) -> None:
                if operation in kernel.operations:
                    function(kernel, dtype)

            return self.add(check)

        return decorate


def require(condition: Any, message: str) -> None:
    """Raise ContractError unless the condition holds."""
    if not condition:
        raise ContractError(message)


def must_raise(kind: type[Exception], call: Callable[..., Any], *args: Any) -> None:
    """Raise ContractError unless the call raises this kind of exception, with a message."""
    try:
        call(*args)
    except kind as error:
        require(str(error), f"{kind.__name__} without a message")
    else:
        raise ContractError(f"{call.__name__} took {args!r} instead of a {kind.__name__}")


def samples(plan: Plan, m: int, seed: int = 0) -> tuple[Array, Array]:
    """Inputs X (m, s_1) and targets Y (m, s_L), uniform in [0, 1)."""
    generator = np.random.default_rng(seed)
    X = generator.random((m, plan.sizes[0]), np.float64).astype(plan.dtype)
    return X, generator.random((m, plan.sizes[-1]), np.float64).astype(plan.dtype)


def calls(plan: Plan, X: Any, Y: Any) -> Iterator[tuple[str, Callable[[], Array]]]:
    """Each operation the plan offers, with a function of no arguments that returns one array."""
    made: dict[str, Callable[[], Array]] = {
        "forward": lambda: plan.forward(X[0]),
        "forward_batch": lambda: plan.forward_batch(X),
        "gradient": lambda: plan.gradient(X, Y).theta,
        "train": lambda: plan.train(X, Y, 3, 0.25).network.theta,
    }
    return ((operation, made[operation]) for operation in plan.operations)
