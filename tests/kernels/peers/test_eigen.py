"""The peer `eigen`: when it is missing, builds at once, and that it agrees with others."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

import kernels
from kernels import Network
from kernels.parts.architecture import Architecture
from kernels.peers.eigen import MOST_NODES, Kernel
from kernels.proof import gate
from kernels.support import team
from kernels.support.checks import DTYPES

NEEDS_EIGEN = pytest.mark.skipif(
    Kernel.missing() is not None, reason=Kernel.missing() or "it is installed"
)
SIZES, ACTIVATIONS = (4, 6, 3), ("tanh", "softmax")
"""The one network of most tests: each build takes seconds."""


def network() -> Network:
    return Network.centred(SIZES, 1, ACTIVATIONS)


def samples(m: int) -> tuple[np.ndarray, np.ndarray]:
    generator = np.random.default_rng(0)
    return generator.standard_normal((m, SIZES[0])), generator.random((m, SIZES[-1]))


# --- what is missing ------------------------------------------------------------------------------


@NEEDS_EIGEN
def test_rows_name_eigen_and_the_compiler() -> None:
    found = r"llvmlite.*, nanobind.*, Eigen \d+\.\d+\.\d+, [\w+-]+ .*\d.*"
    assert re.fullmatch(found, Kernel.versions())


@NEEDS_EIGEN
def test_without_a_compiler_it_is_not_installed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CXX", "no-such-compiler")
    assert kernels.missing("eigen") == "CXX=no-such-compiler is not installed"
    with pytest.raises(kernels.NotInstalledError, match="no-such-compiler"):
        kernels.plan(network(), "eigen")


def test_networks_that_the_stack_may_not_hold_are_not_offered() -> None:
    wide = Architecture((1, MOST_NODES, 1), ("logistic",) * 2)
    assert not Kernel.offers_network(wide)
    assert Kernel.offers_network(wide._replace(sizes=(1, MOST_NODES - 2, 1)))


# --- its builds -----------------------------------------------------------------------------------


@NEEDS_EIGEN
def test_two_processes_may_build_at_once(tmp_path: Path) -> None:
    code = (
        "import kernels; network = kernels.Network.centred((2, 1), 0)\n"
        "plan = kernels.plan(network, 'eigen', operations=['forward'])\n"
        "print(plan.forward([1, 2]))\n"
    )
    environment = {**os.environ, "MLP_LADDER_CACHE": str(tmp_path)}
    running = [
        subprocess.Popen([sys.executable, "-c", code], env=environment, stdout=subprocess.PIPE,
                         stderr=subprocess.PIPE, text=True)
        for _ in range(2)
    ]  # fmt: skip
    printed = [process.communicate() for process in running]
    assert printed[0] == printed[1]
    assert printed[0][1] == ""
    assert not list(tmp_path.glob("*.unfinished"))


# --- its results ----------------------------------------------------------------------------------


@NEEDS_EIGEN
@pytest.mark.parametrize("dtype", DTYPES)
def test_it_agrees_with_torch(dtype: str) -> None:
    torch = pytest.importorskip("torch")
    given = network()
    plan = kernels.plan(given, "eigen", dtype, loss="log")
    X, Y = samples(70)
    theta = torch.tensor(given.theta, requires_grad=True)
    W1, b1, W2, b2 = torch.split(theta, [24, 6, 18, 3])
    z = torch.tanh(torch.tensor(X) @ W1.reshape(6, 4).T + b1) @ W2.reshape(3, 6).T + b2
    cost = -(torch.tensor(Y) * torch.log_softmax(z, 1)).sum(1).mean()
    cost.backward()
    found, near = plan.gradient(X, Y), 1e-12 if dtype == "float64" else 1e-5
    np.testing.assert_allclose(plan.forward_batch(X), torch.softmax(z, 1).detach(), near, near)
    np.testing.assert_allclose(found.cost, cost.item(), near)
    np.testing.assert_allclose(found.theta, theta.grad, near, near)


@NEEDS_EIGEN
@pytest.mark.parametrize("optimizer", [
    kernels.SGD(0.1), kernels.SGD(0.1, 0.9), kernels.SGD(0.1, 0.9, True), kernels.Adam(0.01),
    kernels.AdamW(0.01),
], ids=str)  # fmt: skip
def test_its_passes_are_those_of_numpy(optimizer: kernels.SGD) -> None:
    X, Y = samples(150)  # two blocks and a smaller one
    weights = np.random.default_rng(1).random(150)
    found = []
    for name in ("eigen", "batched"):
        plan = kernels.plan(network(), name, loss="log")
        trainer = plan.trainer(optimizer, l2=0.1)
        costs = [
            trainer.epoch(X, Y, 100, order=np.arange(150)[::-1]),
            trainer.epoch(X, Y, 7),
            trainer.epoch(X, Y, 70, sample_weight=weights),
            trainer.epoch(X, Y, 70, order=np.arange(150)[::-1], sample_weight=weights),
        ]
        found.append([*costs, *trainer.theta])
    np.testing.assert_allclose(found[0], found[1], 1e-11, 1e-12)


@NEEDS_EIGEN
@pytest.mark.parametrize("dtype", DTYPES)
def test_activations_without_vector_instructions_are_right(dtype: str) -> None:
    generator = np.random.default_rng(0)
    given = Network.centred((3, 5, 4, 2), 3, ("gelu", "leaky_relu", "logistic"))
    plan = kernels.plan(given, "eigen", dtype, loss="log")
    X, Y = generator.standard_normal((9, 3)), generator.random((9, 2))
    for operation in plan.operations:
        gate.check(plan, operation, X, Y)


@NEEDS_EIGEN
def test_its_entries_take_what_the_methods_take() -> None:
    plan = kernels.plan(network(), "eigen", loss="log")
    X, _ = samples(3)
    true, out = kernels.Plan.forward(plan, X[0]), np.empty(SIZES[-1])
    assert plan.forward(X[0], out=out) is out
    for found in (plan.forward(X[0]), plan.forward(X[0], None), out, plan.forward(x=X[0].tolist())):
        np.testing.assert_array_equal(found, true)
    both = np.zeros(6)
    with pytest.raises(ValueError, match="overlap"):
        plan.forward(both[:4], both[3:])
    with pytest.raises(TypeError, match="masked"):
        plan.forward(np.ma.masked_array(X[0], mask=[True, False, False, False]))
    plan.update(np.zeros_like(network().theta))
    np.testing.assert_allclose(plan.forward(X[0]), 1 / 3)


@NEEDS_EIGEN
def test_its_gradient_takes_what_the_method_takes() -> None:
    plan = kernels.plan(network(), "eigen", loss="log")
    X, Y = samples(300)
    for rows in (1, 300):  # from 256 on without Python's lock
        true = kernels.Plan.gradient(plan, X[:rows], Y[:rows])
        out = plan.gradient(X[:rows] + 1, Y[:rows])
        assert plan.gradient(X[:rows], Y=Y[:rows], out=out) is out
        for found in (
            plan.gradient(X[:rows], Y[:rows]),
            plan.gradient(X[:rows].tolist(), Y[:rows]),
            out,
        ):
            assert (found.cost, found.sizes) == (true.cost, SIZES)
            np.testing.assert_allclose(found.theta, true.theta, rtol=0, atol=1e-14)
    labels = np.array([2, 0, 1])
    np.testing.assert_allclose(
        plan.gradient(X[:3], labels).theta, plan.gradient(X[:3], np.eye(3)[labels]).theta
    )
    kept = out.theta.copy()
    for wrong in (
        kernels.Gradient(0.0, np.zeros(3), SIZES),
        kernels.Gradient(0.0, np.zeros_like(out.theta), (4, 3)),
        kernels.Gradient(0.0, np.zeros_like(out.theta, np.float32), SIZES),
    ):
        with pytest.raises((TypeError, ValueError)):
            plan.gradient(X, Y, wrong)
    with pytest.raises(ValueError, match="one sample or more"):
        plan.gradient(X[:0], Y[:0])
    np.testing.assert_array_equal(out.theta, kept)


@NEEDS_EIGEN
def test_threads_may_share_a_plan() -> None:
    plan = kernels.plan(network(), "eigen", loss="log")
    X, Y = samples(3000)
    true = plan.forward_batch(X), plan.gradient(X, Y).theta
    worst: list[tuple[float, float]] = []

    def work(_: int) -> None:
        for _ in range(50):
            found = plan.forward_batch(X), plan.gradient(X, Y).theta
            outputs, gradient = (
                float(np.abs(one - other).max()) for one, other in zip(found, true, strict=True)
            )
            worst.append((outputs, gradient))

    team.run(work, 4, in_background=True)
    assert len(worst) == 200
    outputs, gradients = zip(*worst, strict=True)
    # exp and tanh of a vector and of a single number differ in the last digit, and where the result
    # begins decides which numbers are computed one by one
    assert max(outputs) < 1e-14
    assert max(gradients) == 0


@NEEDS_EIGEN
@pytest.mark.parametrize("dtype", DTYPES)
def test_every_thread_finds_the_same_bits(dtype: str) -> None:
    """Eigen adds numbers in another order where a thread's memory is aligned otherwise."""
    plan = kernels.plan(Network.centred((7, 13, 5), 1), "eigen", dtype)
    generator = np.random.default_rng(0)
    X, Y = generator.random((4, 7)).astype(dtype), generator.random((4, 5)).astype(dtype)
    found: list[bytes] = []

    def work(_: int) -> None:
        found.append(plan.gradient(X, Y).theta.tobytes() + plan.forward_batch(X).tobytes())

    for _ in range(50):
        team.run(work, 4, in_background=True)
    assert len(found) == 200
    assert len(set(found)) == 1


@NEEDS_EIGEN
def test_it_shows_its_source(capsys: pytest.CaptureFixture[str]) -> None:
    kernels.plan(network(), "eigen", loss="log").inspect()
    assert "affine(h1, W1, b1, work.h2);" in capsys.readouterr().out
