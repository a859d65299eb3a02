"""The specialized rung: networks of odd sizes, instruction sets, odd calls."""

from __future__ import annotations

import os
import re
from typing import Any

import numpy as np
import pytest

import kernels
from kernels import Network, contract
from kernels.proof import gate, reference
from tests.kernels.lengths import ONLY_LONG, SOME_DTYPES
from tests.kernels.rungs import fuzz
from tests.running import python

DTYPES = ("float64", "float32")
CALLS = int(os.environ.get("MLP_LADDER_CALLS", "400"))
"""Random calls of each operation; `make test-long` makes more."""
WIDTHS = {
    "sse2": ("x86-64", "+sse,+sse2", "ymm|zmm"),
    "avx2": ("haswell", "+sse,+sse2,+sse3,+ssse3,+sse4.1,+sse4.2,+avx,+avx2,+fma", "zmm"),
}
"""Instruction sets: processor, features, and a pattern of registers that they lack."""
NUMBERS = """
import numpy as np
import kernels
from kernels.codegen.llvm import cache, compiler
from kernels.proof import gate
from tests.kernels.shifts import SECONDS, samples, shifted

optimised = compiler.optimised
def printed(module, machine, level):
    found = optimised(module, machine, level)
    print(machine.emit_assembly(found))
    return found
compiler.optimised, cache.code = printed, lambda what, make: make()

generator = np.random.default_rng(0)
for dtype, network in (
    ("float64", shifted((18, 33, 2), SECONDS)),
    ("float32", kernels.Network.random((7, 13, 29, 5), seed=1)),
):
    plan = kernels.plan(network, "specialized", dtype)
    for m in (1, 41):
        X, Y = generator.random((m, plan.sizes[0])), generator.random((m, plan.sizes[-1]))
        if network.shift is not None:
            X, Y = samples(network, m)
        for operation in plan.operations:
            gate.check(plan, operation, X, Y)
"""
"""Checks plain and shifted networks in a process with another instruction set.

It prints the assembly of the very functions that were checked, which are compiled without a cache.
"""


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("sizes", contract.ODD, ids=str)
def test_networks_of_odd_sizes_pass_the_gate(sizes: tuple[int, ...], dtype: str) -> None:
    """With fewer samples than a group has; the contract has a group and a remainder."""
    plan = kernels.plan(Network.random(sizes, seed=1), "specialized", dtype)
    generator = np.random.default_rng(0)
    for m in (7, 1079) if sizes == (7, 13, 29, 5) else (7,):
        X, Y = generator.random((m, sizes[0])), generator.random((m, sizes[-1]))
        for operation in plan.operations:
            gate.check(plan, operation, X, Y)


@pytest.mark.parametrize(
    ("sizes", "m", "dtype"),
    [((10, 20, 3), 100_000, "float32"), *(((3, 9000, 2), 3, dtype) for dtype in SOME_DTYPES)],
    ids=str,
)
def test_large_layers_and_large_batches(sizes: tuple[int, ...], m: int, dtype: str) -> None:
    bound = 1e-13 if dtype == "float64" else 2e-6
    network = Network.centred(sizes, seed=1)
    plan = kernels.plan(network, "specialized", dtype)
    X = np.random.default_rng(0).standard_normal((m, sizes[0])).astype(dtype)
    got = plan.forward_batch(X)
    some = np.unique([0, m // 2, *range(max(0, m - 50), m)])
    true = reference.forward(sizes, network.theta.astype(dtype), X[some]).astype(float)
    np.testing.assert_allclose(got[some], true, atol=bound, rtol=0)
    np.testing.assert_allclose(plan.forward(X[0]), true[0], atol=bound, rtol=0)
    batched = kernels.plan(network, "batched", dtype)
    np.testing.assert_allclose(got, batched.forward_batch(X), atol=10 * bound, rtol=0)
    Y = np.random.default_rng(1).random((m, sizes[-1])).astype(dtype)
    one, other = plan.gradient(X, Y), batched.gradient(X, Y)
    norm = float(np.linalg.norm(other.theta.astype(float)))
    np.testing.assert_allclose(one.theta, other.theta, atol=10 * bound * norm, rtol=0)
    np.testing.assert_allclose(one.cost, other.cost, rtol=1000 * bound)


def test_a_training_repeated_gives_the_same_bits() -> None:
    plan = kernels.plan(Network.random((64, 30, 10), seed=0), "specialized")
    generator = np.random.default_rng(0)
    X, Y = generator.random((101, 64)), generator.random((101, 10))
    one, two = (plan.train(X, Y, 50, 0.25) for _ in range(2))
    assert one.network == two.network
    np.testing.assert_array_equal(one.cost, two.cost)
    np.testing.assert_array_equal(one.error, two.error)


def test_one_sample_and_a_batch_of_one_are_not_mixed() -> None:
    plan = kernels.plan(Network.random((7, 13, 29, 5), seed=0), "specialized")
    x, y = np.zeros(7), np.zeros(5)
    one = plan.gradient(x, y)
    np.testing.assert_array_equal(plan.gradient(x[np.newaxis], y[np.newaxis]).theta, one.theta)
    for X, Y in ((x[np.newaxis], y), (x, y[np.newaxis])):
        with pytest.raises(ValueError, match="must have shape"):
            plan.gradient(X, Y)


def test_the_network_is_that_of_the_parameters_in_force() -> None:
    """Two updates by two threads may leave the parameters of one and the network of the other."""
    first, second = (kernels.Network.centred((3, 3, 1), seed=seed) for seed in (1, 2))
    plan: Any = kernels.plan(first, "specialized", operations="forward")
    plan._in_force.parameters = plan.pack(second.theta)
    np.testing.assert_array_equal(plan.network.theta, second.theta)


def test_update_reaches_every_operation() -> None:
    plan = kernels.plan(Network.random((7, 13, 29, 5), seed=0), "specialized")
    other = Network.centred((7, 13, 29, 5), seed=1)
    plan.update(other.theta)
    X = np.random.default_rng(0).random((50, 7))
    true = reference.forward(plan.sizes, other.theta, X).astype(float)
    np.testing.assert_allclose(plan.forward_batch(X), true, atol=1e-14)
    np.testing.assert_allclose(plan.forward(X[7]), true[7], atol=1e-14)


@pytest.mark.parametrize("name", [pytest.param("sse2", marks=ONLY_LONG), "avx2"])
def test_code_for_narrower_instruction_sets_is_right_and_uses_no_wider_registers(name: str) -> None:
    """Results pass the gate, and the assembly contains no wider registers."""
    cpu, features, beyond = WIDTHS[name]
    result = python("-c", NUMBERS, NUMBA_CPU_NAME=cpu, NUMBA_CPU_FEATURES=features)
    assert result.returncode == 0, result.stderr
    assert "xmm" in result.stdout
    assert not re.search(f"%({beyond})", result.stdout)


def test_inspect_shows_layout_code_and_assembly(capsys: pytest.CaptureFixture[str]) -> None:
    network = Network.random((64, 30, 10), seed=0)
    plan: Any = kernels.plan(network, "specialized", operations=["forward", "forward_batch"])
    plan.inspect()
    text = capsys.readouterr().out
    assert "layer 0, packed" in text
    assert "define" in text
    assert "tile_of_" in text
    plan.inspect(assembly=True)
    listing = capsys.readouterr().out
    assert "layer 0, packed" in listing
    assert re.search(r"\bretq?\b", listing)


@pytest.mark.parametrize(
    ("rung", "dtype"),
    [*(("specialized", dtype) for dtype in SOME_DTYPES), ("jitted", "float64")],
)
def test_thousands_of_odd_calls_are_answered_or_refused(rung: str, dtype: str) -> None:
    """In Python's development mode, which also looks at the memory of objects."""
    fuzzing = ("-X", "dev", "-m", "tests.kernels.rungs.fuzz")
    result = python(*fuzzing, rung, dtype, str(CALLS), "0")
    assert result.returncode == 0, result.stdout[-200:] + result.stderr[-2000:]
    found = re.findall(r"(\d+) calls, (\d+) accepted", result.stdout)
    storms = [one for one in fuzz.STORMS if kernels.find(rung).offers_threads(one[1])]
    assert len(found) == len(storms) * (len(kernels.OPERATIONS) + 1)
    for made, accepted in found:
        assert int(made) >= 0.09 * CALLS
        assert int(accepted) >= 0.3 * int(made)
