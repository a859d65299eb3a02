"""Typical scikit-learn Pipelines with a network at their end, and small made-up data for them.

A Pipeline is a function here and an entry of `PIPELINES`; `compile --pipeline NAME` times it.
"""

from __future__ import annotations

import warnings
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np

from benchmarks.measure.arrays import Array

COUNT = 1000
"""Samples of each Pipeline's data; the first half is for fitting."""


@dataclass(frozen=True)
class Data:
    """Samples X (m, n), an array or a DataFrame, and targets y (m,)."""

    X: Any
    y: Array

    @property
    def of_fit(self) -> tuple[Any, Array]:
        """The samples and targets that a Pipeline is fitted on."""
        return self.X[: COUNT // 2], self.y[: COUNT // 2]


def numbers(columns: int) -> Data:
    """Numbers (m, columns) of different scales, and three classes of them."""
    generator = np.random.default_rng(0)
    X = generator.standard_normal((COUNT, columns)) * np.arange(1, columns + 1) + 10
    score = X @ generator.standard_normal(columns)
    return Data(X, np.digitize(score, np.quantile(score, (0.33, 0.67))))


def named(data: Data) -> Data:
    """The same in a DataFrame, whose columns are called n0, n1, ..."""
    import pandas as pd

    return Data(pd.DataFrame(data.X, columns=[f"n{i}" for i in range(data.X.shape[1])]), data.y)


def scaler() -> tuple[Any, Data]:
    """StandardScaler, of a DataFrame with 5 columns."""
    from sklearn.pipeline import make_pipeline
    from sklearn.preprocessing import StandardScaler

    return make_pipeline(StandardScaler(), classifier()), named(numbers(5))


def pca() -> tuple[Any, Data]:
    """StandardScaler and PCA."""
    from sklearn.decomposition import PCA
    from sklearn.pipeline import make_pipeline
    from sklearn.preprocessing import StandardScaler

    steps = StandardScaler(), PCA(8, random_state=0), classifier()
    return make_pipeline(*steps), numbers(20)


def imputer() -> tuple[Any, Data]:
    """SimpleImputer, RobustScaler and SelectKBest."""
    from sklearn.feature_selection import SelectKBest
    from sklearn.impute import SimpleImputer
    from sklearn.pipeline import make_pipeline
    from sklearn.preprocessing import RobustScaler

    data = numbers(10)
    data.X[np.random.default_rng(1).random(data.X.shape) < 0.1] = np.nan
    steps = SimpleImputer(strategy="median"), RobustScaler(), SelectKBest(k=6), classifier()
    return make_pipeline(*steps), data


def columns() -> tuple[Any, Data]:
    """OneHotEncoder of 2 columns of text and StandardScaler of 3 columns of numbers."""
    from sklearn.compose import make_column_transformer
    from sklearn.pipeline import make_pipeline
    from sklearn.preprocessing import OneHotEncoder, StandardScaler

    data = named(numbers(3))
    generator = np.random.default_rng(1)
    words = {"colour": ("red", "green", "blue"), "city": ("Paris", "Rome", "Oslo", "Bern", "Riga")}
    given = list(data.X.columns)
    for name, values in words.items():
        data.X[name] = generator.choice(values, COUNT)
    split = make_column_transformer(
        (OneHotEncoder(handle_unknown="ignore"), list(words)), (StandardScaler(), given)
    )
    return make_pipeline(split, classifier()), data


def target() -> tuple[Any, Data]:
    """StandardScaler of the samples and of the target of a regression."""
    from sklearn.compose import TransformedTargetRegressor
    from sklearn.neural_network import MLPRegressor
    from sklearn.pipeline import make_pipeline
    from sklearn.preprocessing import StandardScaler

    X = numbers(5).X
    network = make_pipeline(
        StandardScaler(), MLPRegressor(hidden_layer_sizes=(30,), max_iter=50, random_state=0)
    )
    y = 1000 + 50 * np.sin(X).sum(axis=1)
    return TransformedTargetRegressor(network, transformer=StandardScaler()), Data(X, y)


def search() -> tuple[Any, Data]:
    """StandardScaler, and GridSearchCV around the Pipeline."""
    from sklearn.model_selection import GridSearchCV

    pipeline, data = scaler()
    return GridSearchCV(pipeline, {"mlpclassifier__alpha": [1e-4, 1e-2]}, cv=2), data


def classifier() -> Any:
    """The network of the Pipelines that classify, not yet fitted."""
    from sklearn.neural_network import MLPClassifier

    return MLPClassifier((30,), max_iter=50, random_state=0)


PIPELINES: dict[str, Callable[[], tuple[Any, Data]]] = {
    one.__name__: one for one in (scaler, imputer, columns, pca, target, search)
}
"""What makes each Pipeline, not yet fitted, and its data."""


def descriptions() -> dict[str, str]:
    """What each of `PIPELINES` does before its network."""
    return {name: (make.__doc__ or "").rstrip(".") for name, make in PIPELINES.items()}


def fit(name: str) -> tuple[Any, Any]:
    """A fitted Pipeline and all samples of its data, the same every time."""
    from sklearn.exceptions import ConvergenceWarning

    estimator, data = PIPELINES[name]()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ConvergenceWarning)
        return estimator.fit(*data.of_fit), data.X
