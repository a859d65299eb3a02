"""Workloads: the named networks, with samples, that measurements compute.

The lists here are append-only, and what a name means never changes: results of many years are
compared by name. asv runs this file with the `kernels` of old commits, so it may ask of that
package only what its first recorded commit had.
"""

from __future__ import annotations

import functools
from dataclasses import dataclass, replace

import numpy as np

from benchmarks.measure import digits
from benchmarks.measure.arrays import Array
from kernels import Network

SEED = 0

RUNGS = ("looped", "vectorized", "batched", "jitted", "specialized")
"""The rungs in the order in which they were added (asv stores results by position)."""


@dataclass(frozen=True)
class Workload:
    """A network, its samples and its training.

    Parameters are uniform in [0, 1), and so are the samples X (rows, s_1): our choice, since our
    copy of the article does not print what it timed. 64-30-10 has the article's digits (§5).
    A network with activations other than the article's starts from centred, scaled parameters, as
    such networks do in practice; softmax outputs have one-hot targets.
    """

    sizes: tuple[int, ...]
    rows: int
    iterations: int
    alpha: float = 0.25
    activations: tuple[str, ...] | None = None
    """One for each layer after the first; None: all logistic, as in the article."""

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
    def samples(self) -> tuple[Array, Array]:
        """Inputs X (rows, s_1) and targets Y (rows, s_L), float64."""
        X, Y = _samples(self)
        return X.copy(), Y.copy()

    def multiply_adds(self) -> int:
        """Multiplications by a weight in the forward pass of one sample."""
        return sum(weight.size for weight in self.network.W)

    def sigmoids(self) -> int:
        """Sigmoids in the forward pass of one sample.

        Other activations are not counted: their rates are not measured, and a limit that leaves
        out their cost is still a limit.
        """
        if self.activations is None:
            return sum(self.sizes[1:])
        layers = zip(self.sizes[1:], self.activations, strict=True)
        return sum(size for size, name in layers if name == "logistic")

    def samples_of(self, operation: str) -> int:
        """Samples in one call of an operation."""
        return 1 if operation == "forward" else self.rows

    def flops(self, operation: str) -> int:
        """Floating-point operations of the matrix products in one call of an operation.

        A gradient multiplies by each weight in the forward pass and for dJ/dW, and, but for the
        first layer, once more for the hidden deltas. `sigmoids` counts what else there is.
        """
        products = self.multiply_adds()
        if operation in ("gradient", "train"):
            products = 3 * products - self.sizes[0] * self.sizes[1]
        calls = self.iterations if operation == "train" else 1
        return 2 * products * self.samples_of(operation) * calls

    def bytes(self, operation: str, itemsize: int = 8) -> int:
        """The fewest bytes one call must read and write: parameters, inputs, results."""
        m = self.samples_of(operation)
        numbers = self.network.theta.size + m * (self.sizes[0] + self.sizes[-1])
        if operation in ("gradient", "train"):
            numbers += self.network.theta.size
        return itemsize * numbers


@functools.cache
def _samples(workload: Workload) -> tuple[Array, Array]:
    if workload.sizes == digits.SIZES and workload.rows == digits.TRAINING_ROWS:
        data = digits.split(SEED)
        return data.X_train, data.Y_train
    generator = np.random.default_rng(SEED + 1)
    X = generator.random((workload.rows, workload.sizes[0]))
    if workload.activations and workload.activations[-1] == "softmax":
        labels = generator.integers(workload.sizes[-1], size=workload.rows)
        return X, np.eye(workload.sizes[-1])[labels]
    return X, generator.random((workload.rows, workload.sizes[-1]))


WORKLOADS = (
    Workload((3, 3, 1), rows=1024, iterations=20),
    Workload((3, 3, 3, 1), rows=1024, iterations=20),
    Workload((64, 30, 10), rows=digits.TRAINING_ROWS, iterations=3000),
    Workload((100, 100, 50, 10), rows=1024, iterations=20),
)
"""The article's networks. It prints 100-100-50-10, and of 64-30-10 the inputs and outputs; that its
four layers are 3-3-3-1, and its hidden nodes 30, is our choice."""


def named(name: str) -> Workload:
    """The workload of that name.

    Raises ValueError if there is none.
    """
    for workload in WORKLOADS:
        if workload.name == name:
            return workload
    known = ", ".join(workload.name for workload in WORKLOADS)
    raise ValueError(f"no workload is called {name!r}; there are {known}")


def of_sizes(
    sizes: tuple[int, ...], rows: int | None = None, activations: tuple[str, ...] | None = None
) -> Workload:
    """The named workload of these sizes, or one drawn in the same way.

    `rows` is its number of samples, where that is not to be the workload's own; `activations` are
    as in `Workload`.
    """
    known = {(one.sizes, one.activations): one for one in WORKLOADS}
    made = Workload(sizes, rows=1024, iterations=20, activations=activations)
    workload = known.get((sizes, activations), made)
    return workload if rows is None else replace(workload, rows=rows)


def name_of(sizes: tuple[int, ...], activations: tuple[str, ...] | None = None) -> str:
    """A network's name, which `sizes.parse_network` reads.

    `100-100-50-10`, or with activations other than the article's `24-64-64-4-relu-softmax`; those
    of the hidden layers are written out where they differ.
    """
    names = list(activations or ())
    if len(names) > 2 and len(set(names[:-1])) == 1:
        names = [names[0], names[-1]]
    return "-".join(map(str, [*sizes, *names]))
