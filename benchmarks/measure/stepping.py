"""How a training steps, where it does not step as the article's: optimizer, batches, penalty."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from benchmarks.measure import choices
from kernels.parts.optimizer import Optimizer, not_negative
from kernels.parts.optimizers import OPTIMIZERS
from kernels.support import checks

USUAL_RATES = {"sgd": 0.1, "adam": 1e-3, "adamw": 1e-3}
"""The learning rate of each optimizer unless one is given."""


@dataclass(frozen=True)
class Stepping:
    """Options of a training in batches.

    Parameters
    ----------
    optimizer : one of `OPTIMIZERS`, by name
    batch_size : samples a step; None: all
    learning_rate : None for the usual one
    l2 : the penalty on weights

    Raises
    ------
    TypeError, ValueError
        If a parameter has the wrong type or is out of range.
    """

    optimizer: str = "sgd"
    batch_size: int | None = None
    learning_rate: float | None = None
    l2: float = 0.0

    def __post_init__(self) -> None:
        choices.check("--optimizer", self.optimizer, OPTIMIZERS)
        if self.batch_size is not None:
            checks.integer(self.batch_size, "batch_size", minimum=1)
        if self.learning_rate is not None:
            not_negative(self.learning_rate, "learning_rate")
        object.__setattr__(self, "l2", not_negative(self.l2, "l2"))

    def make(self) -> Optimizer:
        """The optimizer."""
        rate = self.learning_rate
        return OPTIMIZERS[self.optimizer](USUAL_RATES[self.optimizer] if rate is None else rate)

    def size(self, samples: int) -> int:
        """Samples a step."""
        return min(self.batch_size or samples, samples)

    def require_at_most(self, samples: int) -> None:
        """Raise ValueError if a batch has more samples than there are."""
        if (self.batch_size or 0) > samples:
            text = f"--batch-size is at most the {samples} samples of a pass"
            raise ValueError(f"{text}, got {self.batch_size}")

    def steps(self, samples: int) -> int:
        """Steps of a pass over so many samples."""
        return -(-samples // self.size(samples))

    def options(self) -> dict[str, Any]:
        """Arguments of `Plan.train` besides the optimizer; one batch needs no order."""
        shuffle = None if self.batch_size is None else 0
        return {"batch_size": self.batch_size, "l2": self.l2, "shuffle": shuffle}

    def __str__(self) -> str:
        parts = [self.optimizer]
        parts += [f"batch {self.batch_size}"] if self.batch_size is not None else []
        parts += [f"rate {self.learning_rate!r}"] if self.learning_rate is not None else []
        parts += [f"l2 {self.l2!r}"] if self.l2 else []
        return ", ".join(parts)


NUMBERS = {"batch": ("batch_size", int), "rate": ("learning_rate", float), "l2": ("l2", float)}


def parse(text: str) -> Stepping:
    """The options that `str` gave; raises ValueError for another text."""
    optimizer, *parts = text.split(", ")
    found: dict[str, Any] = {}
    for part in parts:
        name, _, number = part.partition(" ")
        if name not in NUMBERS:
            raise ValueError(f"a training is told as `adam, batch 32, l2 0.1`, got {text!r}")
        field, kind = NUMBERS[name]
        found[field] = kind(number)
    return Stepping(optimizer, **found)


def asked(**options: Any) -> Stepping | None:
    """What these options of a command ask for; None if none is given.

    Raises ValueError if they lack the optimizer, or as `Stepping` does.
    """
    given = {name: value for name, value in options.items() if value is not None}
    if given and "optimizer" not in given:
        first = next(iter(given)).replace("_", "-")
        raise ValueError(f"--{first} needs --optimizer, which is {', '.join(OPTIMIZERS)}")
    return Stepping(**given) if given else None
