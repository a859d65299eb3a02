"""§4.4: a cost of two variables whose gradient at p1 is the article's [2.1, 0.7].

    J(x) = 1/2 x^T A x,  dJ/dx = A x,  with its minimum, 0, at (0, 0)

The article draws the contours of one with two descents, and gives no formula: A, the step, and
where the descents start, p1 and q1, are ours.
"""

from __future__ import annotations

import numpy as np

from benchmarks.measure.arrays import Array

CURVATURE = np.array([[0.8, -0.15], [-0.15, 0.575]])
"""A."""
START, OTHER_START = np.array([3.0, 2.0]), np.array([4.5, -1.1])
"""p1 and q1."""
MINIMUM, STEP = np.zeros(2), 0.9


def cost(x: Array) -> float:
    """J at x (2,)."""
    return float(x @ CURVATURE @ x / 2)


def gradient(x: Array) -> Array:
    """The gradient (2,) of J at x (2,)."""
    result: Array = CURVATURE @ x
    return result


def path(steps: int, start: Array = START) -> list[Array]:
    """p1, p2, ...: the places (2,) that gradient descent passes, the start included."""
    passed = [start]
    for _ in range(steps):
        passed.append(passed[-1] - STEP * gradient(passed[-1]))
    return passed
