"""PyTorch with torch.compile: forward, cost and gradient as C++ that its compiler generates.

The functions are those of eager PyTorch, each compiled when it is first called. That takes a C++
compiler: without one this peer counts as not installed, and says why.
"""

from __future__ import annotations

import os
import shutil
import types
from typing import Any

from kernels.peers import pytorch

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

    def prepared(self, function: Any) -> Any:
        # PyTorch stores compiled versions with the code object, and only a few of each: every plan
        # has a code object of its own, so that other plans' networks do not use them up
        code = function.__func__.__code__.replace()
        own = types.FunctionType(code, function.__func__.__globals__)
        return self._torch.compile(types.MethodType(own, self), fullgraph=True)
