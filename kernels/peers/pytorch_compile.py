"""PyTorch with torch.compile: forward, cost and gradient as C++ that its compiler generates.

Each function is compiled when it is first called. That takes a C++ compiler: without one this peer
counts as not installed, and says why.

For one sample of 64-30-10 in float64, roughly: `addmv` 57 µs, `linear`, of which the modules are
made that the documentation compiles, 99 (with `max-autotune` 85, with `cpp_wrapper` 87); nothing is
gained by `cpp_wrapper` with `addmv` (60), by parameters as constants (56) or by a frozen module
(116). Most of it is spent on guards and wrappers in Python.
"""

from __future__ import annotations

import os
import shutil
import types
from typing import Any

from kernels.peers import pytorch
from kernels.support.checks import Array

COMPILERS = ("g++", "clang++", "c++", "cl")


class Kernel(pytorch.Kernel):
    """Compiled PyTorch."""

    name = "pytorch-compile"
    compiles_shapes = True

    @classmethod
    def missing(cls) -> str | None:
        if not any(shutil.which(name) for name in (os.environ.get("CXX", ""), *COMPILERS)):
            return "no C++ compiler was found"
        return super().missing()

    def build(self) -> None:
        super().build()
        self._outputs_of = self.prepared(self.outputs)

    def judged(self, z: Any, Y: Any) -> tuple[Any, Any]:
        # its code adds all numbers of a mean one after the other, so that float32 loses digits
        if self.architecture.objective.canonical:
            return super().judged(z, Y)
        squares = self._torch.square(Y - self._functions[-1](z)).sum(dim=1)
        return squares.mean() / 2, squares.detach().sqrt().mean()

    def outputs(self, leaves: list[Any], H: Any) -> Any:
        """h[L] of one sample (s_1,) or of every row of a batch (m, s_1)."""
        torch = self._torch
        for f, W, b in zip(self._functions, leaves[::2], leaves[1::2], strict=True):
            H = f(torch.addmv(b, W, H) if H.ndim == 1 else torch.addmm(b, H, W.T))
        return H

    def prepared(self, function: Any) -> Any:
        # PyTorch stores compiled versions with the code object, and only a few of each: every plan
        # has a code object of its own, so that other plans' networks do not use them up
        code = function.__func__.__code__.replace()
        own = types.FunctionType(code, function.__func__.__globals__)
        return self._torch.compile(types.MethodType(own, self), fullgraph=True)

    def sample_forward(self, parameters: Any, x: Array, out: Array) -> None:
        with self._torch.inference_mode():
            out[:] = self._outputs_of(parameters.leaves, self.tensor(x)).numpy()

    def batch_forward(self, parameters: Any, X: Array, out: Array) -> None:
        self.sample_forward(parameters, X, out)
