"""Kernels that accept, refuse or report something else than the common interface says."""

from __future__ import annotations

from typing import Any

import numpy as np

from kernels.network import Network
from kernels.support.checks import Array
from tests.wrong_kernels.base import Wrong


class WantsArrays(Wrong):
    faulty = ()
    check = "takes what converts"

    def forward(self, x: Any, out: Array | None = None) -> Array:
        if not isinstance(x, np.ndarray):
            raise TypeError("x must be an array")
        return super().forward(x, out)


class TakesComplexNumbers(Wrong):
    faulty = ()
    check = "refuses what does not"

    def forward(self, x: Any, out: Array | None = None) -> Array:
        return super().forward(np.real(x) if np.iscomplexobj(x) else x, out)


class ConvertsItsOut(Wrong):
    faulty = ()
    check = "out must be exact"

    def forward(self, x: Any, out: Any = None) -> Array:
        result = super().forward(x)
        if out is None:
            return result
        out[...] = result
        converted: Array = out
        return converted


class TakesAnyNumberOfThreads(Wrong):
    """Declares one thread and accepts more."""

    faulty = ()
    check = "says what it does not offer"
    max_threads = 1  # type: ignore[assignment]  # Batched has any number

    def __init__(self, network: Network, dtype: Any, threads: int, *args: Any) -> None:
        super().__init__(network, dtype, min(threads, 1), *args)
