"""§4.1: gradient descent in one dimension, in Python and under Numba.

    x <- x - step f'(x)    until a step moves x by less than the precision

The article minimises f(x) = x^4 - 3x^3 + 2 and gets 2.249965; the minimum is at 9/4. Our copy of
the article prints neither start nor step nor precision. We take 6, 0.01 and 1e-5, which lead to its
result in 70 steps.
"""

from __future__ import annotations

import functools
import math
from collections.abc import Callable
from typing import Any, NamedTuple

from kernels.support import checks

ARTICLE_START, ARTICLE_STEP, ARTICLE_PRECISION = 6.0, 0.01, 1e-5
"""Our choice, with which the descent ends at the article's result."""


class DescentError(ArithmeticError):
    """A descent that diverged, or did not converge within the steps allowed."""


class Descent(NamedTuple):
    """The x at which the descent ended, and its number of steps."""

    x: float
    steps: int


def article_derivative(x: float) -> float:
    """f'(x) = 4x^3 - 9x^2 of the article's f(x) = x^4 - 3x^3 + 2."""
    return 4 * x * x * x - 9 * x * x


def descend(
    derivative: Callable[[float], float] = article_derivative,
    start: float = ARTICLE_START,
    step: float = ARTICLE_STEP,
    precision: float = ARTICLE_PRECISION,
    max_steps: int = 100_000,
    jit: bool = False,
) -> Descent:
    """Minimise a function of one variable by gradient descent.

    Parameters
    ----------
    derivative : f', from a float to a float; with `jit` Numba must be able to compile it
    start, step : the first x, and the factor of the derivative in each step
    precision : stop when a step moves x by less than this (positive)
    max_steps : number of steps to allow
    jit : run the loop under Numba; the first call for a derivative compiles it

    Raises
    ------
    DescentError
        If x stops being finite, or `max_steps` steps do not reach the precision.
    TypeError, ValueError
        If a number is not one, or out of range.
    """
    start, step = checks.real(start, "start"), checks.real(step, "step")
    precision = checks.real(precision, "precision")
    if precision <= 0:
        raise ValueError(f"precision must be positive, got {precision}")
    max_steps = checks.integer(max_steps, "max_steps", minimum=1)
    loop = compiled(derivative) if jit else functools.partial(iterate, derivative)
    try:
        x, steps, moved = loop(start, step, precision, max_steps)
    except OverflowError:
        raise DescentError(f"the descent from {start} with step {step} diverged") from None
    if not math.isfinite(x):
        raise DescentError(f"the descent from {start} with step {step} diverged in {steps} steps")
    if not moved < precision:
        raise DescentError(
            f"no convergence in {steps} steps: the last one still moved x by {moved:.3g}"
        )
    return Descent(x, steps)


def path(
    steps: int,
    derivative: Callable[[float], float] = article_derivative,
    start: float = ARTICLE_START,
    step: float = ARTICLE_STEP,
) -> list[float]:
    """The start and the x after each step: steps + 1 numbers."""
    found = [start]
    for _ in range(steps):
        found.append(iterate(derivative, found[-1], step, 0.0, 1)[0])
    return found


def iterate(
    derivative: Callable[[float], float],
    x: float,
    step: float,
    precision: float,
    max_steps: int,
) -> tuple[float, int, float]:
    """The loop of the descent: returns x, the steps taken, and how far the last one moved x."""
    steps = 0
    moved = math.inf
    while moved >= precision and steps < max_steps:
        change = step * derivative(x)
        x -= change
        moved = abs(change)
        steps += 1
    return x, steps, moved


@functools.lru_cache(maxsize=32)
def compiled(derivative: Callable[[float], float]) -> Callable[..., Any]:
    """`iterate` for one derivative, compiled by Numba."""
    from numba import njit

    function, loop = njit(derivative), njit(iterate)

    @njit
    def run(x: float, step: float, precision: float, max_steps: int) -> Any:
        return loop(function, x, step, precision, max_steps)

    result: Callable[..., Any] = run
    return result
