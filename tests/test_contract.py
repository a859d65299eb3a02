"""The contract over every rung and installed peer, in every dtype they offer."""

from __future__ import annotations

import subprocess
import sys

import numpy as np
import pytest

import kernels
from kernels import contract

# what a library deprecates within itself, or its compiler finds slow, is no fault of ours
LENIENT = pytest.mark.filterwarnings("ignore")
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


@pytest.mark.parametrize("name", ["pytensor", "pytensor-safe"])
@pytest.mark.parametrize("dtype", ["float64", "float32"])
def test_calls_of_pytensor_compile_nothing_after_building(name: str, dtype: str) -> None:
    """Compiling takes seconds, which are the build's; Numba warns of transposed arrays as it does.

    The warning is an error here, where a call would still compile.
    """
    if kernels.missing(name):
        pytest.skip(f"{name}: {kernels.missing(name)}")
    plan = kernels.plan(kernels.Network.centred((4, 3, 2), seed=0), name, dtype)
    X, Y = np.ones((5, 4), dtype), np.ones((5, 2), dtype)
    for array in (X, Y):
        array.flags.writeable = False
    for rows in (slice(None), slice(1), slice(0, 5, 2)):
        plan.forward(X[rows][0])
        plan.forward_batch(X[rows])
        plan.gradient(X[rows], Y[rows])
        plan.train(X[rows], Y[rows], 2, 0.1)
    plan.update(plan.network.theta * 2)
    together = plan.forward_batch(X)
    np.testing.assert_allclose(together[0], plan.forward(X[0]), rtol=1e-6)


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
