"""The specialized rung: networks of odd sizes, edited sources, instruction sets, odd calls."""

from __future__ import annotations

import os
import re
import shutil
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import kernels
from benchmarks.measure.environment import ROOT
from kernels import Network, contract
from kernels.codegen import objects
from kernels.proof import gate, reference
from tests.running import python

DTYPES = ("float64", "float32")
CALLS = int(os.environ.get("MLP_LADDER_CALLS", "1000"))
"""Random calls of each operation; `make test-long` makes more."""
WIDTHS = {
    "sse2": ("x86-64", "+sse,+sse2", "ymm|zmm"),
    "avx2": ("haswell", "+sse,+sse2,+sse3,+ssse3,+sse4.1,+sse4.2,+avx,+avx2,+fma", "zmm"),
}
"""Instruction sets: processor, features, and a pattern of registers that they lack."""
NUMBERS = """
import numpy as np
import kernels
from kernels.codegen import compiled
from kernels.proof import gate
from tests.kernels.shifts import SECONDS, samples, shifted

compile_anew, made = compiled.compile_anew, []
def recorded(*arguments, **options):
    made.append(compile_anew(*arguments, **options))
    return made[-1]
compiled.compile_anew, compiled.are_as_loaded = recorded, lambda: False

generator = np.random.default_rng(0)
for dtype, plain, other in (
    ("float64", (7, 13, 29, 5), (18, 33, 2)), ("float32", (5, 1, 1, 3), (7, 13, 29, 5))
):
    for network in (kernels.Network.random(plain, seed=1), shifted(other, SECONDS)):
        plan = kernels.plan(network, "specialized", dtype)
        for m in (1, 41):
            X, Y = generator.random((m, plan.sizes[0])), generator.random((m, plan.sizes[-1]))
            if network.shift is not None:
                X, Y = samples(network, m)
            for operation in plan.operations:
                gate.check(plan, operation, X, Y)
for function in made:
    print(*function.inspect_asm().values())
"""
"""Checks plain and shifted networks in a process with another instruction set.

It prints the assembly of the very functions that were checked, which are compiled without a cache.
"""


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("sizes", contract.ODD, ids=str)
def test_networks_of_odd_sizes_pass_the_gate(sizes: tuple[int, ...], dtype: str) -> None:
    plan = kernels.plan(Network.random(sizes, seed=1), "specialized", dtype)
    generator = np.random.default_rng(0)
    for m in (1, 2, 7, 41, 1079 if sizes == (7, 13, 29, 5) else 100):
        X, Y = generator.random((m, sizes[0])), generator.random((m, sizes[-1]))
        for operation in plan.operations:
            gate.check(plan, operation, X, Y)


@pytest.mark.parametrize(
    ("sizes", "m", "dtype"),
    [((10, 20, 3), 100_000, "float32"), ((3, 9000, 2), 3, "float64"), ((3, 9000, 2), 3, "float32")],
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


@pytest.mark.parametrize("dtype", DTYPES)
def test_arrays_of_an_unknown_numpy_layout_are_checked_in_python(
    dtype: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert objects.head_is_known()
    monkeypatch.setattr(objects, "head_is_known", lambda: False)
    kernel = kernels.find("specialized")
    for check in ("worked example", "out must be exact", "takes what converts"):
        contract.CHECKS[check](kernel, dtype)
    plan = kernels.plan(Network.random((7, 13, 29, 5), seed=1), kernel, dtype)
    generator = np.random.default_rng(0)
    X, Y = generator.random((9, 7)), generator.random((9, 5))
    for operation in plan.operations:
        gate.check(plan, operation, X, Y)


def test_one_sample_and_a_batch_of_one_are_not_mixed() -> None:
    plan = kernels.plan(Network.random((7, 13, 29, 5), seed=0), "specialized")
    x, y = np.zeros(7), np.zeros(5)
    one = plan.gradient(x, y)
    np.testing.assert_array_equal(plan.gradient(x[np.newaxis], y[np.newaxis]).theta, one.theta)
    for X, Y in ((x[np.newaxis], y), (x, y[np.newaxis])):
        with pytest.raises(ValueError, match="must have shape"):
            plan.gradient(X, Y)


def test_update_reaches_every_operation() -> None:
    plan = kernels.plan(Network.random((7, 13, 29, 5), seed=0), "specialized")
    other = Network.centred((7, 13, 29, 5), seed=1)
    plan.update(other.theta)
    X = np.random.default_rng(0).random((50, 7))
    true = reference.forward(plan.sizes, other.theta, X).astype(float)
    np.testing.assert_allclose(plan.forward_batch(X), true, atol=1e-14)
    np.testing.assert_allclose(plan.forward(X[7]), true[7], atol=1e-14)


def test_edited_sources_are_compiled_anew(tmp_path: Path) -> None:
    """Numba's own cache only notices edits of the file that defines the function."""
    shutil.copytree(ROOT / "kernels", tmp_path / "kernels")
    code = (
        "import kernels; n = kernels.Network([[[0.0]]], [[0.0]]); "
        "print(kernels.plan(n, 'specialized').forward([1.0])[0])"
    )
    results = []
    path = tmp_path / "kernels" / "codegen" / "exponential.py"
    for edit in (("", ""), ("", ""), ("one = v.constant(1.0)", "one = v.constant(3.0)")):
        path.write_text(path.read_text().replace(*edit) if edit[0] else path.read_text())
        folders = {"NUMBA_CACHE_DIR": str(tmp_path / "cache"), "PYTHONPATH": ""}
        result = python("-c", code, cwd=tmp_path, **folders)
        results.append(result.stdout.strip())
    assert results == ["0.5", "0.5", "0.75"], result.stderr


@pytest.mark.parametrize("name", WIDTHS)
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


@pytest.mark.parametrize("dtype", DTYPES)
def test_thousands_of_odd_calls_are_answered_or_refused(dtype: str) -> None:
    result = python("-m", "tests.kernels.rungs.fuzz", "specialized", dtype, str(CALLS), "0")
    assert result.returncode == 0, result.stdout[-200:] + result.stderr[-2000:]
    found = re.findall(r"(\d+) calls, (\d+) accepted", result.stdout)
    assert len(found) == 3 * len(kernels.OPERATIONS)
    for made, accepted in found:
        assert int(made) >= 0.09 * CALLS
        assert int(accepted) >= 0.3 * int(made)
