"""PyTorch with torch.compile: forward, cost and gradient as C++ that its compiler wrote.

The same functions as eager PyTorch's, each compiled when it is first called. That takes a C++
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
        # PyTorch keeps what it compiled with the code object, and only a few versions of each: a
        # plan has code of its own, so that no other plan's networks count
        code = function.__func__.__code__.replace()
        own = types.FunctionType(code, function.__func__.__globals__)
        return self._torch.compile(types.MethodType(own, self), fullgraph=True)
