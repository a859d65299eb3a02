"""Where compiled code may not compute, scikit-learn's own does, and a warning says so once."""

from __future__ import annotations

import warnings
from collections.abc import Iterator
from typing import Any

import numpy as np
import pytest
from scipy import sparse
from sklearn import neural_network
from sklearn.neural_network import _multilayer_perceptron as theirs

import kernels
from kernels import sklearn as ours
from kernels.sklearn.training import allowed, mlps
from kernels.sklearn.training.run import REPLACED
from tests.kernels.sklearn.training.test_fits import CLASSIFIERS, difference, digits

pytestmark = pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")
X, LABELS = digits(100)
TOLD = "scikit-learn's own code trains"


@pytest.fixture(autouse=True)
def _nothing_said() -> Iterator[None]:
    mlps.SAID.clear()
    allowed.why_not_at_all.cache_clear()
    yield
    mlps.SAID.clear()
    allowed.why_not_at_all.cache_clear()


def require_own(kinds: tuple[type, type], reason: str, data: Any = X, **options: Any) -> None:
    """Require that ours trains as scikit-learn's, tells the reason, and tells it once."""
    usual = {"hidden_layer_sizes": (5,), "max_iter": 3, "random_state": 0} | options
    one = kinds[0](**usual).fit(data, LABELS)
    with pytest.warns(RuntimeWarning, match=TOLD) as told:
        other = kinds[1](**usual).fit(data, LABELS)
    assert any(reason in str(warning.message) for warning in told)
    assert difference(one, other) == 0
    with warnings.catch_warnings():
        warnings.filterwarnings("error", TOLD)
        kinds[1](**usual).fit(data, LABELS).partial_fit(data, LABELS)
        kinds[1](**usual | {"solver": "lbfgs", "momentum": 0.5}).fit(data, LABELS).predict(data)


def test_the_private_parts_are_all_there() -> None:
    assert allowed.missing_parts() == []
    assert set(REPLACED) <= set(vars(theirs))


@pytest.mark.parametrize("name", allowed.METHODS)
def test_a_version_without_a_method(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(allowed, "METHODS", (*allowed.METHODS, f"{name}_of_another_version"))
    require_own(CLASSIFIERS, f"lacks BaseMultilayerPerceptron.{name}_of_another_version")


@pytest.mark.parametrize("name", sorted({*REPLACED} - {"shuffle"}))  # an attribute, too
def test_a_version_that_does_not_call_a_function(
    name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    code = allowed.BASE._fit_stochastic.__code__
    others = tuple(f"{one}_" if one == name else one for one in code.co_names)
    monkeypatch.setitem(vars(theirs), f"{name}_", getattr(theirs, name))
    monkeypatch.setattr(allowed.BASE._fit_stochastic, "__code__", code.replace(co_names=others))
    require_own(CLASSIFIERS, f"lacks {name} in _fit_stochastic")


def test_without_llvmlite(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(kernels, "missing", lambda name: f"{name}: llvmlite is not installed")
    require_own(CLASSIFIERS, "llvmlite is not installed")


def test_a_subclass_that_computes_in_its_own_way() -> None:
    class Mixin:
        def _backprop(self, *arguments: Any) -> Any:
            loss, *gradients = super()._backprop(*arguments)  # type: ignore[misc]
            return (2 * loss, *gradients)

    class Theirs(Mixin, neural_network.MLPClassifier):  # type: ignore[misc]
        pass

    class Ours(Mixin, ours.MLPClassifier):
        pass

    require_own((Theirs, Ours), "Ours._backprop is not scikit-learn's own")


def test_a_subclass_that_computes_in_no_way_of_its_own() -> None:
    class Ours(ours.MLPClassifier):
        def fit(self, X: Any, y: Any) -> Any:
            return super().fit(X, y)

    with warnings.catch_warnings():
        warnings.filterwarnings("error", TOLD)
        Ours((5,), max_iter=3).fit(X, LABELS)


def test_a_changed_activation(monkeypatch: pytest.MonkeyPatch) -> None:
    def halved(values: Any) -> None:
        values *= 0.5

    monkeypatch.setitem(theirs.ACTIVATIONS, "relu", halved)
    require_own(CLASSIFIERS, "the activation relu is not scikit-learn's own")


def test_momentum_of_one() -> None:
    require_own(CLASSIFIERS, "momentum below 1", solver="sgd", momentum=1.0)


def test_a_sparse_matrix_too_large_for_memory(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(allowed, "DENSE", 100)
    require_own(CLASSIFIERS, "is sparse, and too large", sparse.csr_array(X))


def test_wider_samples_than_weights() -> None:
    found = []
    for kind in CLASSIFIERS:
        mlp = kind((5,), max_iter=3, random_state=0, warm_start=True)
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            found.append(mlp.fit(X.astype(np.float32), LABELS).fit(X, LABELS))
    assert difference(*found) < 1e-6
    assert any("X is float64" in one for one in mlps.SAID)
