"""PyTorch with torch.compile: forward, cost and gradient as C++ that its compiler wrote.

The same functions as eager PyTorch's, each compiled when it is first called. That takes a C++
compiler: without one this peer counts as not installed, and says why.
"""

from __future__ import annotations

import os
import shutil
from typing import Any

from kernels.peers import pytorch

COMPILERS = ("g++", "clang++", "c++", "cl")
MANY = 1 << 20


class Kernel(pytorch.Kernel):
    """Compiled PyTorch."""

    name = "pytorch-compile"

    @classmethod
    def missing(cls) -> str | None:
        if not any(shutil.which(name) for name in (os.environ.get("CXX", ""), *COMPILERS)):
            return "no C++ compiler was found"
        return super().missing()

    def build(self) -> None:
        import torch._dynamo

        # the limits on recompiling count for all plans of a process together
        torch._dynamo.config.recompile_limit = MANY
        torch._dynamo.config.accumulated_recompile_limit = MANY
        super().build()

    def prepare(self, function: Any) -> Any:
        return self._torch.compile(function, fullgraph=True)
