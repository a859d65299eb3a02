"""The lock that lets one process of a host compile while the others wait."""

from __future__ import annotations

import threading

import pytest

from benchmarks.experiments.sweep import once
from kernels.support import team


def test_only_one_at_a_time_is_in_a_block() -> None:
    inside, most = 0, 0

    def enter(_: int) -> None:
        nonlocal inside, most
        for _ in range(50):
            with once.alone("network"):
                inside += 1
                most = max(most, inside)
                threading.Event().wait(1e-4)
                inside -= 1

    team.run(enter, 4, in_background=True)
    assert most == 1


def test_a_block_that_fails_lets_the_next_one_in() -> None:
    with pytest.raises(ZeroDivisionError), once.alone("network"):
        1 / 0  # noqa: B018
    with once.alone("network"):
        pass


def test_without_a_folder_nothing_is_waited_for(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MLP_LADDER_CACHE", "/dev/null/x")
    with once.alone("network"), once.alone("network"):
        pass
