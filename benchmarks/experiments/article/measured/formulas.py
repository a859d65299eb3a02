"""Statements of §2.5 to §5.4 that follow from the article's own examples, without training."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
from numpy.polynomial import Polynomial

from benchmarks.article import algorithm, bowl, descent, statements
from benchmarks.measure import digits
from benchmarks.measure.arrays import Array
from benchmarks.measure.rows import Row
from kernels.contract import EXAMPLE, EXAMPLE_INPUT

QUARTIC = Polynomial([2, 0, 0, -3, 1])
"""x⁴ − 3x³ + 2, the function that §4.1 minimises."""
OUTPUTS = (0.01, 0.1, 0.2, 0.05, 0.3, 0.8, 0.4, 0.03, 0.25, 0.02)
"""The outputs that §5.3 makes up for an image of a five."""


def checked() -> list[Row]:
    """The rows of all statements of this module."""
    return [*notation(), *one_dimension(), *norm(), *two_dimensions(), *layers()]


def notation() -> list[Row]:
    """§2.5, §4.5: indices, and the derivative of a constant, in the worked example."""
    W, b = algorithm.dictionaries(EXAMPLE)
    h, z = algorithm.feed_forward(np.array(EXAMPLE_INPUT), W, b)

    def output_input(w12: float) -> float:
        """z of the output node for another value of w12 of the second layer."""
        changed = W[2][0].copy()
        changed[1] = w12
        return float(changed @ h[2] + b[2][0])

    slope = output_input(1.0) - output_input(0.0)
    return [
        *statements.rows("statement node index", first=h[2][0], second=h[2][1]),
        *statements.rows(
            "statement layer index",
            outer=W[2][0, 1],
            inner=W[1][0, 1],
            z_output=z[3][0],
            z_hidden=z[2][0],
        ),
        *statements.rows(
            "statement constant", slope=slope, with_ones=slope + (W[2].shape[1] - 1) + 1
        ),
    ]


def one_dimension() -> list[Row]:
    """§4, §4.1: gradients, stopping and derivatives in the article's own descent."""
    found = descent.descend()
    x = descent.path(found.steps)
    slopes = [abs(descent.article_derivative(at)) for at in x]
    below = next(k for k, at in enumerate(x) if QUARTIC(at) < descent.ARTICLE_PRECISION)
    start = descent.ARTICLE_START
    return [
        *statements.rows(
            "statement shrinking",
            grows=sum(after > before for before, after in pairwise(slopes)),
            steps=found.steps,
        ),
        *statements.rows(
            "statement stopping", least=QUARTIC(found.x), early_x=x[below], early_steps=below
        ),
        *statements.rows(
            "statement derivative",
            start=start,
            first=QUARTIC.deriv()(start),
            second=QUARTIC.deriv(2)(start),
        ),
    ]


def norm() -> list[Row]:
    """§4.2: the L2 norm of a difference, and the sum of its squares."""
    error = np.eye(10)[5] - OUTPUTS
    return statements.rows(
        "statement norm", norm=float(np.linalg.norm(error)), squares=np.sum(error * error)
    )


def two_dimensions() -> list[Row]:
    """§4.4: cost along and against the gradient, and its angle to the way to the minimum."""
    p1, p2 = bowl.path(1)
    gradient, way = bowl.gradient(p1), bowl.MINIMUM - p1
    return statements.rows(
        "statement direction",
        here=bowl.cost(p1),
        along=bowl.cost(p1 + (p1 - p2)),
        against=bowl.cost(p2),
        missed=degrees(-gradient, way),
    )


def layers() -> list[Row]:
    """§5.4: number of layers in the listing's range, and with the step -1."""
    nn_structure = digits.SIZES
    return statements.rows(
        "statement range",
        upwards=len(range(len(nn_structure), 0, 1)),
        downwards=len(range(len(nn_structure), 0, -1)),
    )


def degrees(a: Array, b: Array) -> float:
    """The angle between two vectors, in degrees."""
    cosine = a @ b / (np.linalg.norm(a) * np.linalg.norm(b))
    return float(np.degrees(np.arccos(cosine)))
