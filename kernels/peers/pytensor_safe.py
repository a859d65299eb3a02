"""PyTensor with its own checks of every argument, as a function is called if nothing is said."""

from __future__ import annotations

from kernels.peers import pytensor


class Kernel(pytensor.Kernel):
    """PyTensor's functions, as they come."""

    name = "pytensor-safe"
    trusts = False
