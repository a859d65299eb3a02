"""The contract over every rung and installed peer, in every dtype they offer."""

from __future__ import annotations

import subprocess
import sys

import pytest

import kernels
from kernels import contract

# what a library deprecates within itself is no fault of ours
LENIENT = pytest.mark.filterwarnings("ignore::DeprecationWarning", "ignore::FutureWarning")
CASES = [
    pytest.param(
        name,
        dtype,
        check,
        id=f"{name}-{dtype}-{title}",
        marks=LENIENT if name in kernels.PEERS else (),
    )
    for name in kernels.names()
    if kernels.is_installed(name)
    for dtype in kernels.find(name).dtypes
    for title, check in contract.CHECKS.items()
]


@pytest.mark.parametrize(("name", "dtype", "check"), CASES)
def test_contract(name: str, dtype: str, check: contract.Check) -> None:
    check(kernels.find(name), dtype)


def run(*arguments: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "kernels.contract", *arguments]
    return subprocess.run(command, capture_output=True, text=True, check=False)


def test_the_command_lists_every_check() -> None:
    result = run("vectorized")
    assert result.returncode == 0, result.stdout
    assert result.stdout.count("ok ") == 2 * len(contract.CHECKS)
    assert "the contract holds" in result.stdout


@pytest.mark.parametrize("arguments", [(), ("nope",), ("--help",), ("looped", "batched")])
def test_the_command_explains_wrong_arguments(arguments: tuple[str, ...]) -> None:
    result = run(*arguments)
    assert result.returncode == 2
    assert len((result.stdout + result.stderr).strip().splitlines()) == 1
    assert "Traceback" not in result.stderr


def test_a_broken_kernel_breaks_the_contract() -> None:
    class Forgetful(kernels.find("batched")):  # type: ignore[misc]
        name = "forgetful"

        def forward(self, x: object, out: object = None) -> object:
            return super().forward(x)

    with pytest.raises(contract.ContractError):
        contract.CHECKS["out must be exact"](Forgetful, "float64")
