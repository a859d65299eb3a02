"""Eigen: the network as C++ with matrices of fixed sizes, called through nanobind.

It is what a C++ programmer would write for one network (`kernels.cpp.source`), and how RTNeural
makes its static models: parameters and samples are `Eigen::Map`s of the caller's memory, one sample
is a product of matrices whose sizes the compiler knows, and a batch is computed in blocks of 64.

What Eigen's and nanobind's pages do not say, with rough times of 64-30-10 on AVX2, float64:

- Three `nb::ndarray` arguments cost 360 ns, since each asks for a DLPack capsule. A custom type
  caster that reads NumPy's structure costs 50 ns. So do addresses, but to get them in Python
  takes 4 µs.
- Eigen's column-major weights are no faster than row-major ones, which theta has: within the noise
  at 64-30-10, 2.2 instead of 1.9 µs at 100-100-50-10. So nothing is copied.
- 1078 samples take 300 µs in blocks of 64, about the same in blocks of 32 or 256, and 390 µs one by
  one; of 3-3-1, 13 and 62 µs. So all sizes are computed in blocks.
- `max<PropagateNaN>` keeps NaN, which `max` may lose.
- `-ffast-math` gains 2 to 6 %; it is left out because it may simplify the sums with which Eigen's
  log1p and expm1 keep their last digits.

A build takes 6 s of the processor's time for `forward` alone, 12 with gradients, however wide the
layers, and once 8 more for nanobind. Products of their own for the gradient of one sample would add
2 s, and gain 12 % there.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from types import ModuleType
from typing import Any

import numpy as np

from kernels.c import compiler
from kernels.c.compiler import CPP
from kernels.cpp import extension, source
from kernels.interface import Plan
from kernels.parts.architecture import Architecture
from kernels.parts.optimizers import SGD, Adam, AdamW
from kernels.passes import Passes
from kernels.results import Gradient
from kernels.support.checks import Array

MOST_NODES = 1 << 11
"""Nodes of a network, at most: one sample's outputs lie on a thread's stack."""
ENTRIES = ("forward", "forward_batch", "gradient")


class Kernel(Plan):
    """Compiled C++ with Eigen."""

    name = "eigen"
    general = True
    requires = ("llvmlite", "nanobind")

    @classmethod
    def missing(cls) -> str | None:
        return super().missing() or extension.missing()

    @classmethod
    def versions(cls) -> str:
        eigen = f"Eigen {extension.version()}"
        return ", ".join([super().versions(), eigen, compiler.version(CPP)])

    @classmethod
    def offers_network(cls, what: Architecture) -> bool:
        return sum(what.sizes) <= MOST_NODES

    def pack(self, theta: Array) -> Array:
        return theta

    def build(self) -> None:
        self._module: ModuleType = extension.module(self._source())

    def _source(self) -> str:
        gradients = not {"gradient", "train"}.isdisjoint(self.operations)
        return source.text(self.architecture, self.dtype.name, gradients)

    def native_entries(self) -> dict[str, Callable[..., Any]]:
        if self._shift is not None:  # the compiled code does not subtract it
            return {}
        back = [partial(getattr(Plan, name), self) for name in ENTRIES]
        found = self._module.Entries(self._in_force, *back, Gradient, self.sizes)
        return {name: getattr(found, name) for name in ENTRIES if name in self.operations}

    def sample_forward(self, parameters: Any, x: Array, out: Array) -> None:
        self._module.forward(parameters, np.require(x, None, ["C", "A"]), out)

    def batch_forward(self, parameters: Any, X: Array, out: Array) -> None:
        self._module.forward_batch(parameters, X, out)

    def batch_gradient(
        self, parameters: Any, X: Array, Y: Array, out: Array
    ) -> tuple[float, float]:
        sums = np.empty(2)
        self._module.gradient(parameters, X, Y, out, sums)
        return float(sums[0]), float(sums[1])

    def descend(
        self, theta: Array, X: Array, Y: Array, alpha: float, cost: Array, error: Array
    ) -> None:
        self._module.descend(theta, X, Y, alpha, cost, error, np.empty_like(theta))

    def pass_over(self, theta: Array, one: Passes, first: int, last: int, found: Array) -> None:
        if type(one.optimizer) not in (SGD, Adam, AdamW):  # a step of one's own
            super().pass_over(theta, one, first, last, found)
            return
        orders = np.empty(0, np.int64) if one.orders is None else one.orders.reshape(-1)
        weights = np.empty(0, self.dtype) if one.weights is None else one.weights
        self._module.pass_over(
            theta, one.X, one.Y, orders, weights, one.batch_size, one.l2,
            source.OPTIMIZERS.index(one.optimizer.form), one.slots, one.rates, first, last, found,
            np.empty_like(theta),
        )  # fmt: skip

    def inspect(self, assembly: bool = False) -> None:
        """Print the source; with `assembly`, what the compiler makes of it."""
        text = self._source()
        print(extension.assembly(text) if assembly else text)
