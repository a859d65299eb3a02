"""How good trained networks are on held-out samples: kinds of scores, and their spread over seeds.

A row of a score has its median over seeds; rows whose quantity ends in one of `SPREAD` tell how
far the seeds lie apart.
"""

from __future__ import annotations

from typing import NamedTuple

from benchmarks.measure.sizes import parse_network
from kernels.parts.activations.softmax import PART as SOFTMAX


class Score(NamedTuple):
    """A kind of score: its name in tables, its unit, and the format of its numbers."""

    name: str
    unit: str
    places: str

    def text(self, value: float) -> str:
        """A score as text; a very bad one, as of a training that nearly diverged, in short."""
        return f"{value:{self.places}}" if abs(value) < LARGE else f"{value:.1e}"


LARGE = 1e4
SCORES = {"accuracy_percent": Score("accuracy", "%", ".1f"), "r_squared": Score("R²", "", ".3f")}
"""The kinds of scores, of classes and of numbers to predict, by the quantity of their rows."""
ACCURACY, R_SQUARED = SCORES.values()
SPREAD = {"least": 0.0, "lower_quartile": 0.25, "upper_quartile": 0.75, "most": 1.0}
"""What is told of the seeds besides the median, with its quantile."""


def part(quantity: str, name: str) -> str:
    """The quantity of the rows with a part of a score's spread: `accuracy_percent_least`."""
    return f"{quantity}_{name}"


def usual(network: str) -> Score:
    """The kind of score of a network of this name: accuracy if its outputs are softmax."""
    activations = parse_network(network).activations
    return ACCURACY if activations and activations[-1] == SOFTMAX.name else R_SQUARED
