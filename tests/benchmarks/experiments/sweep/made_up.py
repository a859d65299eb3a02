"""Small data, settings and results for tests of sweeps."""

from __future__ import annotations

import functools
from pathlib import Path

from benchmarks.experiments.sweep import tasks
from benchmarks.experiments.sweep.data import Data, load
from benchmarks.experiments.sweep.settings import Setting
from benchmarks.experiments.sweep.tasks import Result, Task

SMALL = Setting((4,), "relu", "adam", 1e-3, 32, 3)
OTHER = Setting((3, 2), "tanh", "sgd", 0.1, 16, 2)


@functools.cache
def iris() -> Data:
    return load("iris")


def serially(setting: Setting, seeds: range, data: Data | None = None) -> list[Result]:
    """What a bare loop computes, a task a seed."""
    samples = data or iris()
    return [
        one for seed in seeds for one in tasks.run(Task(setting, (seed,), tasks.version()), samples)
    ]


def result(seed: int, theta: str = "a", score: float = 90.0, **fields: object) -> Result:
    """A result with chosen bits."""
    known = {"cost": 0.5, "seconds": 0.01, "instructions": "specialized x"} | fields
    key = tasks.key(SMALL, seed, "v", iris())
    return Result(key, SMALL, seed, score, theta=theta, **known)  # type: ignore[arg-type]


def bits(results: list[Result]) -> dict[str, tuple[str, float, float]]:
    """What must be the same wherever a result is computed, by its key."""
    return {one.key: (one.theta, one.score, one.cost) for one in results}


def csv(folder: Path, text: str, name: str = "data.csv") -> str:
    """A file with this text; its path."""
    path = folder / name
    path.write_text(text, encoding="utf-8")
    return str(path)
