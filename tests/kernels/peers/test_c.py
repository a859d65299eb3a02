"""The peer `c`: when it is missing, and what it does not take."""

from __future__ import annotations

import re
import sysconfig
import threading
from pathlib import Path

import numpy as np
import pytest

import kernels
from kernels import Network
from kernels.c import compiler
from kernels.peers.c import MOST_NODES
from kernels.proof import gate
from kernels.support.checks import DTYPES
from tests.kernels.c.building import NEEDS_COMPILER
from tests.kernels.lengths import ONLY_LONG


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
def test_rows_name_the_compiler() -> None:
    program = Path(compiler.command()[0]).name
    assert re.fullmatch(rf"llvmlite.*, {re.escape(program)} .*\d.*", kernels.find("c").versions())


@NEEDS_COMPILER
def test_networks_that_the_stack_may_not_hold_are_refused() -> None:
    with pytest.raises(kernels.NotOfferedError, match=f"1-{MOST_NODES}-1"):
        kernels.plan(Network([np.ones((MOST_NODES, 1)), np.ones((1, MOST_NODES))],
                             [np.zeros(MOST_NODES), np.zeros(1)]), "c")  # fmt: skip


TINY = [(n, 2) for n in (1, 2, 3, 4)] + [(1, 1), (2, 3), (4, 4), (2, 2, 2)]


@NEEDS_COMPILER
@pytest.mark.parametrize("sizes", [pytest.param(one, marks=ONLY_LONG) if one[0] in (2, 4) else one
                                   for one in TINY], ids=str)  # fmt: skip
@pytest.mark.parametrize("output", ["softmax", pytest.param("logistic", marks=ONLY_LONG)])
def test_the_smallest_networks_are_right(sizes: tuple[int, ...], output: str) -> None:
    """Compilers unroll all of them; gcc 12 made wrong sums of (1, 2) and (3, 2) in float32."""
    network = Network.centred(sizes, 3, (*("tanh",) * (len(sizes) - 2), output))
    generator = np.random.default_rng(0)
    X, Y = generator.random((9, sizes[0])), generator.random((9, sizes[-1]))
    for dtype in DTYPES:
        for loss in ("squared", "log"):
            plan = kernels.plan(network, "c", dtype, loss=loss)
            for operation in plan.operations:
                gate.check(plan, operation, X, Y)


@NEEDS_COMPILER
def test_the_largest_network_fits_the_stack_of_a_small_thread() -> None:
    sizes = (1, MOST_NODES - 2, 1)
    plan = kernels.plan(Network.centred(sizes, 1, ("gelu", "logistic")), "c")
    found = []

    def work() -> None:
        found.append(plan.gradient(np.ones((3, 1)), np.ones((3, 1))).cost)

    before = threading.stack_size(1 << 16)
    try:
        thread = threading.Thread(target=work)
        thread.start()
        thread.join()
    finally:
        threading.stack_size(before)
    assert len(found) == 1


@NEEDS_COMPILER
def test_it_shows_its_source(capsys: pytest.CaptureFixture[str]) -> None:
    kernels.plan(Network.random((3, 3, 1), seed=0), "c").inspect()
    assert "void forward(const real *restrict theta" in capsys.readouterr().out
