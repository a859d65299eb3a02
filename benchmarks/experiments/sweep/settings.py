"""What a sweep varies besides the seed: hidden layers, activation and how a training steps."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import asdict, dataclass
from itertools import product
from typing import Any

from benchmarks.experiments.sweep.data import Data
from benchmarks.measure.sizes import named
from benchmarks.measure.stepping import Stepping
from benchmarks.measure.workloads import name_of
from kernels import Network
from kernels.parts.activations.identity import PART as IDENTITY
from kernels.parts.activations.softmax import PART as SOFTMAX
from kernels.parts.losses.log import PART as LOG
from kernels.parts.losses.squared import PART as SQUARED
from kernels.support import checks


@dataclass(frozen=True)
class Setting:
    """A way to train a network; with data and a seed it determines the result.

    Parameters
    ----------
    hidden : nodes of each hidden layer
    activation : of the hidden layers
    optimizer : by name, with its learning rate
    batch_size : samples a step; None: all
    passes : over the training samples
    l2 : the penalty on weights

    Raises
    ------
    TypeError, ValueError
        If a parameter has the wrong type, is unknown or out of range.
    """

    hidden: tuple[int, ...]
    activation: str
    optimizer: str
    learning_rate: float
    batch_size: int | None
    passes: int
    l2: float = 0.0

    def __post_init__(self) -> None:
        stepping = self.stepping
        object.__setattr__(self, "learning_rate", float(self.learning_rate))
        object.__setattr__(self, "l2", stepping.l2)
        checks.integer(self.passes, "passes", minimum=1)
        named((1, *self.hidden, 1), self.activations(IDENTITY.name))

    @property
    def stepping(self) -> Stepping:
        """Optimizer, learning rate, batch size and penalty."""
        return Stepping(self.optimizer, self.batch_size, self.learning_rate, self.l2)

    def activations(self, output: str) -> tuple[str, ...]:
        """The activation of each layer after the first."""
        return (*(self.activation for _ in self.hidden), output)

    def network(self, data: Data, seed: int) -> Network:
        """The network that a seed's training starts from."""
        sizes = (data.inputs, *self.hidden, data.outputs)
        return Network.centred(sizes, seed, self.activations(output(data)))

    def name(self, data: Data) -> str:
        """The network's name, as in all rows: `64-30-10-relu-softmax`."""
        sizes = (data.inputs, *self.hidden, data.outputs)
        return name_of(*named(sizes, self.activations(output(data)))[:2])

    def options(self) -> dict[str, Any]:
        """Arguments of `Plan.train` besides the order of the samples, which is the seed's."""
        return {
            "iterations": self.passes,
            "optimizer": self.stepping.make(),
            "batch_size": self.batch_size,
            "l2": self.l2,
        }

    def description(self) -> dict[str, Any]:
        """All parameters by name, as JSON can hold them."""
        return asdict(self)

    def __str__(self) -> str:
        hidden = "-".join(map(str, self.hidden))
        return f"{hidden} {self.activation}, {self.stepping}, {self.passes} passes"


def output(data: Data) -> str:
    """The activation of the outputs: softmax of classes, identity of numbers to predict."""
    return str(IDENTITY.name if data.classes is None else SOFTMAX.name)


def loss(data: Data) -> str:
    """The loss of trainings: the log-loss of classes, the squared one of numbers to predict."""
    return str(SQUARED.name if data.classes is None else LOG.name)


def grid(
    hidden: Iterable[tuple[int, ...]],
    activations: Iterable[str],
    optimizers: Iterable[str],
    learning_rates: Iterable[float | None],
    batch_sizes: Iterable[int | None],
    passes: int,
    l2: float = 0.0,
) -> list[Setting]:
    """The product of all that is varied, each setting once, in the order given.

    A learning rate of None is the optimizer's usual one. Raises as `Setting`.
    """
    found = []
    for layers, activation, optimizer, rate, batch in product(
        hidden, activations, optimizers, learning_rates, batch_sizes
    ):
        usual = Stepping(optimizer, learning_rate=rate).make().learning_rate
        found.append(Setting(layers, activation, optimizer, usual, batch, passes, l2))
    return list(dict.fromkeys(found))
