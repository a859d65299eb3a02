"""§4: the error of one output as a function of a single weight w, and the descent to its minimum.

    J(w) = 1/2 (y - w x)^2,  dJ/dw = -(y - w x) x

The article's example wants 2 and gets 5. The output w x, with x = 1, and the step are our choice.
"""

from __future__ import annotations

from benchmarks.article import descent

INPUT, TARGET = 1.0, 2.0
"""The input x and the wanted output y."""
START, STEP = 5.0, 0.4
"""The first w, whose output is the article's 5, and the factor of the gradient in each step."""
MINIMUM = TARGET / INPUT
"""The w whose output is the wanted one, so that J is 0."""


def cost(w: float) -> float:
    """The cost J at w."""
    return (TARGET - w * INPUT) ** 2 / 2


def gradient(w: float) -> float:
    """The derivative dJ/dw at w."""
    return -(TARGET - w * INPUT) * INPUT


def path(steps: int) -> list[float]:
    """The start and the w after each step: steps + 1 numbers."""
    return descent.path(steps, gradient, START, STEP)
