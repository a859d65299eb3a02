"""The base class of optimizers: one object holds the settings and every form of the step.

Each optimizer has a file of its own in `kernels.parts.optimizers`: a subclass, which is public as
`kernels.SGD` and so on. A step moves each parameter by itself: from its value, its derivative g and
the numbers that the optimizer keeps of it, its *slots*, which start at 0, follow the next ones.

What changes from step to step, and every setting, are *rates*: a few numbers for each step t = 1,
2, ..., computed for many steps at once. So compiled code raises nothing to the power t, and serves
all settings.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, ClassVar

from kernels.support import checks
from kernels.support.checks import Array

Step = Callable[[Any, Any, Any, Any], tuple[Any, ...]]
"""step(theta, g, slots, rates): the next theta and slots."""


@dataclass(frozen=True)
class Optimizer(ABC):
    """How a gradient moves the parameters."""

    learning_rate: float
    """At the beginning: a trainer's can be changed between passes."""

    name: ClassVar[str]
    formula: ClassVar[str]
    """The step, for the table in the documents."""
    costly: ClassVar[tuple[str, ...]] = ()
    """What a step does once a parameter and takes long: "root", "division"."""
    libraries: ClassVar[dict[str, str]] = {}
    """Its name in each library that has it; keys: "scikit-learn", "torch", "keras"."""

    @property
    @abstractmethod
    def slots(self) -> int:
        """How many numbers it keeps of each parameter."""

    @property
    def form(self) -> str:
        """What compiled code depends on, as a name: settings that are no rates."""
        return self.name

    @abstractmethod
    def rates(self, first: int, count: int, learning_rate: float) -> Array:
        """The rates of `count` steps from step `first` on: (count, ...) in float64."""

    @property
    @abstractmethod
    def step(self) -> Step:
        """The step as a function of numbers or arrays: `+`, `-`, `*`, `/` and NumPy's square root.

        It serves NumPy, extended precision, and Numba, which compiles it.
        """

    @abstractmethod
    def emit(self, m: Any, theta: Any, g: Any, slots: list[Any], rates: list[Any]) -> list[Any]:
        """Write instructions for `step` (`kernels.codegen.emit.mathematics`)."""

    @property
    def is_emitted(self) -> bool:
        """True unless a subclass has another `step` than the instructions that it inherits."""
        kinds = type(self).mro()
        step, emit = (
            next(kinds.index(kind) for kind in kinds if name in vars(kind))
            for name in ("step", "emit")
        )
        return emit <= step

    def move(self, theta: Array, g: Array, slots: Array, rates: Array) -> None:
        """Change theta (n,) and slots (k, n), in place, by one step with these rates."""
        theta[:], *kept = self.step(theta, g, slots, rates)
        for row, values in zip(slots, kept, strict=True):
            row[:] = values

    def __str__(self) -> str:
        return self.name


def positive(value: Any, name: str) -> float:
    """A finite number above 0; raises TypeError or ValueError."""
    result = checks.real(value, name)
    if result <= 0:
        raise ValueError(f"{name} must be above 0, got {result}")
    return result


def share(value: Any, name: str) -> float:
    """A number from 0 to below 1; raises TypeError or ValueError."""
    result = checks.real(value, name)
    if not 0 <= result < 1:
        raise ValueError(f"{name} must be at least 0 and below 1, got {result}")
    return result


def not_negative(value: Any, name: str) -> float:
    """A finite number from 0 on; raises TypeError or ValueError."""
    result = checks.real(value, name)
    if result < 0:
        raise ValueError(f"{name} must be at least 0, got {result}")
    return result
