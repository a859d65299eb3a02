"""Named networks with their inputs: what is computed in every measurement.

Lists here are append-only, and so is what a name means: results of years are compared by name.
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
"""The rungs in the order in which they came to be (asv stores results by position)."""


@dataclass(frozen=True)
class Workload:
    """A network, its samples and its training.

    Its parameters are uniform in [0, 1) and its samples X (rows, s_1) too, which is our choice:
    our copy of the article does not print what it timed. 64-30-10 has its digits (§5) instead.
    """

    sizes: tuple[int, ...]
    rows: int
    iterations: int
    alpha: float = 0.25

    @property
    def name(self) -> str:
        """The sizes, as `100-100-50-10`."""
        return "-".join(map(str, self.sizes))

    @property
    def network(self) -> Network:
        """The network with parameters as the article draws those of the digits (§5.4)."""
        return Network.random(self.sizes, SEED)

    @property
    def samples(self) -> tuple[Array, Array]:
        """Inputs X (rows, s_1) and targets Y (rows, s_L), float64."""
        X, Y = _samples(self)
        return X.copy(), Y.copy()

    def multiply_adds(self) -> int:
        """How many multiplications by a weight one forward pass of one sample takes."""
        return sum(weight.size for weight in self.network.W)

    def sigmoids(self) -> int:
        """How many sigmoids one forward pass of one sample takes."""
        return sum(self.sizes[1:])

    def samples_of(self, operation: str) -> int:
        """How many samples one call of an operation takes."""
        return 1 if operation == "forward" else self.rows

    def flops(self, operation: str) -> int:
        """Floating-point operations of the matrix products in one call of an operation.

        A gradient multiplies by each weight in the forward pass and for dJ/dW, and, but for the
        first layer, once more for the hidden deltas. Sigmoids are counted apart.
        """
        products = self.multiply_adds()
        if operation in ("gradient", "train"):
            products = 3 * products - self.sizes[0] * self.sizes[1]
        calls = self.iterations if operation == "train" else 1
        return 2 * products * self.samples_of(operation) * calls

    def bytes(self, operation: str, itemsize: int = 8) -> int:
        """The least memory one call must read and write: parameters, inputs, results."""
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
    return X, generator.random((workload.rows, workload.sizes[-1]))


WORKLOADS = (
    Workload((3, 3, 1), rows=1024, iterations=20),
    Workload((3, 3, 3, 1), rows=1024, iterations=20),
    Workload((64, 30, 10), rows=digits.TRAINING_ROWS, iterations=3000),
    Workload((100, 100, 50, 10), rows=1024, iterations=20),
)
"""The article's networks. It prints 100-100-50-10, and of 64-30-10 the inputs and outputs; that its
four layers are 3-3-3-1, and its hidden nodes 30, is ours."""


def named(name: str) -> Workload:
    """The workload of that name.

    Raises ValueError if there is none.
    """
    for workload in WORKLOADS:
        if workload.name == name:
            return workload
    known = ", ".join(workload.name for workload in WORKLOADS)
    raise ValueError(f"no workload is called {name!r}; there are {known}")


def of_sizes(sizes: tuple[int, ...], rows: int | None = None) -> Workload:
    """The workload of these sizes, or one made up in the same way, with so many samples."""
    known = {workload.sizes: workload for workload in WORKLOADS}
    workload = known.get(sizes, Workload(sizes, rows=1024, iterations=20))
    return workload if rows is None else replace(workload, rows=rows)
