"""How much work is done in one go: a tenth of a second, after which Ctrl-C takes effect."""

from __future__ import annotations

from typing import Any

from kernels.parts.optimizer import Optimizer

PART_SECONDS = 0.1
"""The approximate duration of what is done in one go."""


class Pace:
    """How many steps of a training a plan makes in one go, as the trainings before have shown."""

    def __init__(self) -> None:
        self._known: dict[tuple[Any, ...], int] = {}

    def steps(self, optimizer: Optimizer, batch_size: int) -> int:
        """The number of steps to make at once; 1 if nothing is known of such steps."""
        return self._known.get((type(optimizer), optimizer.form, batch_size), 1)

    def learn(self, optimizer: Optimizer, batch_size: int, made: int, seconds: float) -> int:
        """Take in that so many steps took so long; the number of steps to make at once next."""
        found = self._known[type(optimizer), optimizer.form, batch_size] = grown(made, seconds)
        return found


def grown(count: int, seconds: float, most: int = 8, part: float | None = None) -> int:
    """How much to do at once, after so much took so long: at most `most` times as much.

    It should take `part` seconds; None: `PART_SECONDS`.
    """
    wanted = PART_SECONDS if part is None else part
    return max(1, min(most * count, int(count * wanted / (seconds + 1e-9))))
