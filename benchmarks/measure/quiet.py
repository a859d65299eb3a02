"""Waiting for a moment in which nobody else uses the core.

A virtual machine's core is often half of a real one. What its neighbour does on the other half
nearly doubles every time that is limited by throughput, for milliseconds or for seconds; the
clock runs on unchanged, no counter shows it, and no average over it comes out the same twice. But
a *yardstick*, a short fixed loop, shows it: disturbed, it takes longer than at its best. A sample
between two yardsticks that were both at their best was taken undisturbed. The yardstick decides
which samples count, never the sample itself, so nothing is selected for having been fast.

Quiet moments are short: a sample that lasts longer than `LONGEST_SECONDS` says little between two
yardsticks. Of such samples, and where no quiet moment comes within the time allowed, the fastest
is taken: disturbances only ever add time.
"""

from __future__ import annotations

import platform
import time
from collections.abc import Callable
from pathlib import Path

from benchmarks.measure import remembered

TOLERANCE = 1.3
"""How much slower than at its best the yardstick may be; disturbed it takes 1.4 to 2 times.

Undisturbed it takes up to 1.25 times as long as the best ever seen: the clock runs faster at some
moments, and processes differ by how their memory lies.
"""
LONGEST_SECONDS = 1.5e-3
"""The longest loop of which two yardsticks can tell whether it was disturbed."""
WATCH_SECONDS = 3.0
"""How long a process looks for the best yardstick where none is kept."""
FORGET_SECONDS = 3600.0
PLAUSIBLE_SECONDS = (1e-6, 1.0)
"""Bounds of a yardstick: a kept number outside of them is no yardstick's."""


def yardstick() -> float:
    """Seconds that a fixed piece of interpreted work takes: some 40 microseconds."""
    start = time.perf_counter()
    total = 0
    for i in range(1000):
        total += i * i
    return time.perf_counter() - start


def usual_place() -> Path | None:
    """Where the best yardstick of this Python is kept; None where nothing can be."""
    folder = remembered.cache_folder()
    version = "-".join(platform.python_version_tuple())
    return folder / f"yardstick-{version}" if folder else None


class Quiet:
    """Knows how fast the yardstick is on a quiet core.

    The fastest that any process of the user has seen is kept for an hour, in the user's own cache
    folder; without one, each process watches for `WATCH_SECONDS`.
    """

    def __init__(self, kept: Path | None = None, tolerance: float = TOLERANCE) -> None:
        self.tolerance = tolerance
        self._kept = kept or usual_place()
        known = (
            remembered.recall(self._kept, *PLAUSIBLE_SECONDS, FORGET_SECONDS)
            if self._kept
            else None
        )
        if known is not None:
            self.best = known
            return
        self.best = yardstick()
        end = time.perf_counter() + WATCH_SECONDS
        while time.perf_counter() < end:
            self.best = min(self.best, yardstick())
        self.keep()

    def keep(self) -> None:
        """Let later processes know."""
        if self._kept:
            remembered.remember(self._kept, self.best)

    def now(self) -> bool:
        """Whether nobody else uses the core at this moment."""
        elapsed = yardstick()
        if elapsed < self.best:
            self.best = elapsed
            self.keep()
        return elapsed <= self.tolerance * self.best

    def sample(self, loop: Callable[[], float], patience: float) -> tuple[float, bool]:
        """What `loop`, which returns a time it measured, returns at a quiet moment, and True.

        After `patience` seconds without one, the least it has returned, and False; of loops too
        long for quiet moments, the least in a quarter of that time.
        """
        least = float("inf")
        start = time.perf_counter()
        while True:
            quiet = self.now()
            before = time.perf_counter()
            value = loop()
            after = time.perf_counter()
            long = after - before > LONGEST_SECONDS
            if quiet and not long and self.now():
                return value, True
            least = min(least, value)
            if after - start > (patience / 4 if long else patience):
                return least, False
