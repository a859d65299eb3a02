"""Workloads: the named networks, with samples, that measurements compute.

The lists here are append-only, and what a name means never changes: results of many years are
compared by name. asv runs this file with the `kernels` of old commits, so it may ask of that
package only what its first recorded commit had; a network with other activations than the article's
raises TypeError or ValueError there.
"""

from __future__ import annotations

import functools
from dataclasses import dataclass, field, replace
from itertools import pairwise

import numpy as np

from benchmarks.measure import digits
from benchmarks.measure.arrays import Array
from kernels import Network

SEED = 0
GENTLE = 0.01
"""The step size of trainings with activations other than the article's: of unbounded outputs the
cost grows without end by the article's."""

RUNGS = ("looped", "vectorized", "batched", "jitted", "specialized")
"""The rungs in the order in which they were added (asv stores results by position)."""
OF_CLASSES = ("softmax",)
"""Output activations that give the probabilities of classes, so that targets are one-hot."""
ON_DIGITS = (digits.SIZES, (64, 100, 10))
"""Sizes of networks whose samples are the digits, where as many are asked for as train there."""


@dataclass(frozen=True)
class Workload:
    """A network, its samples and its training.

    Parameters are uniform in [0, 1), and so are the samples X (rows, s_1): our choice, since our
    copy of the article does not print what it timed. 64-30-10 has the article's digits (§5).
    A network with activations other than the article's starts from centred, scaled parameters, as
    such networks do in practice; targets are one-hot where the outputs are of classes.
    """

    sizes: tuple[int, ...]
    rows: int
    iterations: int
    alpha: float = 0.25
    activations: tuple[str, ...] | None = None
    """One for each layer after the first; None: all logistic, as in the article."""
    source: str = field(default="", compare=False)
    """A sentence that says where the network is from; empty for a network without a name."""

    @property
    def name(self) -> str:
        """The sizes, as `100-100-50-10`, and activations that are not the article's."""
        return name_of(self.sizes, self.activations)

    @property
    def network(self) -> Network:
        """The network, its parameters drawn as the class describes."""
        if self.activations is None:
            return Network.random(self.sizes, SEED)
        return Network.centred(self.sizes, SEED, self.activations)

    @property
    def has_classes(self) -> bool:
        """True if the outputs are probabilities of classes."""
        return self.activations is not None and self.activations[-1] in OF_CLASSES

    @property
    def samples(self) -> tuple[Array, Array]:
        """Inputs X (rows, s_1) and targets Y (rows, s_L), float64."""
        X, Y = _samples(self)
        return X.copy(), Y.copy()

    def multiply_adds(self) -> int:
        """Multiplications by a weight in the forward pass of one sample."""
        return sum(n * nodes for n, nodes in pairwise(self.sizes))

    def parameters(self) -> int:
        """Number of weights and biases."""
        return self.multiply_adds() + sum(self.sizes[1:])

    def samples_of(self, operation: str) -> int:
        """Samples in one call of an operation."""
        return 1 if operation == "forward" else self.rows

    def flops(self, operation: str) -> int:
        """Floating-point operations of the matrix products in one call of an operation.

        A gradient multiplies by each weight in the forward pass and for dJ/dW, and, but for the
        first layer, once more for the hidden deltas. Activations are not counted.
        """
        products = self.multiply_adds()
        if operation in ("gradient", "train"):
            products = 3 * products - self.sizes[0] * self.sizes[1]
        calls = self.iterations if operation == "train" else 1
        return 2 * products * self.samples_of(operation) * calls

    def bytes(self, operation: str, itemsize: int = 8) -> int:
        """The fewest bytes one call must read and write: parameters, inputs, results."""
        m = self.samples_of(operation)
        numbers = self.parameters() + m * (self.sizes[0] + self.sizes[-1])
        if operation in ("gradient", "train"):
            numbers += self.parameters()
        return itemsize * numbers


@functools.cache
def _samples(workload: Workload) -> tuple[Array, Array]:
    if workload.sizes in ON_DIGITS and workload.rows == digits.TRAINING_ROWS:
        data = digits.split(SEED)
        return data.X_train, data.Y_train
    generator = np.random.default_rng(SEED + 1)
    X = generator.random((workload.rows, workload.sizes[0]))
    if workload.has_classes:
        labels = generator.integers(workload.sizes[-1], size=workload.rows)
        return X, np.eye(workload.sizes[-1])[labels]
    return X, generator.random((workload.rows, workload.sizes[-1]))


WORKLOADS = (
    Workload((3, 3, 1), 1024, 20, source="The article's network of three layers."),
    Workload((3, 3, 3, 1), 1024, 20, source="The article's network of four layers."),
    Workload((64, 30, 10), digits.TRAINING_ROWS, 3000,
             source="The article's network for the digits."),
    Workload((100, 100, 50, 10), 1024, 20, source="The article's large network."),
)  # fmt: skip
"""The article's networks. It prints 100-100-50-10, and of 64-30-10 the inputs and outputs; that its
four layers are 3-3-3-1, and its hidden nodes 30, is our choice."""


def known(sizes: tuple[int, ...], hidden: str, output: str, rows: int, source: str) -> Workload:
    """A workload whose hidden layers all have the activation `hidden`."""
    activations = (*(hidden for _ in sizes[1:-1]), output)
    return Workload(sizes, rows, 20, GENTLE, activations, source)


KNOWN = (
    known((16, 64, 32, 32, 5), "relu", "softmax", 1024,
          "The jet tagger of hls4ml's tutorial: which of five kinds of particle made a jet."),
    known((8, 64, 64, 2), "tanh", "identity", 1024,
          "A policy of reinforcement learning, with the two hidden layers that PPO has by default "
          "in Stable-Baselines3; 8 observations and 2 actions are our choice."),
    known((24, 8, 2), "tanh", "identity", 200,
          "The first example in the README of SimpleChains.jl, without its dropout and with biases "
          "in the last layer too."),
    known((4, 32, 16, 4), "tanh", "identity", 10_000,
          "The network with which SimpleChains.jl was announced, and its 10,000 samples."),
    known((640, 128, 128, 128, 128, 8, 128, 128, 128, 128, 640), "relu", "identity", 196,
          "The anomaly detector of MLPerf Tiny, an autoencoder of sounds; a clip is 196 samples."),
    known((64, 100, 10), "relu", "softmax", digits.TRAINING_ROWS,
          "scikit-learn's MLPClassifier with its default settings, on the article's digits."),
    known((4, 16, 3), "relu", "softmax", 150,
          "A classifier of Fisher's 150 irises; 16 hidden nodes are our choice."),
    known((784, 200, 10), "relu", "softmax", 1024,
          "A classifier of MNIST's images of 28 × 28 pixels; 200 hidden nodes are our choice."),
)  # fmt: skip
"""Networks that people know from elsewhere. Their parameters and samples are drawn, except that
64-100-10 has the digits: times do not depend on the values."""
REPEATED = (*WORKLOADS, *KNOWN[:2])
"""The workloads of the suite and of asv: those of the article, the jet tagger and the policy.

The last two are small enough for samples between two disturbances of the machine, and have the
commonest activations: relu with softmax, tanh with identity.
"""


def named(name: str) -> Workload:
    """The workload of that name.

    Raises ValueError if there is none.
    """
    for workload in (*WORKLOADS, *KNOWN):
        if workload.name == name:
            return workload
    there = ", ".join(workload.name for workload in (*WORKLOADS, *KNOWN))
    raise ValueError(f"no workload is called {name!r}; there are {there}")


def of_sizes(
    sizes: tuple[int, ...], rows: int | None = None, activations: tuple[str, ...] | None = None
) -> Workload:
    """The named workload of these sizes, or one drawn in the same way.

    `rows` is its number of samples, where that is not to be the workload's own; `activations` are
    as in `Workload`.
    """
    there = {(one.sizes, one.activations): one for one in (*WORKLOADS, *KNOWN)}
    alpha = Workload.alpha if activations is None else GENTLE
    made = Workload(sizes, 1024, 20, alpha, activations)
    workload = there.get((sizes, activations), made)
    return workload if rows is None else replace(workload, rows=rows)


def name_of(
    sizes: tuple[int, ...], activations: tuple[str, ...] | None = None, loss: str | None = None
) -> str:
    """A network's name, which `sizes.parse_network` reads.

    `100-100-50-10`, or with activations other than the article's `24-64-64-4-relu-softmax`; those
    of the hidden layers are written out where they differ. `loss` ends the name, and is given only
    if it is not the one that follows: `24-64-64-4-relu-softmax-log`, `3-2-1-log`.
    """
    names = list(activations or ())
    if len(names) > 2 and len(set(names[:-1])) == 1:
        names = [names[0], names[-1]]
    return "-".join(map(str, [*sizes, *names, *filter(None, [loss])]))
