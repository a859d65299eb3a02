"""Settings of all tests: short measurements of limits, and duels without processes.

`benchmarks.measure.limits` reads its duration when it is imported, so it is set here, before any
test is imported. Processes that tests start inherit it.
"""

from __future__ import annotations

import os
import warnings
from dataclasses import asdict
from typing import Any

import pytest

os.environ["MLP_LADDER_LIMIT_SECONDS"] = "0.01"
os.environ["MLP_LADDER_PATIENCE"] = "0"


@pytest.fixture
def quick_duels(monkeypatch: pytest.MonkeyPatch) -> None:
    """Run contenders of duels in this process, without waiting for quiet moments.

    This suffices for tests of commands that hold duels. `test_duel.py` tests the processes.
    """
    import kernels
    from benchmarks.measure import contenders, duel, noise, worker

    class Contender:
        """The part of `contenders.Process` that duels use."""

        def __init__(self, contender: contenders.Contender, task: contenders.Task, *_: Any) -> None:
            self.task = asdict(task) | asdict(contender)

        def ready(self) -> dict[str, Any]:
            try:
                with warnings.catch_warnings():
                    warnings.simplefilter("ignore")
                    self.loop, facts = worker.prepare(self.task)
            except kernels.NotInstalledError as error:
                raise contenders.ContenderError("missing", str(error)) from None
            except kernels.NotOfferedError as error:
                raise contenders.ContenderError("not offered", str(error)) from None
            return {"packages": worker.packages(self.task["kernel"])} | facts

        def sample(self) -> tuple[float, bool]:
            return self.loop(), True

        def close(self) -> None:
            pass

    monkeypatch.setattr(duel, "Process", Contender)
    monkeypatch.setattr(noise, "before", list)
