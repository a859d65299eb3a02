"""kernels.compile refuses estimators and steps that override how scikit-learn computes."""

# scikit-learn has no types
# mypy: disable-error-code="misc"
from __future__ import annotations

import functools
import re
from typing import Any

import numpy as np
import pytest
from sklearn.base import BaseEstimator, TransformerMixin
from sklearn.compose import ColumnTransformer
from sklearn.decomposition import PCA
from sklearn.feature_selection import SelectKBest
from sklearn.neural_network import MLPClassifier, MLPRegressor, _base
from sklearn.pipeline import FeatureUnion, Pipeline, make_pipeline
from sklearn.preprocessing import MaxAbsScaler, MinMaxScaler, StandardScaler

import kernels
from tests.kernels.sklearn.estimators import assert_same, classifier, regressor, samples

X = samples()
LABELS = np.arange(len(X)) % 3


class AutoEncoder(MLPRegressor):
    """An MLPRegressor that predicts the distance between a sample and the network's outputs."""

    def predict(self, X: Any) -> Any:
        return np.linalg.norm(X - super().predict(X), axis=1)


class Cautious(MLPClassifier):
    def predict_proba(self, X: Any) -> Any:
        return 0.9 * super().predict_proba(X) + 0.05


class Clipped(MLPRegressor):
    def _forward_pass_fast(self, X: Any, check_input: bool = True) -> Any:
        return np.maximum(super()._forward_pass_fast(X, check_input), 0)


class Rounds:
    def predict(self, X: Any) -> Any:
        return np.rint(super().predict(X))


class Mixed(Rounds, MLPRegressor):
    """An MLPRegressor that a mixin overrides."""


class Deeper(Cautious):
    """A subclass of an overriding class."""


class Disguised(MLPClassifier):
    """An override that functools.wraps gives scikit-learn's name."""

    @functools.wraps(MLPClassifier.predict)
    def predict(self, X: Any) -> Any:
        return super().predict(X)[::-1]


class Exchanged(MLPClassifier):
    """A method replaced by another one of scikit-learn."""

    predict_proba = MLPClassifier.predict_log_proba


class Harmless(MLPClassifier):
    """A subclass that overrides only methods that do not predict."""

    def fit(self, X: Any, y: Any) -> Any:
        return super().fit(X, y)

    def score(self, X: Any, y: Any) -> float:
        return 1.0

    def predict_twice(self, X: Any) -> Any:
        return 2 * [self.predict(X)]

    def transform(self, X: Any) -> Any:
        return X


@pytest.mark.parametrize(
    ("kind", "method"),
    [
        (AutoEncoder, "AutoEncoder.predict"),
        (Cautious, "Cautious.predict_proba"),
        (Clipped, "Clipped._forward_pass_fast"),
        (Mixed, "Mixed.predict"),
        (Deeper, "Deeper.predict_proba"),
        (Disguised, "Disguised.predict"),
        (Exchanged, "Exchanged.predict_proba"),
    ],
)
def test_estimators_that_predict_otherwise_are_refused(kind: Any, method: str) -> None:
    y: Any = LABELS if issubclass(kind, MLPClassifier) else X
    model = kind(hidden_layer_sizes=(4,), max_iter=2, random_state=0)
    for whole in (model, make_pipeline(StandardScaler(), model)):
        with pytest.raises(TypeError, match=rf"{method} is not scikit-learn's own"):
            kernels.compile(whole.fit(X, y))


def test_a_harmless_subclass_is_compiled() -> None:
    model = Harmless((4,), max_iter=2, random_state=0)
    assert_same(model.fit(X, LABELS), X)
    assert repr(kernels.compile(model)).startswith("<CompiledClassifier of Harmless: 5-4-3")


@pytest.mark.parametrize("name", ["predict", "predict_proba", "_forward_pass_fast", "_predict"])
def test_methods_set_on_the_instance_are_refused(name: str) -> None:
    model = classifier().fit(X, LABELS)
    setattr(model, name, getattr(model, name))
    with pytest.raises(TypeError, match=rf"MLPClassifier\.{name} is not scikit-learn's own"):
        kernels.compile(model)
    delattr(model, name)
    kernels.compile(model)


def test_methods_patched_into_scikit_learn_are_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    model = classifier().fit(X, LABELS)
    monkeypatch.setattr(MLPClassifier, "predict", lambda self, X: np.zeros(len(X)))
    with pytest.raises(TypeError, match=r"MLPClassifier\.predict is not scikit-learn's own"):
        kernels.compile(model)


@pytest.mark.parametrize("name", ["relu", "softmax"])
def test_other_activation_functions_are_refused(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    model = classifier().fit(X, LABELS)
    for function in (lambda Z: np.sin(Z, out=Z), np.abs):
        monkeypatch.setitem(_base.ACTIVATIONS, name, function)
        with pytest.raises(TypeError, match=f"the activation {name} is computed by"):
            kernels.compile(model)


def test_activations_changed_after_fitting() -> None:
    model = classifier().fit(X, LABELS)
    model.set_params(activation="tanh")
    assert_same(model, X)  # scikit-learn computes with the present activation
    model.out_activation_ = "logistic"
    assert_same(model, X)
    for other in ("identity", "relu"):
        model.out_activation_ = other
        assert_same(model, X)
    model.out_activation_ = "cubic"
    with pytest.raises(ValueError, match=r"the output layer has one of .*, got 'cubic'"):
        kernels.compile(model)
    model.out_activation_, model.activation = "softmax", "swish"
    with pytest.raises(ValueError, match=r"a hidden .*, got 'swish': that is called silu here"):
        kernels.compile(model)


# --- steps and pipelines ------------------------------------------------------------------------


class ClippedScaler(StandardScaler):
    def transform(self, X: Any, copy: Any = None) -> Any:
        return np.clip(super().transform(X, copy), -1, 1)


class SquaredPCA(PCA):
    def _transform(self, X: Any, *arguments: Any, **options: Any) -> Any:
        return super()._transform(X, *arguments, **options) ** 2


class NamedScaler(MinMaxScaler):
    """A subclass that only overrides fit."""

    def fit(self, X: Any, y: Any = None) -> Any:
        return super().fit(X, y)


class Foreign(TransformerMixin, BaseEstimator):
    def fit(self, X: Any, y: Any = None) -> Any:
        self.mean_ = X.mean(axis=0)
        return self

    def transform(self, X: Any) -> Any:
        return X - 2 * self.mean_


Foreign.__name__ = Foreign.__qualname__ = "StandardScaler"


class Rounding(Pipeline):
    def predict(self, X: Any, **options: Any) -> Any:
        return np.rint(super().predict(X, **options))


@pytest.mark.parametrize(
    ("step", "method"),
    [(ClippedScaler(), "ClippedScaler.transform"), (SquaredPCA(3), "SquaredPCA._transform")],
)
def test_steps_that_transform_otherwise_are_refused(step: Any, method: str) -> None:
    model = make_pipeline(step, classifier()).fit(X, LABELS)
    with pytest.raises(TypeError, match=f"{method} is not scikit-learn's own"):
        kernels.compile(model)


@pytest.mark.parametrize("step", [StandardScaler(), MinMaxScaler(), MaxAbsScaler(), PCA()])
def test_steps_patched_on_the_instance_are_refused(step: Any) -> None:
    model = make_pipeline(step, classifier()).fit(X, LABELS)
    kernels.compile(model)
    step.transform = lambda X: X**3
    with pytest.raises(TypeError, match=f"{type(step).__name__}.transform is not scikit-learn's"):
        kernels.compile(model)


def test_a_step_with_the_name_of_scikit_learns_is_not_taken_for_it() -> None:
    model = make_pipeline(Foreign(), classifier()).fit(X, LABELS)
    message = (
        rf"step {re.escape(Foreign.__module__)}\.StandardScaler cannot be compiled: there is no "
        r"code for it\. Instead, with p for this estimator: kernels.compile\(p\[1:\]\)"
    )
    with pytest.raises(ValueError, match=message):
        kernels.compile(model)


def test_harmless_steps_and_pipelines_are_compiled() -> None:
    class Named(Pipeline):
        """A subclass that overrides nothing."""

    model = Named([("a", NamedScaler((-1, 1))), ("b", classifier())], memory=None)
    assert_same(model.fit(X, LABELS), X)


def test_pipelines_that_predict_otherwise_are_refused() -> None:
    model = Rounding([("a", StandardScaler()), ("b", regressor())]).fit(X, X[:, 0])
    with pytest.raises(TypeError, match=r"Rounding\.predict is not scikit-learn's own"):
        kernels.compile(model)
    plain = make_pipeline(StandardScaler(), regressor()).fit(X, X[:, 0])
    plain.predict = lambda X: X[:, 0]
    with pytest.raises(TypeError, match=r"Pipeline\.predict is not scikit-learn's own"):
        kernels.compile(plain)


def test_options_set_after_fitting_have_the_effect_they_have_in_scikit_learn() -> None:
    for step, options in (
        (StandardScaler(), {"with_mean": False}),
        (StandardScaler(), {"with_std": False}),
        (PCA(4, whiten=True, random_state=0), {"whiten": False}),
    ):
        model = make_pipeline(step, classifier()).fit(X, LABELS)
        step.set_params(**options)
        assert_same(model, X)


def test_pipelines_that_cache_or_output_data_frames_are_compiled(tmp_path: Any) -> None:
    model = Pipeline([("a", StandardScaler()), ("b", classifier())], memory=str(tmp_path))
    assert_same(model.set_output(transform="pandas").fit(X, LABELS), X)


def test_labels_changed_after_fitting_are_refused() -> None:
    """scikit-learn itself continues to predict the labels it was fitted with."""
    model = classifier().fit(X, LABELS)
    model.classes_ = np.array(["a", "b", "c"])
    assert model.predict(X)[0] in LABELS
    with pytest.raises(ValueError, match=r"classes_ has been changed to \['a' 'b' 'c'\]"):
        kernels.compile(model)


def test_an_overridden_label_binarizer_is_refused() -> None:
    model = classifier().fit(X, LABELS)
    model._label_binarizer.inverse_transform = lambda Y: np.zeros(len(Y))
    with pytest.raises(TypeError, match=r"LabelBinarizer\.inverse_transform is not scikit-learn"):
        kernels.compile(model)


@pytest.mark.parametrize("step", [ClippedScaler(), SquaredPCA(3)])
def test_overridden_steps_within_steps_are_refused(step: Any) -> None:
    for whole in (
        ColumnTransformer([("a", step, [0, 1, 2])], remainder="passthrough"),
        FeatureUnion([("a", StandardScaler()), ("b", step)]),
        make_pipeline(StandardScaler(), step),
    ):
        model = make_pipeline(whole, classifier()).fit(X, LABELS)
        with pytest.raises(TypeError, match=r"ransform is not scikit-learn's own"):
            kernels.compile(model)


def test_overridden_selections_are_refused() -> None:
    selection = SelectKBest(k=2)
    model = make_pipeline(selection, classifier()).fit(X, LABELS)
    selection._get_support_mask = lambda: np.ones(5, bool)
    with pytest.raises(TypeError, match=r"_get_support_mask is not scikit-learn's own"):
        kernels.compile(model)
