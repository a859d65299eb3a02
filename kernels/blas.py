"""`threads=` for the rungs that leave their arithmetic to NumPy's BLAS.

BLAS has one thread count for the whole process, by default as many as there are cores. A plan
that asked for another count gets it around each of its calls and gives the old one back (some
3 microseconds a call; other Python threads that use BLAS meanwhile are limited too). Where the
process already runs with that count, as after OPENBLAS_NUM_THREADS=1 or
`threadpoolctl.threadpool_limits(1)`, nothing is wrapped and nothing is paid.
"""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import Any

from threadpoolctl import LibController, ThreadpoolController

from kernels.interface import OPERATIONS, Plan


def libraries() -> list[LibController]:
    """The BLAS libraries loaded in this process."""
    return list(ThreadpoolController().select(user_api="blas").lib_controllers)


def limit(plan: Plan) -> None:
    """Make `plan` compute with exactly `plan.threads` BLAS threads."""
    loaded = libraries()
    if any(library.num_threads != plan.threads for library in loaded):
        for operation in OPERATIONS:
            setattr(plan, operation, _limited(getattr(plan, operation), loaded, plan.threads))


def _limited(
    call: Callable[..., Any], loaded: list[LibController], threads: int
) -> Callable[..., Any]:
    @functools.wraps(call)
    def limited(*args: Any, **kwargs: Any) -> Any:
        before = [library.num_threads for library in loaded]
        try:
            for library in loaded:
                library.set_num_threads(threads)
            return call(*args, **kwargs)
        finally:
            for library, count in zip(loaded, before, strict=True):
                library.set_num_threads(count)

    return limited
