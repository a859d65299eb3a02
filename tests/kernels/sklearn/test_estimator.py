"""scikit-learn's tools take a compiled network as one of its own estimators."""

from __future__ import annotations

import copy
import io
import pickle
import warnings
from typing import Any

import joblib
import numpy as np
import pandas as pd
import pytest
from sklearn import datasets
from sklearn.base import clone, is_classifier, is_regressor
from sklearn.calibration import CalibratedClassifierCV
from sklearn.ensemble import StackingClassifier, VotingClassifier, VotingRegressor
from sklearn.frozen import FrozenEstimator
from sklearn.inspection import partial_dependence, permutation_importance
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import get_scorer
from sklearn.model_selection import GridSearchCV, cross_val_score
from sklearn.pipeline import Pipeline, make_pipeline
from sklearn.preprocessing import StandardScaler
from sklearn.utils import estimator_html_repr, get_tags
from sklearn.utils.validation import check_is_fitted, has_fit_parameter

import kernels
from kernels.sklearn.fitted import Compiled
from tests.kernels.sklearn.estimators import TIGHT, classifier, regressor, samples

X, y = datasets.load_iris(return_X_y=True)
WORDS = np.array(["setosa", "versicolor", "virginica"])[y]
COLUMNS = ["a", "b", "c", "d"]
CHANGES_NOTHING = "fit changes nothing"


@pytest.fixture(scope="module")
def pair() -> tuple[Any, Compiled]:
    """A fitted Pipeline that classifies, and the same compiled."""
    return fitted_pair(y)


def fitted_pair(targets: Any, estimator: Any = None) -> tuple[Any, Compiled]:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        model = make_pipeline(StandardScaler(), estimator or classifier()).fit(X, targets)
    return model, kernels.compile(model)


def test_it_is_a_fitted_estimator_of_the_same_kind(pair: tuple[Any, Compiled]) -> None:
    model, fast = pair
    number, fast_number = fitted_pair(X[:, 0], regressor())
    assert is_classifier(fast)
    assert not is_regressor(fast)
    assert is_regressor(fast_number)
    assert not is_classifier(fast_number)
    for one, compiled in ((model, fast), (number, fast_number)):
        check_is_fitted(compiled)
        assert get_tags(compiled) == get_tags(one[-1])
        assert compiled.n_features_in_ == one.n_features_in_ == 4
    np.testing.assert_array_equal(fast.classes_, model.classes_)
    assert not hasattr(fast_number, "classes_")
    assert not hasattr(fast_number, "predict_proba")
    assert get_tags(kernels.compile(model, check_finite=False)).input_tags.allow_nan


def test_names_of_columns(pair: tuple[Any, Compiled]) -> None:
    assert not hasattr(pair[1], "feature_names_in_")
    with pytest.raises(AttributeError, match="was fitted without names"):
        _ = pair[1].feature_names_in_
    model = classifier().fit(pd.DataFrame(X, columns=COLUMNS), y)
    found = kernels.compile(model).feature_names_in_
    np.testing.assert_array_equal(found, model.feature_names_in_)
    assert found.dtype == model.feature_names_in_.dtype


@pytest.mark.parametrize(
    "name", ["accuracy", "roc_auc_ovr", "neg_log_loss", "f1_macro", "balanced_accuracy"]
)
def test_scorers(name: str, pair: tuple[Any, Compiled]) -> None:
    model, fast = pair
    scorer = get_scorer(name)
    np.testing.assert_allclose(scorer(fast, X, y), scorer(model, X, y), rtol=1e-12)


def test_scorers_of_binary_labels_and_of_regressors() -> None:
    model, fast = fitted_pair(np.where(y > 0, "yes", "no"))
    for name in ("roc_auc", "average_precision", "accuracy"):
        scorer = get_scorer(name)
        targets = (y > 0) if name == "average_precision" else np.where(y > 0, "yes", "no")
        if name != "average_precision":  # which takes the label 1 for positive
            assert scorer(fast, X, targets) == scorer(model, X, targets)
    model, fast = fitted_pair(X[:, :2], regressor())
    for name in ("r2", "neg_mean_squared_error"):
        scorer = get_scorer(name)
        np.testing.assert_allclose(scorer(fast, X, X[:, :2]), scorer(model, X, X[:, :2]), rtol=1e-9)


def test_inspection(pair: tuple[Any, Compiled]) -> None:
    model, fast = pair
    for scoring in (None, "neg_log_loss"):
        theirs, ours = (
            permutation_importance(one, X, y, scoring=scoring, n_repeats=2, random_state=0)
            for one in pair
        )
        np.testing.assert_allclose(ours.importances, theirs.importances, atol=1e-12)
    theirs, ours = (partial_dependence(one, X, [0, 1], grid_resolution=5) for one in pair)
    np.testing.assert_allclose(ours["average"], theirs["average"], **TIGHT)
    assert model.score(X, y) == fast.score(X, y)


def test_calibration(pair: tuple[Any, Compiled]) -> None:
    theirs, ours = (
        CalibratedClassifierCV(FrozenEstimator(one), cv=3).fit(X, y).predict_proba(X)
        for one in pair
    )
    np.testing.assert_allclose(ours, theirs, rtol=1e-6)


def test_ensembles_use_it_as_it_is(pair: tuple[Any, Compiled]) -> None:
    model, fast = pair
    other = fitted_pair(y, classifier(4))[1]
    members = [("one", fast), ("other", other)]
    frozen = [(name, FrozenEstimator(one)) for name, one in members]
    for voting in ("soft", "hard"):
        with pytest.warns(UserWarning, match=CHANGES_NOTHING):
            vote = VotingClassifier(members, voting=voting).fit(X, y, sample_weight=np.ones(150))
        np.testing.assert_array_equal(
            vote.predict(X), VotingClassifier(frozen, voting=voting).fit(X, y).predict(X)
        )
    assert vote.named_estimators_["one"] is fast
    mean = VotingClassifier(frozen, voting="soft").fit(X, y).predict_proba(X)
    np.testing.assert_array_equal(mean, (fast.predict_proba(X) + other.predict_proba(X)) / 2)
    stack = StackingClassifier(members, LogisticRegression(max_iter=1000), cv="prefit")
    expected = StackingClassifier(
        [("one", model), ("other", other)], LogisticRegression(max_iter=1000), cv="prefit"
    )
    np.testing.assert_array_equal(stack.fit(X, y).predict(X), expected.fit(X, y).predict(X))
    numbers = kernels.compile(regressor().fit(X, X[:, 0]))
    vote = VotingRegressor([("one", FrozenEstimator(numbers))]).fit(X, X[:, 0])
    np.testing.assert_array_equal(vote.predict(X), numbers.predict(X))


def test_soft_votes_of_labels_that_are_words() -> None:
    fast = fitted_pair(WORDS)[1]
    vote = VotingClassifier([("one", FrozenEstimator(fast))], voting="soft").fit(X, WORDS)
    np.testing.assert_array_equal(vote.predict(X), fast.predict(X))


def test_the_last_step_of_a_pipeline() -> None:
    network = classifier().fit(StandardScaler().fit_transform(X), y)
    fast = kernels.compile(network)
    table = pd.DataFrame(X, columns=COLUMNS)
    with pytest.warns(UserWarning, match=CHANGES_NOTHING):
        line = make_pipeline(StandardScaler(), fast).fit(X, y)
    np.testing.assert_array_equal(line.predict(X), network.predict(line[0].transform(X)))
    assert line.score(X, y) == network.score(line[0].transform(X), y)
    line.set_output(transform="pandas")
    frozen = make_pipeline(StandardScaler(), FrozenEstimator(fast)).fit(table, y)
    frozen.set_output(transform="pandas")
    np.testing.assert_array_equal(frozen.predict(table), line.predict(X))
    assert is_classifier(line)
    assert "CompiledClassifier" in estimator_html_repr(line)


def test_fit_changes_nothing_and_says_so(pair: tuple[Any, Compiled]) -> None:
    _, fast = pair
    before = fast.predict_proba(X)
    with pytest.warns(UserWarning, match=f"CompiledClassifier.{CHANGES_NOTHING}"):
        assert fast.fit(X[::-1], y) is fast
    np.testing.assert_array_equal(fast.predict_proba(X), before)
    assert has_fit_parameter(fast, "sample_weight")
    assert FrozenEstimator(fast).fit(X, y).score(X, y) == fast.score(X, y)  # without a warning


def test_cross_validation_and_searches_warn_or_fail(pair: tuple[Any, Compiled]) -> None:
    _, fast = pair
    with pytest.warns(UserWarning, match="use the original estimator"):
        cross_val_score(fast, X, y, cv=3)
    with pytest.warns(UserWarning, match=CHANGES_NOTHING):
        GridSearchCV(fast, {}, cv=3).fit(X, y)
    with pytest.raises(ValueError, match="has no parameters to set, got alpha: set them on the"):
        GridSearchCV(fast, {"alpha": [1.0]}, cv=3).fit(X, y)
    assert fast.get_params() == fast.get_params(deep=False) == {}
    assert fast.set_params() is fast


def test_copies(pair: tuple[Any, Compiled]) -> None:
    _, fast = pair
    assert clone(fast) is fast
    file = io.BytesIO()
    joblib.dump(fast, file)
    file.seek(0)
    for same in (copy.copy(fast), copy.deepcopy(fast), pickle.loads(pickle.dumps(fast)),
                 joblib.load(file)):  # fmt: skip
        np.testing.assert_array_equal(same.predict_proba(X), fast.predict_proba(X))
        assert same.score(X, y) == fast.score(X, y)


def test_the_diagram_of_a_notebook(pair: tuple[Any, Compiled]) -> None:
    assert "CompiledClassifier" in (pair[1]._repr_html_() or "")
    assert "fitted" in estimator_html_repr(Pipeline([("last", pair[1])]))


def test_results_with_metadata_routing(pair: tuple[Any, Compiled]) -> None:
    from sklearn import config_context

    with config_context(enable_metadata_routing=True):
        vote = VotingClassifier([("one", FrozenEstimator(pair[1]))]).fit(X, y)
        np.testing.assert_array_equal(vote.predict(X), pair[1].predict(X))


def test_several_labels_at_once_are_scored() -> None:
    Z = samples()
    Y = (Z[:, :3] > 0).astype(int)
    model = classifier().fit(Z, Y)
    for name in ("accuracy", "f1_micro", "roc_auc"):
        scorer = get_scorer(name)
        assert scorer(kernels.compile(model), Z, Y) == scorer(model, Z, Y)
