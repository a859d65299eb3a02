"""Where objects do not lie in memory as expected, Python's checks serve every call."""

from __future__ import annotations

from collections.abc import Iterator
from types import BuiltinFunctionType
from typing import Any

import numpy as np
import pytest

import kernels
from kernels import Network, contract
from kernels.codegen.python import builtins, objects
from kernels.interface import Plan
from kernels.proof import gate
from tests.kernels.lengths import SOME_DTYPES
from tests.kernels.rungs import unknown
from tests.kernels.shifts import SECONDS, samples, shifted

SIZES = (7, 13, 29, 5)
PUBLIC = (*kernels.OPERATIONS, "update")


@pytest.fixture
def pretending(monkeypatch: pytest.MonkeyPatch) -> Iterator[pytest.MonkeyPatch]:
    """Patches that change what is known of objects, and are forgotten afterwards."""
    unknown.forget()
    with monkeypatch.context() as patch:
        yield patch
    unknown.forget()


def native(plan: Plan) -> set[str]:
    """The public methods that compiled code takes."""
    return {name for name in PUBLIC if isinstance(getattr(plan, name), BuiltinFunctionType)}


def test_objects_of_this_python_and_numpy_are_known() -> None:
    assert objects.are_known()
    assert native(kernels.plan(Network.random(SIZES, seed=1), "specialized")) == {
        *PUBLIC,
    } - {"train"}


def test_dtypes_may_be_immortal(pretending: pytest.MonkeyPatch) -> None:
    """They are from Python 3.13 on."""
    pretending.setattr(objects, "is_counted", lambda one: isinstance(one, np.ndarray))
    assert objects.are_known()


@pytest.mark.parametrize("condition", unknown.CONDITIONS, ids=lambda one: one.__name__)
def test_each_condition_alone_keeps_native_entries_away(
    condition: unknown.Patch, pretending: pytest.MonkeyPatch
) -> None:
    condition(pretending.setattr)
    assert not objects.are_known()
    assert builtins.outside() == {}
    network = Network.centred((3, 3, 1), seed=1)
    plan = kernels.plan(network, "specialized")
    assert native(plan) == set()
    x = np.array([0.5, -1.0, 2.0])
    expected = kernels.plan(network, "vectorized").forward(x)
    np.testing.assert_allclose(plan.forward(x), expected, rtol=1e-14)
    network = Network.centred((3, 3, 1), seed=2)
    plan.update(network.theta)
    expected = kernels.plan(network, "vectorized").forward(x)
    np.testing.assert_allclose(plan.forward(x, np.empty(1)), expected, rtol=1e-14)


@pytest.mark.parametrize("dtype", SOME_DTYPES)
@pytest.mark.parametrize("kind", ["plain", "wide and shifted"])
def test_python_serves_every_operation(
    kind: str, dtype: str, pretending: pytest.MonkeyPatch
) -> None:
    unknown.uncounted_references(pretending.setattr)
    sizes = (3, 4000, 2) if "wide" in kind else SIZES
    network = Network.centred(sizes, seed=1)
    if "shifted" in kind:
        network = shifted(sizes, SECONDS)
    plan = kernels.plan(network, "specialized", dtype)
    assert native(plan) == set()
    for m in (1, 2, 41):
        X, Y = samples(network, m) if network.shift is not None else random(sizes, m)
        for operation in plan.operations:
            gate.check(plan, operation, X, Y)
    if dtype == "float64":
        known = native_plan(network, pretending)
        np.testing.assert_array_equal(plan.forward(X[0]), known.forward(X[0]))
        np.testing.assert_array_equal(plan.forward_batch(X), known.forward_batch(X))


def native_plan(network: Network, pretending: pytest.MonkeyPatch) -> Plan:
    """A plan whose calls compiled code takes."""
    pretending.undo()
    unknown.forget()
    plan = kernels.plan(network, "specialized", operations=("forward", "forward_batch"))
    assert native(plan)
    return plan


def random(sizes: tuple[int, ...], m: int) -> tuple[Any, Any]:
    generator = np.random.default_rng(0)
    return generator.random((m, sizes[0])), generator.random((m, sizes[-1]))


@pytest.mark.parametrize("dtype", SOME_DTYPES)
def test_the_contract_holds_without_native_entries(
    dtype: str, pretending: pytest.MonkeyPatch
) -> None:
    unknown.without_the_lock(pretending.setattr)
    kernel = kernels.find("specialized")
    for title in (
        "worked example",
        "takes what converts",
        "refuses what does not",
        "out must be exact",
        "passes extremes on",
        "updates reach every operation",
        "copies are independent",
        "results are fresh",
        "eight threads share a plan",
    ):
        contract.CHECKS[title](kernel, dtype)


def test_a_compiled_estimator_serves_too(pretending: pytest.MonkeyPatch) -> None:
    neural_network = pytest.importorskip("sklearn.neural_network")
    generator = np.random.default_rng(0)
    X = generator.standard_normal((60, 4))
    fitted = neural_network.MLPClassifier((5,), max_iter=5, random_state=0)
    with pytest.warns(UserWarning, match="converge"):
        fitted.fit(X, X[:, 0] > 0)
    expected = kernels.compile(fitted).predict_proba(X)
    unknown.without_the_lock(pretending.setattr)
    unknown.forget()
    compiled = kernels.compile(fitted)
    for row, probabilities in zip(X, expected, strict=True):
        found = compiled.predict_proba(row[np.newaxis])
        np.testing.assert_allclose(found, probabilities[np.newaxis], rtol=1e-13)
    np.testing.assert_allclose(compiled.predict_proba(X), expected, rtol=1e-13)
    np.testing.assert_array_equal(compiled.predict(X), fitted.predict(X))
