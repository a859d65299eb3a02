"""Samples of every kind are taken or refused as scikit-learn takes or refuses them.

Each is given to a fitted model and to the compiled one: results agree, or the errors' classes do.
"""

from __future__ import annotations

import warnings
from typing import Any

import numpy as np
import pandas as pd
import pytest
from scipy import sparse
from sklearn.base import clone
from sklearn.compose import ColumnTransformer
from sklearn.feature_selection import SelectKBest, VarianceThreshold
from sklearn.impute import SimpleImputer
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import MinMaxScaler, OneHotEncoder, StandardScaler

import kernels
from tests.kernels.sklearn.estimators import classifier, samples

X = samples(40, 5)
LABELS = np.arange(40) % 3
FRAME = pd.DataFrame(X, columns=list("abcde"))
MIXED = ["a", "b", "c", "d", 4]

MODELS: dict[str, Any] = {
    "network": classifier(),
    "scaler": make_pipeline(StandardScaler(), classifier()),
    "imputer": make_pipeline(SimpleImputer(), classifier()),
    "best": make_pipeline(SelectKBest(k=2), classifier()),
    "variance": make_pipeline(VarianceThreshold(0.9), classifier()),
    "clipped": make_pipeline(MinMaxScaler(clip=True), classifier()),
    "one-hot": make_pipeline(OneHotEncoder(handle_unknown="ignore"), classifier()),
    "columns by name": make_pipeline(
        ColumnTransformer([("a", StandardScaler(), ["a", "c"]), ("b", SimpleImputer(), ["d"])]),
        classifier(),
    ),
    "columns by index": make_pipeline(
        ColumnTransformer([("a", StandardScaler(), [0, 2]), ("b", SimpleImputer(), [3])]),
        classifier(),
    ),
}
KINDS: dict[str, Any] = {
    "array": X[:3],
    "row": X[:1],
    "matrix": np.matrix(X[:3]),
    "matrix of one row": np.matrix(X[:1]),
    "names of two types": FRAME.set_axis(MIXED, axis=1),
    "row with names of two types": FRAME[:1].set_axis(MIXED, axis=1),
    "numbers as names": FRAME.set_axis(range(5), axis=1),
    "another order": FRAME[list("bacde")],
    "row in another order": FRAME[:1][list("bacde")],
    "one column more": FRAME.assign(z=1),
    "last column missing": FRAME.drop(columns="e"),
    "first column missing": FRAME.drop(columns="a"),
    "masked": np.ma.masked_array(X[:3], mask=X[:3] > 1),
    "masked row": np.ma.masked_array(X[:1], mask=X[:1] > 1),
    "text": np.full((2, 5), "a"),
    "numbers as text": np.full((2, 5), "1.5"),
    "row of numbers as text": np.full((1, 5), "1.5"),
    "numbers as objects of text": np.full((2, 5), "1.5", object),
    "objects of text": np.full((2, 5), "a", object),
    "None in it": np.full((2, 5), None, object),
    "dictionaries": np.full((2, 5), {}, object),
    "complex": X[:2] + 0j,
    "one dimension": X[0],
    "three dimensions": X[np.newaxis],
    "sparse": sparse.csr_matrix(X[:3]),
    "no rows": X[:0],
    "frame without rows": FRAME[:0],
    "a column less": X[:, :4],
    "list": X[:3].tolist(),
    "series": FRAME["a"],
    "nothing": None,
    "number": 3.0,
    "empty list": [],
    "frame of objects": FRAME[:3].astype(object),
    "frame that may have NA": FRAME[:3].astype("Float64"),
    "frame of text": FRAME[:3].astype(str),
    "long double": X[:3].astype("g"),
    "integers": np.rint(X[:3]).astype(int),
}


def with_value(value: float, column: int) -> Any:
    found = X[:3].copy()
    found[1, column] = value
    return found


for column in range(5):
    for value in (np.nan, np.inf):
        found = with_value(value, column)
        KINDS[f"{value} in {column}"] = found
        KINDS[f"row of {value} in {column}"] = found[1:2]
        KINDS[f"frame of {value} in {column}"] = pd.DataFrame(found, columns=FRAME.columns)
        KINDS[f"row of a frame of {value} in {column}"] = pd.DataFrame(
            found[1:2], columns=FRAME.columns
        )

BUGS = {("one-hot", "text"), ("one-hot", "numbers as text"), ("one-hot", "row of numbers as text")}
"""scikit-learn cuts its own numbers short and then does not know them."""


def outcome(model: Any, X: Any) -> Any:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of names that a fit had or had not
        try:
            return model.predict_proba(X)
        except (TypeError, ValueError) as error:
            return error


@pytest.mark.parametrize("is_frame", [False, True], ids=["fit on array", "fit on frame"])
@pytest.mark.parametrize("name", MODELS)
def test_the_same_is_taken_and_refused(name: str, is_frame: bool) -> None:
    if name == "columns by name" and not is_frame:
        pytest.skip("columns have no names")
    model = clone(MODELS[name]).fit(FRAME if is_frame else X, LABELS)
    fast = kernels.compile(model)
    for kind, rows in KINDS.items():
        if (name, kind) in BUGS:
            continue
        theirs, ours = outcome(model, rows), outcome(fast, rows)
        if isinstance(theirs, Exception) or isinstance(ours, Exception):
            assert type(ours) is type(theirs), (kind, ours, theirs)
        else:
            np.testing.assert_allclose(ours, theirs, rtol=1e-9, err_msg=kind)


def test_columns_of_the_same_name_are_refused() -> None:
    frame = FRAME[:2].set_axis(list("abcda"), axis=1)
    for name in ("network", "columns by index"):
        fast = kernels.compile(clone(MODELS[name]).fit(FRAME, LABELS))
        with pytest.raises(ValueError, match="X has columns of the same name: a"):
            fast.predict(frame)


def test_columns_are_remembered_only_where_they_were_right() -> None:
    fast = kernels.compile(clone(MODELS["scaler"]).fit(FRAME, LABELS))
    wrong = FRAME[:1][list("bacde")]
    for _ in range(3):
        fast.predict(FRAME[:1])
        with pytest.raises(ValueError, match="order of the fit"):
            fast.predict(wrong)


def test_messages_name_the_column() -> None:
    fast = kernels.compile(clone(MODELS["imputer"]).fit(FRAME, LABELS))
    with pytest.raises(ValueError, match="X contains infinity in column c"):
        fast.predict(with_value(np.inf, 2))
    fast = kernels.compile(clone(MODELS["columns by index"]).fit(X, LABELS))
    with pytest.raises(ValueError, match="X contains NaN in column 2"):
        fast.predict(with_value(np.nan, 2)[1:2])
