"""The contract: every rung and installed peer fulfils it, wrong kernels do not."""

from __future__ import annotations

import subprocess
import sys
from typing import Any

import numpy as np
import pytest

import kernels
from kernels import contract
from tests.kernels.lengths import ONLY_LONG
from tests.wrong_kernels import WRONG, Wrong

LENIENT = pytest.mark.filterwarnings("ignore")
"""Ignores the warnings that a peer's library gives about itself."""
IN_PART_ELSEWHERE = {
    ("looped", "float32", "agrees with the reference"),
    ("jitted", "float32", "trains in batches as in extended precision"),
}
"""Checks that take long for code that differs from the same in float64 by its types alone."""
CASES = [
    pytest.param(
        name,
        dtype,
        check,
        id=f"{name}-{dtype}-{title}",
        marks=(
            *[LENIENT] * (name in kernels.PEERS),
            *[ONLY_LONG] * ((name, dtype, title) in IN_PART_ELSEWHERE),
        ),
    )
    for name in kernels.names()
    if kernels.is_installed(name)
    for dtype in kernels.find(name).dtypes
    for title, check in contract.CHECKS.items()
]

BREAKING = [wrong for wrong in WRONG if wrong.check]


@pytest.mark.parametrize(("name", "dtype", "check"), CASES)
def test_contract(name: str, dtype: str, check: contract.Check) -> None:
    check(kernels.find(name), dtype)


@pytest.mark.parametrize("wrong", BREAKING, ids=lambda wrong: wrong.__name__)
def test_a_wrong_kernel_is_caught(wrong: type[Wrong]) -> None:
    assert wrong.check is not None
    with pytest.raises((contract.ContractError, contract.GateError, SystemExit, TypeError)):
        contract.CHECKS[wrong.check](wrong, wrong.shows_in)


def test_every_check_catches_something() -> None:
    assert contract.CHECKS.keys() == {wrong.check for wrong in BREAKING}


def test_every_wrong_kernel_is_assigned_to_the_gate_or_a_check() -> None:
    assert len({wrong.name for wrong in WRONG}) == len(WRONG)
    for wrong in WRONG:
        assert wrong.faulty or wrong.check, wrong


class OnlyFloat32(kernels.find("batched")):  # type: ignore[misc]
    """A right kernel that offers one dtype only."""

    name = "only-float32"
    dtypes = ("float32",)
    operations = ("forward", "forward_batch")


class Uninstalled(kernels.find("batched")):  # type: ignore[misc]
    name = "uninstalled"
    requires = ("no_such_package",)


class Nameless(kernels.Plan):
    pass


@pytest.fixture
def _few_checks(monkeypatch: pytest.MonkeyPatch) -> None:
    titles = ("worked example", "says what it does not offer", "results are fresh")
    monkeypatch.setattr(contract, "CHECKS", {title: contract.CHECKS[title] for title in titles})


@pytest.mark.usefixtures("_few_checks")
def test_a_right_kernel_has_no_failures() -> None:
    assert contract.failures("vectorized") == {}
    assert contract.failures(OnlyFloat32, "float32") == {}


@pytest.mark.usefixtures("_few_checks")
def test_a_wrong_kernel_has_failures_with_messages() -> None:
    ends = next(one for one in WRONG if one.__name__ == "EndsTheProcess")
    assert contract.failures(ends, np.float32) == {
        "worked example": "SystemExit: no more",
        "results are fresh": "SystemExit: no more",
    }
    found = contract.failures(next(one for one in WRONG if one.__name__ == "IsWrongForOneRow"))
    assert list(found) == ["worked example"]
    assert found["worked example"].startswith("ContractError: the output is 0.83545")


@pytest.mark.usefixtures("_few_checks")
def test_ctrl_c_ends_the_contract_and_is_not_reported_as_a_failure(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def interrupted(kernel: type[kernels.Plan], dtype: str) -> None:
        raise KeyboardInterrupt

    monkeypatch.setitem(contract.CHECKS, "worked example", interrupted)
    with pytest.raises(KeyboardInterrupt):
        contract.failures("batched")


@pytest.mark.parametrize(
    ("arguments", "error", "message"),
    [
        (("nope",), ValueError, "nope"),
        ((3,), TypeError, "a name or a subclass of kernels.Plan, got 3"),
        ((dict,), TypeError, "a name or a subclass of kernels.Plan, got <class 'dict'>"),
        ((Nameless,), TypeError, "Nameless.name is not a string"),
        (("batched", "float16"), ValueError, "float64, float32"),
        (("batched", 1.5), TypeError, "float64, float32"),
        ((OnlyFloat32,), kernels.NotOfferedError, "float64 is not offered by kernel only-float32"),
        ((Uninstalled,), kernels.NotInstalledError, "no_such_package is not installed"),
    ],
)
def test_arguments_that_are_not_kernels_are_refused(
    arguments: Any, error: Any, message: str
) -> None:
    with pytest.raises(error, match=message):
        contract.failures(*arguments)


def run(*arguments: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "kernels.contract", *arguments]
    return subprocess.run(command, capture_output=True, text=True, check=False)


@pytest.mark.usefixtures("_few_checks")
def test_the_command_lists_every_check(capsys: pytest.CaptureFixture[str]) -> None:
    assert contract.main(["vectorized"]) == 0
    told = capsys.readouterr().out
    assert told.count("ok ") == 2 * len(contract.CHECKS)
    assert "the contract holds" in told


@pytest.mark.usefixtures("_few_checks")
def test_the_command_says_which_checks_failed(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    wrong = next(one for one in WRONG if one.__name__ == "TakesAnyNumberOfThreads")
    monkeypatch.setattr(kernels, "find", lambda name: wrong)
    assert contract.main(["anything"]) == 1
    lines = capsys.readouterr().out.splitlines()
    assert [line for line in lines if line.startswith("FAILED")] == [
        line for line in lines if "says what it does not offer: ContractError: " in line
    ]
    assert lines[-1] == "TakesAnyNumberOfThreads: failed checks: 2"


@pytest.mark.parametrize("arguments", [(), ("nope",), ("--help",), ("looped", "batched")])
def test_the_command_explains_wrong_arguments(arguments: tuple[str, ...]) -> None:
    result = run(*arguments)
    assert result.returncode == 2
    assert len((result.stdout + result.stderr).strip().splitlines()) == 1
    assert "Traceback" not in result.stderr
