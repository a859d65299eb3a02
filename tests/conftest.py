"""What all tests share: rough limits, duels that need no processes, runs that go elsewhere.

The limits' duration is read when its module is imported, so it is set here, before any test is;
processes that tests start inherit it.
"""

from __future__ import annotations

import gc
import os
import warnings
from collections.abc import Iterator
from typing import Any

import pytest

os.environ["MLP_LADDER_LIMIT_SECONDS"] = "0.01"
os.environ["MLP_LADDER_PATIENCE"] = "0"


def pytest_collection_finish() -> None:
    """Spare the garbage collector what the collected tests consist of.

    It would walk through all of it again and again while code is generated, for a tenth to a third
    of the time.
    """
    gc.collect()
    gc.freeze()


@pytest.fixture(autouse=True, scope="session")
def _runs_elsewhere(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """Store the runs of tests, and of processes that they start, in a folder of their own.

    A fixture, since this file is also imported where only benchmarks run, whose rows are kept.
    """
    from benchmarks.measure import rows

    folder = tmp_path_factory.mktemp("local")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("MLP_LADDER_LOCAL", str(folder))
        patch.setattr(rows, "LOCAL", folder)
        yield


@pytest.fixture
def made_up_limits(monkeypatch: pytest.MonkeyPatch) -> None:
    """Measure no limits, which takes a second: tests of commands that need not be told them."""
    from benchmarks.measure import limits
    from tests.benchmarks import made_up

    monkeypatch.setattr(limits, "measure", made_up.measured)


@pytest.fixture
def quick_duels(monkeypatch: pytest.MonkeyPatch) -> None:
    """Run contenders of duels in this process, without waiting for quiet moments.

    This suffices for tests of commands that hold duels. `test_duel.py` tests the processes.
    """
    import kernels
    from benchmarks.measure import contenders, duel, noise, worker
    from benchmarks.measure.question import AnyQuestion

    class Contender:
        """The part of `contenders.Process` that duels use."""

        def __init__(
            self, contender: contenders.Contender, question: AnyQuestion, **_: Any
        ) -> None:
            self.asked = question, contender.kernel, contender.slower_percent

        def ready(self) -> dict[str, Any]:
            try:
                with warnings.catch_warnings():
                    warnings.simplefilter("ignore")
                    self.loop, facts = worker.prepare(*self.asked)
            except kernels.NotInstalledError as error:
                raise contenders.ContenderError("missing", str(error)) from None
            except kernels.NotOfferedError as error:
                raise contenders.ContenderError("not offered", str(error)) from None
            return {"packages": worker.packages(self.asked[1])} | facts

        def sample(self) -> tuple[float, bool]:
            return self.loop(), True

        def close(self) -> None:
            pass

    monkeypatch.setattr(duel, "Process", Contender)
    monkeypatch.setattr(noise, "before", list)
