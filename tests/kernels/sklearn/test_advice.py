"""What is refused names the step and a line to type, which works."""

from __future__ import annotations

import re
from typing import Any

import numpy as np
import pytest
from sklearn.compose import ColumnTransformer, TransformedTargetRegressor
from sklearn.decomposition import PCA
from sklearn.model_selection import GridSearchCV
from sklearn.pipeline import FeatureUnion, make_pipeline
from sklearn.preprocessing import (
    FunctionTransformer,
    KBinsDiscretizer,
    MinMaxScaler,
    PolynomialFeatures,
    StandardScaler,
)

import kernels
from tests.kernels.sklearn.estimators import classifier, regressor, samples

X = np.abs(samples(60, 4))
LABELS = np.arange(60) % 3
polynomial, nothing = PolynomialFeatures(), make_pipeline("passthrough")

PIPELINES: dict[str, tuple[Any, str, str]] = {
    "first": (make_pipeline(polynomial, classifier()), "PolynomialFeatures", "p[1:]"),
    "second": (
        make_pipeline(StandardScaler(), polynomial, StandardScaler(), classifier()),
        "PolynomialFeatures",
        "p[2:]",
    ),
    "function": (
        make_pipeline(FunctionTransformer(np.log1p), StandardScaler(), classifier()),
        "FunctionTransformer",
        "p[1:]",
    ),
    "two": (
        make_pipeline(polynomial, StandardScaler(), KBinsDiscretizer(3, encode="ordinal"),
                      classifier()),
        "PolynomialFeatures",
        "p[3:]",
    ),
    "clipped after a projection": (
        make_pipeline(PCA(3), MinMaxScaler(clip=True), classifier()), "MinMaxScaler", "p[1:]",
    ),
    "within columns": (
        make_pipeline(ColumnTransformer([("a", polynomial, [0, 1])]), classifier()),
        "PolynomialFeatures",
        "p[1:]",
    ),
    "within a pipeline": (
        make_pipeline(make_pipeline(StandardScaler(), polynomial), classifier()),
        "PolynomialFeatures",
        "p[1:]",
    ),
    "columns repeated": (
        make_pipeline(FeatureUnion([("a", nothing), ("b", nothing)]), classifier()),
        "FeatureUnion",
        "p[1:]",
    ),
    "at the end": (
        make_pipeline(StandardScaler(), make_pipeline(polynomial, StandardScaler(), classifier())),
        "PolynomialFeatures",
        "p[-1][1:]",
    ),
    "search": (
        GridSearchCV(make_pipeline(polynomial, classifier()), {}, cv=2),
        "PolynomialFeatures",
        "p.best_estimator_[1:]",
    ),
}  # fmt: skip


@pytest.mark.filterwarnings("ignore:Bins whose width:UserWarning")
@pytest.mark.filterwarnings("ignore:Feature 0 is constant:UserWarning")
@pytest.mark.parametrize("name", PIPELINES)
def test_the_line_to_type_computes_the_same(name: str) -> None:
    p, step, tail = PIPELINES[name]
    p.fit(X, LABELS)
    with pytest.raises(ValueError, match=f"step {step} cannot be compiled") as error:
        kernels.compile(p)
    message = str(error.value)
    found = re.search(
        r"Instead, with p for this estimator: (kernels\.compile\(.*?\)) and give it "
        r"(.*?transform\(.*\))\. What",
        message,
    )
    assert found
    assert found[1] == f"kernels.compile({tail})"
    assert message.endswith("some milliseconds")
    fast, given = (eval(line, {"kernels": kernels, "p": p, "X": X}) for line in found.groups())
    np.testing.assert_allclose(fast.predict_proba(given), p.predict_proba(X), rtol=1e-10)


@pytest.mark.parametrize(
    ("inner", "options", "line"),
    [
        (regressor(), {"func": np.log1p, "inverse_func": np.expm1},
         "kernels.compile(p.regressor_)"),
        (make_pipeline(polynomial, regressor()), {"transformer": StandardScaler()},
         "kernels.compile(p.regressor_[1:])"),
    ],
)  # fmt: skip
def test_targets_are_given_back_by_hand(inner: Any, options: Any, line: str) -> None:
    p = TransformedTargetRegressor(inner, **options).fit(X, X[:, 0])
    with pytest.raises(ValueError, match="Instead, with p for this estimator: ") as error:
        kernels.compile(p)
    message = str(error.value)
    assert f"estimator: {line}" in message
    given = p.regressor_[:1].transform(X) if "[1:]" in line else X
    fast = eval(line, {"kernels": kernels, "p": p})
    back = re.search(r"then predict with (.*), fast being", message)
    assert back
    found = eval(back[1], {"p": p, "fast": fast, "X": given})
    assert found.shape == p.predict(X).shape
    np.testing.assert_allclose(found, p.predict(X), rtol=1e-10)


def test_a_step_of_ones_own_is_left_to_scikit_learn() -> None:
    class Mine(StandardScaler):  # type: ignore[misc]
        def transform(self, X: Any) -> Any:
            return 2 * super().transform(X)

    p = make_pipeline(Mine(), StandardScaler(), classifier()).fit(X, LABELS)
    with pytest.raises(TypeError, match=r"kernels\.compile\(p\[1:\]\) and give it p\[:1\]"):
        kernels.compile(p)
