"""OneHotEncoder and OrdinalEncoder: text and numbers, unknown categories, warnings."""

from __future__ import annotations

import warnings
from typing import Any

import numpy as np
import pandas as pd
import pytest
from sklearn.compose import ColumnTransformer
from sklearn.feature_selection import SelectKBest
from sklearn.impute import SimpleImputer
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import OneHotEncoder, OrdinalEncoder, StandardScaler

import kernels
from kernels.sklearn.lookups import Lookup
from tests.kernels.sklearn.estimators import classifier, samples

LABELS = np.arange(60) % 3
generator = np.random.default_rng(0)
FRAME = pd.DataFrame(
    {
        "city": generator.choice(["Rome", "Oslo", "Bern", "Lima"], 60, p=[0.5, 0.3, 0.1, 0.1]),
        "size": generator.choice([1, 2, 5], 60),
        "is_new": generator.choice([True, False], 60),
        "level": generator.choice([0.5, np.nan, 2.0], 60),
        "height": samples(60, 1).ravel(),
    }
)
FRAME.loc[0, "city"] = "Rome"
CODED = ["city", "size", "is_new", "level"]
NEW = FRAME.iloc[:3].assign(city=["Rome", "Ulm", "Pisa"])
GAPS = FRAME.assign(city=FRAME["city"].where(FRAME["height"] < 1))


def fitted(encoder: Any, frame: Any = FRAME) -> Any:
    parts = [("codes", encoder, CODED), ("number", StandardScaler(), ["height"])]
    return make_pipeline(ColumnTransformer(parts), classifier()).fit(frame, LABELS)


def outcome(call: Any, X: Any) -> tuple[Any, list[str]]:
    """The result or the error's class, and the warnings."""
    with warnings.catch_warnings(record=True) as found:
        warnings.simplefilter("always")
        try:
            result = call(X)
        except Exception as error:
            result = type(error)
    return result, [str(one.message) for one in found]


ENCODERS: dict[str, Any] = {
    "plain": OneHotEncoder(),
    "dense": OneHotEncoder(sparse_output=False),
    "first dropped": OneHotEncoder(drop="first"),
    "binary dropped": OneHotEncoder(drop="if_binary"),
    "ignored": OneHotEncoder(handle_unknown="ignore"),
    "ignored, dropped": OneHotEncoder(handle_unknown="ignore", drop="first"),
    "infrequent": OneHotEncoder(min_frequency=10, handle_unknown="infrequent_if_exist"),
    "infrequent, dropped": OneHotEncoder(
        max_categories=2, drop="first", handle_unknown="infrequent_if_exist"
    ),
    "warned": OneHotEncoder(handle_unknown="warn"),
    "infrequent, warned": OneHotEncoder(handle_unknown="warn", max_categories=3),
    "ordinal": OrdinalEncoder(encoded_missing_value=-1),
    "ordinal, unknown": OrdinalEncoder(
        handle_unknown="use_encoded_value", unknown_value=-7, encoded_missing_value=-1
    ),
    "ordinal, infrequent": OrdinalEncoder(
        max_categories=3,
        handle_unknown="use_encoded_value",
        unknown_value=9,
        encoded_missing_value=-2,
    ),
    "ordinal, NaN": OrdinalEncoder(),
}


@pytest.mark.parametrize("name", ENCODERS)
def test_results_errors_and_warnings_are_scikit_learns(name: str) -> None:
    encoder = ENCODERS[name]
    if name == "ordinal, NaN":
        encoder = make_pipeline(encoder, SimpleImputer(add_indicator=True))
    for frame in (FRAME, GAPS):
        if frame is GAPS and name.startswith("infrequent"):
            continue
        model = fitted(encoder, frame)
        fast = kernels.compile(model)
        reordered, wider = frame[["height", *CODED[::-1]]], frame.assign(other="x")
        for rows in (frame, frame[:1], frame[1:2], frame[::-1], NEW, NEW[:1], NEW[1:2],
                     reordered[5:6], wider[7:9]):  # fmt: skip
            theirs, their_warnings = outcome(model.predict_proba, rows)
            ours, our_warnings = outcome(fast.predict_proba, rows)
            if isinstance(theirs, type):
                assert ours is theirs
            else:
                np.testing.assert_allclose(ours, theirs, rtol=1e-11)
            assert our_warnings == their_warnings


def test_unknown_categories_are_named() -> None:
    fast = kernels.compile(fitted(OneHotEncoder()))
    with pytest.raises(ValueError, match=r"unknown categories \['Ulm', 'Pisa'\] in column 0"):
        fast.predict(NEW)
    with pytest.raises(ValueError, match=r"unknown categories \['Ulm'\] in column 0"):
        fast.predict(NEW[1:2])
    with pytest.raises(ValueError, match="X lacks columns: size"):
        fast.predict(FRAME.drop(columns="size"))
    with pytest.raises(ValueError, match="must be a DataFrame"):
        fast.predict(FRAME.to_numpy())


@pytest.mark.parametrize("strategy", ["most_frequent", "constant"])
@pytest.mark.parametrize("missing", [np.nan, None, "Lima"])
def test_missing_text_is_filled(strategy: str, missing: Any) -> None:
    cities: Any = FRAME[["city"]].astype(object).where(FRAME[["city"]] != "Lima", missing)
    encoder = make_pipeline(
        SimpleImputer(missing_values=missing, strategy=strategy, fill_value="none"),
        OneHotEncoder(),
    )
    cities = np.array(cities, object)
    model = make_pipeline(encoder, classifier()).fit(cities, LABELS)
    fast = kernels.compile(model)
    for rows in (cities, cities[:1], [[missing]], [["Oslo"], [missing]]):
        plain = np.array(rows, object)
        np.testing.assert_allclose(fast.predict_proba(rows), model.predict_proba(plain), rtol=1e-12)


def test_equal_numbers_are_one_category() -> None:
    rows = np.rint(samples(60, 2))
    model = make_pipeline(OneHotEncoder(handle_unknown="ignore"), classifier()).fit(rows, LABELS)
    fast = kernels.compile(model)
    expected = model.predict_proba([[1.0, 0.0]])
    for row in ([[1.0, 0.0]], [[1, 0]], [[True, False]], np.array([[1, 0]], np.int8),
                np.array([[1, 0.0]], object), pd.DataFrame([[1, 0.0]])):  # fmt: skip
        np.testing.assert_allclose(fast.predict_proba(row), expected, rtol=1e-12)
        np.testing.assert_allclose(fast.one(np.asarray(row)[0]), expected[0], rtol=1e-12)


def test_infinite_numbers_are_refused_though_unknown_ones_are_ignored() -> None:
    rows = np.rint(samples(60, 2))
    model = make_pipeline(OneHotEncoder(handle_unknown="ignore"), classifier()).fit(rows, LABELS)
    for call in (model.predict, kernels.compile(model).predict):
        with pytest.raises(ValueError, match="infinity"):
            call([[np.inf, 0]])


def test_a_step_that_makes_numbers_before_an_encoder_is_refused() -> None:
    rows = np.rint(samples(60, 2))
    model = make_pipeline(StandardScaler(), OneHotEncoder(), classifier()).fit(rows, LABELS)
    with pytest.raises(
        ValueError, match=r"step OneHotEncoder .* estimator: kernels.compile\(p\[1:"
    ):
        kernels.compile(model)


def test_text_filled_in_and_not_encoded_is_refused() -> None:
    rows = np.array([["1"], ["2"], [np.nan]] * 20, object)
    imputer = SimpleImputer(strategy="most_frequent")
    model = make_pipeline(imputer, StandardScaler(), classifier()).fit(rows, LABELS)
    with pytest.raises(ValueError, match=r"text filled in by SimpleImputer.*\. Instead"):
        kernels.compile(model)


GIVEN: dict[str, Any] = {
    "objects": lambda values: pd.Series(values, dtype=object),
    "string": lambda values: pd.array(values, "string"),
    "str": lambda values: pd.Series(values, dtype="str"),
}


@pytest.mark.parametrize("kind", GIVEN)
@pytest.mark.parametrize("filled", ["nothing", np.nan, None, pd.NA])
def test_missing_values_of_all_kinds(kind: str, filled: Any) -> None:
    encoder: Any = OneHotEncoder(handle_unknown="ignore")
    if not isinstance(filled, str):
        imputer = SimpleImputer(missing_values=filled, strategy="most_frequent")
        encoder = make_pipeline(imputer, encoder)
    for first in ("a", np.nan):
        known = pd.DataFrame({"q": GIVEN[kind]([first, *"abc" * 10])})
        model = make_pipeline(ColumnTransformer([("q", encoder, ["q"])]), classifier())
        try:
            model.fit(known, np.arange(len(known)) % 2)
        except (TypeError, ValueError):
            continue
        fast = kernels.compile(model)
        for values in (["a", np.nan], ["a", None], ["a", pd.NA], [np.nan], [None], [pd.NA]):
            rows = pd.DataFrame({"q": GIVEN[kind](values)})
            theirs, _ = outcome(model.predict_proba, rows)
            ours, _ = outcome(fast.predict_proba, rows)
            if isinstance(theirs, type):
                assert ours is theirs, values
            else:
                np.testing.assert_allclose(ours, theirs, rtol=1e-11)


@pytest.mark.parametrize("dtype", ["Int64", "Float64", "boolean"])
def test_na_among_numbers_is_nan(dtype: Any) -> None:
    known = pd.DataFrame({"q": pd.array([0, 1, pd.NA] * 10, dtype)})
    encoder = OneHotEncoder(handle_unknown="ignore")
    model = make_pipeline(ColumnTransformer([("q", encoder, ["q"])]), classifier())
    model.fit(known, np.arange(30) % 2)
    fast = kernels.compile(model)
    for rows in (known[:3], known[2:3], known[:1]):
        np.testing.assert_allclose(fast.predict_proba(rows), model.predict_proba(rows), rtol=1e-11)


@pytest.mark.parametrize(
    "first", [SimpleImputer(missing_values=0, strategy="most_frequent"), SelectKBest(k=2)]
)
def test_nan_is_refused_where_a_step_before_the_encoder_takes_none(first: Any) -> None:
    rows = np.abs(np.rint(samples(60, 2)))
    encoder = OneHotEncoder(handle_unknown="ignore")
    model = make_pipeline(first, encoder, classifier()).fit(rows, LABELS)
    fast = kernels.compile(model)
    for call in (model.predict, fast.predict):
        with pytest.raises(ValueError, match="contains NaN"):
            call([[np.nan, 1.0]])
    np.testing.assert_allclose(fast.predict_proba(rows), model.predict_proba(rows), rtol=1e-11)


def test_lookups_that_cannot_be_are_refused() -> None:
    given: dict[str, Any] = {"keys": ("a",), "codes": (0.0,), "action": "error"}
    for field, value, error in (
        ("codes", (0.0, 1.0), ValueError),
        ("keys", ([],), TypeError),
        ("action", "guess", ValueError),
    ):
        with pytest.raises(error):
            Lookup(0, 0, 0, nan=None, unknown=0.0, **(given | {field: value}))


def test_filled_text_may_be_dropped() -> None:
    rows = FRAME[["city", "is_new", "height"]].astype({"is_new": str}).to_numpy(object)
    columns = ColumnTransformer([("a", OneHotEncoder(), [0]), ("b", StandardScaler(), [2])])
    imputer = SimpleImputer(strategy="most_frequent")
    model = make_pipeline(imputer, columns, classifier()).fit(rows, LABELS)
    fast = kernels.compile(model)
    for some in (rows, rows[:1]):
        np.testing.assert_allclose(fast.predict_proba(some), model.predict_proba(some), rtol=1e-11)
    model.set_params(simpleimputer__missing_values=None).fit(rows, LABELS)
    with pytest.raises(ValueError, match=r"missing_values=None .* in numbers\. Instead, with"):
        kernels.compile(model)
