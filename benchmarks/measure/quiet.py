"""Quiet moments of the machine, in which nothing else uses the core.

A virtual machine's core is often half of a real one. Work on the other half nearly doubles every
time that is limited by throughput, for milliseconds or for seconds; no clock or counter shows it,
and no average over it comes out the same twice. A *yardstick*, a short fixed loop, does show it:
disturbed, it takes longer than at its best. A sample between two yardsticks at their best was taken
undisturbed. The yardstick decides which samples count, never the sample itself, so that none is
selected for having been fast.

Quiet moments are short: two yardsticks say little about a sample longer than `LONGEST_SECONDS`. Of
such samples, and where no quiet moment comes in time, the fastest counts: disturbances only add
time.
"""

from __future__ import annotations

import platform
import time
from collections.abc import Callable
from pathlib import Path

from benchmarks.measure import remembered

TOLERANCE = 1.3
"""The slowest undisturbed yardstick, in units of the best; disturbed it takes 1.4 to 2 of them.

Undisturbed it takes up to 1.25: the processor's frequency varies, and so does the memory layout of
processes.
"""
LONGEST_SECONDS = 1.5e-3
"""The longest loop of which two yardsticks can tell whether it was disturbed."""
WATCH_SECONDS = 3.0
"""The time that a process looks for the best yardstick if none is kept."""
FORGET_SECONDS = 3600.0
PLAUSIBLE_SECONDS = (1e-6, 1.0)
"""Bounds of a yardstick's duration; a kept number outside of them is ignored."""


def yardstick() -> float:
    """The duration of a fixed piece of interpreted work, in seconds: about 40 microseconds."""
    start = time.perf_counter()
    total = 0
    for i in range(1000):
        total += i * i
    return time.perf_counter() - start


def usual_place() -> Path | None:
    """The file with the best yardstick of this Python; None where no file can be kept."""
    folder = remembered.cache_folder()
    version = "-".join(platform.python_version_tuple())
    return folder / f"yardstick-{version}" if folder else None


class Quiet:
    """A detector of quiet moments.

    Parameters
    ----------
    kept : the file with the best yardstick that any process of the user has seen in the last hour;
        None for the usual one in the user's cache folder. Without a number in it, the detector
        watches for `WATCH_SECONDS` first.
    tolerance : the slowest undisturbed yardstick, in units of the best
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
        """Keep the best yardstick for later processes."""
        if self._kept:
            remembered.remember(self._kept, self.best)

    def now(self) -> bool:
        """True if nothing else uses the core at this moment."""
        elapsed = yardstick()
        if elapsed < self.best:
            self.best = elapsed
            self.keep()
        return elapsed <= self.tolerance * self.best

    def sample(self, loop: Callable[[], float], patience: float) -> tuple[float, bool]:
        """Take a sample at a quiet moment, and return its value and True.

        Parameters
        ----------
        loop : takes a sample, and returns its time
        patience : seconds to wait for a quiet moment, after which the least value so far and False
            are returned; a quarter of that for loops longer than `LONGEST_SECONDS`
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
