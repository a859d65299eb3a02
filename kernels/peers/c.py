"""C: the network's source, generated and compiled for its sizes, called as an extension module is.

It is what a C programmer would write for one network (`kernels.c.source`): loops whose
bounds are constants, a compiler that may use all of the processor's instructions and reorder sums,
and exp from the compiler's vector library. Samples are computed one after the other.

Tried and slower, one sample of 64-30-10 in float64, roughly: a call through ctypes takes 7.7 µs
instead of 0.40, since the addresses of three arrays are asked for in Python; where they are known,
0.77. `-O2` instead of `-O3` takes 0.61, no `-march=native` 0.93, and no `-ffast-math`, so that exp
is computed one by one and sums keep their order, 1.4.
"""

from __future__ import annotations

import ctypes
from collections.abc import Callable
from functools import partial
from typing import Any

import numpy as np

from kernels.c import binding, compiler, source
from kernels.interface import Plan
from kernels.network import parameter_count
from kernels.parts.architecture import Architecture
from kernels.results import Gradient
from kernels.support.checks import Array

MOST_NODES = 1 << 11
"""Nodes of a network, at most: what a sample needs lies on a thread's stack, perhaps of 64 KiB."""
POINTER, COUNT, DOUBLE = ctypes.c_void_p, ctypes.c_size_t, ctypes.c_double
KINDS: dict[str, list[Any]] = {
    "forward": [None, POINTER, POINTER, POINTER],
    "forward_batch": [None, POINTER, POINTER, POINTER, COUNT],
    "gradient": [DOUBLE, POINTER, POINTER, POINTER, COUNT, POINTER, POINTER],
    "descend": [
        None, POINTER, POINTER, POINTER, COUNT, DOUBLE, COUNT, POINTER, POINTER, POINTER,
    ],
}  # fmt: skip
"""The functions' results and arguments."""


def address(array: Array) -> int:
    """Where an array's numbers begin."""
    return int(array.ctypes.data)


class Kernel(Plan):
    """Compiled C."""

    name = "c"
    general = True
    requires = ("llvmlite",)

    @classmethod
    def missing(cls) -> str | None:
        return super().missing() or binding.missing()

    @classmethod
    def versions(cls) -> str:
        return f"{super().versions()}, {compiler.version()}"

    @classmethod
    def offers_network(cls, what: Architecture) -> bool:
        return sum(what.sizes) <= MOST_NODES

    def pack(self, theta: Array) -> Array:
        return theta

    def build(self) -> None:
        text = source.of_peer(self.architecture, self.dtype.name)
        self._library = found = compiler.library(text, compiler.FAST)
        for name, (result, *arguments) in KINDS.items():
            function = getattr(found, name)
            function.restype, function.argtypes = result, arguments

    def native_entries(self) -> dict[str, Callable[..., Any]]:
        if self._shift is not None:  # the compiled code does not subtract it
            return {}
        return {name: self._entry(name) for name in binding.ENTRIES if name in self.operations}

    def _entry(self, name: str) -> Callable[..., Any]:
        function = ctypes.cast(getattr(self._library, name), POINTER).value
        found: Callable[..., Any] = binding.module().entry(
            binding.ENTRIES.index(name),
            function,
            self._in_force,
            partial(getattr(Plan, name), self),
            self._library,
            Gradient,
            self.sizes,
            self.dtype,
            parameter_count(self.sizes),
        )
        return found

    def sample_forward(self, parameters: Any, x: Array, out: Array) -> None:
        x = np.require(x, None, ["C", "A", "W"])
        self._library.forward(address(parameters), address(x), address(out))

    def batch_forward(self, parameters: Any, X: Array, out: Array) -> None:
        self._library.forward_batch(address(parameters), address(X), address(out), len(X))

    def batch_gradient(
        self, parameters: Any, X: Array, Y: Array, out: Array
    ) -> tuple[float, float]:
        error = np.empty(1)
        arrays = map(address, (parameters, X, Y))
        cost = self._library.gradient(*arrays, len(X), address(out), address(error))
        return cost, float(error[0])

    def descend(
        self, theta: Array, X: Array, Y: Array, alpha: float, cost: Array, error: Array
    ) -> None:
        step = np.empty_like(theta)
        arrays = map(address, (theta, X, Y))
        series = map(address, (cost, error, step))
        self._library.descend(*arrays, len(X), alpha, len(cost), *series)

    def inspect(self, assembly: bool = False) -> None:
        """Print the source; with `assembly`, what the compiler makes of it."""
        text = source.of_peer(self.architecture, self.dtype.name)
        print(compiler.assembly(text, compiler.FAST) if assembly else text)
