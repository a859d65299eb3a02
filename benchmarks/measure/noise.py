"""Noise: the disturbances found before a measurement, and the results that it has spoiled.

Disturbances are other processes on the processor, time that a virtual machine's host takes away, a
clock that is held low. Spoiled is a row whose interval is too wide for a verdict
(`measure.verdicts`).
"""

from __future__ import annotations

import os
import time
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import psutil

from benchmarks.measure import frames, verdicts

if TYPE_CHECKING:
    import pandas as pd

WATCH_SECONDS = 1.0
BUSY_LOAD = 0.5
"""The load average of the last minute above which the machine is busy."""
BUSY_PERCENT = 10.0
"""The share of one core that another process may use."""
STOLEN_PERCENT = 1.0
"""The share of the processor's time that the host may take away."""
SLOW_CLOCK = 0.8
"""The share of its highest frequency below which a processor's clock is held low."""
GOVERNOR = Path("/sys/devices/system/cpu/cpu0/cpufreq/scaling_governor")


def before(seconds: float = WATCH_SECONDS) -> list[str]:
    """Watch the machine for some seconds: a line for each thing that would spoil a measurement."""
    own = family()
    others = [one for one in psutil.process_iter(["name"]) if one.pid not in own]
    for one in others:
        usage(one)  # the first reading starts the count
    times = psutil.cpu_times()
    time.sleep(seconds)
    used = [(usage(one), one.info["name"]) for one in others]
    return [*load(), *busy(used), *stolen(times, psutil.cpu_times()), *clock()]


def family() -> set[int]:
    """The numbers of this process, its parents and its children."""
    this = psutil.Process()
    return {this.pid, *(one.pid for one in this.parents() + this.children(recursive=True))}


def usage(process: psutil.Process) -> float:
    """Percent of a core since the last reading; 0 where it cannot be read."""
    try:
        return float(process.cpu_percent())
    except psutil.Error:
        return 0.0


def load() -> list[str]:
    """A line if the machine was busy during the last minute."""
    if not hasattr(os, "getloadavg") or os.getloadavg()[0] <= BUSY_LOAD:
        return []
    return [f"the load of the last minute was {os.getloadavg()[0]:.1f}"]


def busy(used: Iterable[tuple[float, str]]) -> list[str]:
    """A line for each process that uses a noticeable part of a core."""
    found = sorted((one for one in used if one[0] > BUSY_PERCENT), reverse=True)
    return [f"{name} uses {percent:.0f} % of a core" for percent, name in found]


def stolen(start: Any, end: Any) -> list[str]:
    """A line if a virtual machine's host gave time of its cores to others."""
    total = sum(end) - sum(start)
    if total <= 0 or not hasattr(end, "steal"):
        return []
    percent = 100 * (end.steal - start.steal) / total
    if percent <= STOLEN_PERCENT:
        return []
    return [f"the host took away {percent:.0f} % of the processor's time"]


def clock() -> list[str]:
    """Lines on a clock that is held below its maximum, where that can be read."""
    found = []
    try:
        frequency = psutil.cpu_freq()
    except (OSError, NotImplementedError, AttributeError):
        frequency = None
    if frequency and frequency.max and frequency.current < SLOW_CLOCK * frequency.max:
        found.append(f"the clock runs at {frequency.current:.0f} of {frequency.max:.0f} MHz")
    try:
        governor = GOVERNOR.read_text(encoding="ascii").strip()
    except OSError:
        return found
    if governor != "performance":
        found.append(f"the frequency governor is {governor!r}, not 'performance'")
    return found


def unsupported(frame: pd.DataFrame) -> list[str]:
    """The times that are too uncertain for a verdict, as `jitted forward 3-3-1 (± 12 %)`.

    A contender of a duel is judged by its ratio, another by its time's interval, if it has one.
    """
    found = []
    for group in frames.questions(frame):
        ratios = verdicts.ratios(group)
        for one in frames.records(frames.timed(group)):
            if not verdicts.is_below_limit(one) and verdicts.is_uncertain(one, ratios):
                spread = spreads(one, ratios.get(one["kernel"]))
                found += [f"{verdicts.name(one)} ({each})" for each in spread]
    return found


def spreads(time: frames.Record, ratio: frames.Record | None) -> Iterator[str]:
    """The width of the interval, in words; nothing for a time without interval or ratio."""
    if ratio is not None and not verdicts.is_fastest(ratio):
        if verdicts.has_interval(ratio["low"], ratio["high"]):
            yield f"{ratio['low']:.3g} to {ratio['high']:.3g} times {ratio['against']}"
        else:
            yield "too few rounds"
    elif verdicts.has_interval(time["low_ns"], time["high_ns"]):
        yield f"± {50 * (time['high_ns'] - time['low_ns']) / time['median_ns']:.0f} %"
    elif ratio is not None:
        yield "too few rounds"
