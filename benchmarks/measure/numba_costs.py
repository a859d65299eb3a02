"""What Numba costs, measured in a process of its own: its start, and calls by its dispatcher.

The rung `jitted` pays both. Run as `python -m benchmarks.measure.numba_costs SECONDS`; prints a
JSON object of figures by name.
"""

from __future__ import annotations

import json
import sys
import time
from collections.abc import Callable
from typing import Any

import numpy as np

NOTHING: dict[int, Callable[..., None]] = {
    0: lambda: None,
    1: lambda _a: None,
    3: lambda _a, _b, _c: None,
    5: lambda _a, _b, _c, _d, _e: None,
}
"""Functions that do nothing, by their number of arguments."""


def main(seconds: float) -> dict[str, float]:
    """The figures; each call is timed for half of `seconds`."""
    start = time.perf_counter()
    from numba import njit

    imported = time.perf_counter()
    njit("void()")(NOTHING[0])
    found = {
        "import_numba_seconds": imported - start,
        "first_use_of_numba_seconds": time.perf_counter() - imported,
    }
    from benchmarks.measure import limits  # after Numba, whose import is timed
    from benchmarks.measure.timing import Call

    arrays = [np.zeros(3) for _ in range(max(NOTHING))]
    for count, function in NOTHING.items():
        arguments: tuple[Any, ...] = tuple(arrays[:count])
        compiled = njit(function)
        compiled(*arguments)
        best = limits.best(Call(compiled, arguments), seconds / 2)
        found[f"call_floor_{count}_arrays_ns"] = best * 1e9
    return found


if __name__ == "__main__":
    print(json.dumps(main(float(sys.argv[1]))))
