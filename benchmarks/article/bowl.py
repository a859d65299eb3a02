"""§4.4: a cost of two variables whose gradient at p1 is the article's [2.1, 0.7].

    J(x) = 1/2 x^T A x,  dJ/dx = A x,  with the minimum 0 at (0, 0)

The article draws contours of such a cost and two descents, but gives no formula. A, the step and
the starting points of the descents, p1 and q1, are our choice.
"""

from __future__ import annotations

import numpy as np

from benchmarks.measure.arrays import Array

CURVATURE = np.array([[0.8, -0.15], [-0.15, 0.575]])
"""The matrix A, symmetric and positive definite."""
START, OTHER_START = np.array([3.0, 2.0]), np.array([4.5, -1.1])
"""The starting points p1 and q1 of the two descents."""
MINIMUM, STEP = np.zeros(2), 0.9
"""The x with the least cost, and the factor of the gradient in each step."""


def cost(x: Array) -> float:
    """The cost J at x (2,)."""
    return float(x @ CURVATURE @ x / 2)


def gradient(x: Array) -> Array:
    """The gradient (2,) of J at x (2,)."""
    result: Array = CURVATURE @ x
    return result


def path(steps: int, start: Array = START) -> list[Array]:
    """p1, p2, ...: the start (2,) and the point (2,) after each step of gradient descent."""
    passed = [start]
    for _ in range(steps):
        passed.append(passed[-1] - STEP * gradient(passed[-1]))
    return passed
