"""The peer `c`: when it is missing, and what it does not take."""

from __future__ import annotations

import sysconfig
from pathlib import Path

import numpy as np
import pytest

import kernels
from kernels import Network
from kernels.c import compiler
from kernels.peers.c import MOST_NODES
from tests.kernels.c.building import NEEDS_COMPILER


def test_without_a_compiler_it_is_not_installed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(compiler, "command", compiler.command)
    monkeypatch.setenv("CC", "no-such-compiler")
    assert kernels.missing("c") == "CC=no-such-compiler is not installed"
    with pytest.raises(kernels.NotInstalledError, match="no-such-compiler"):
        kernels.plan(Network.random((3, 3, 1), seed=0), "c")


def test_without_pythons_headers_it_is_not_installed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sysconfig, "get_path", lambda name: str(tmp_path))
    missing = kernels.missing("c")
    assert missing is not None
    assert missing.startswith("Python.h is not installed")


@NEEDS_COMPILER
def test_networks_that_the_stack_may_not_hold_are_refused() -> None:
    with pytest.raises(kernels.NotOfferedError, match=f"1-{MOST_NODES}-1"):
        kernels.plan(Network([np.ones((MOST_NODES, 1)), np.ones((1, MOST_NODES))],
                             [np.zeros(MOST_NODES), np.zeros(1)]), "c")  # fmt: skip


@NEEDS_COMPILER
def test_it_shows_its_source(capsys: pytest.CaptureFixture[str]) -> None:
    kernels.plan(Network.random((3, 3, 1), seed=0), "c").inspect()
    assert "void forward(const real *restrict theta" in capsys.readouterr().out
