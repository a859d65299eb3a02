"""Files of compiled estimators: what is saved is loaded, and nothing else is."""

from __future__ import annotations

import io
import json
import pickle
import warnings
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

import kernels
from kernels.sklearn import fitted
from tests.kernels.sklearn.estimators import classifier, regressor, samples
from tests.running import python

X = samples()
TABLE = pd.DataFrame(X, columns=["länge", "b", "c", "d", "e"])


def labelled(labels: Any) -> Any:
    y = np.array(labels)[np.arange(len(X)) % len(labels)]
    return classifier().fit(X, y)


FITTED: dict[str, Any] = {
    "integers": lambda: labelled([3, 10, 700]),
    "bools": lambda: labelled([False, True]),
    "text": lambda: labelled(["no", "yes", "ä\x00b"]),
    "objects": lambda: labelled(np.array(["a", "bcd"], object)),
    "floats": lambda: labelled(np.array([0, 1], np.float32)),
    "one": lambda: labelled(["only"]),
    "several": lambda: classifier().fit(X, (X[:, :3] > 0).astype(int)),
    "regression": lambda: regressor().fit(X, X[:, 0]),
    "outputs": lambda: regressor(activation="tanh").fit(X, X[:, :2]),
    "names": lambda: classifier().fit(TABLE, np.arange(len(X)) % 2),
    "float32": lambda: regressor().fit(X.astype(np.float32), X[:, 0]),
}


def same(ours: Any, theirs: Any) -> None:
    """Assert that two compiled estimators give the same to the last bit."""
    assert repr(ours) == repr(theirs)
    names = [name for name in ("predict", "predict_proba", "predict_log_proba")
             if hasattr(theirs, name)]  # fmt: skip
    for rows in (X, X[:1], X.astype(np.float32), TABLE):
        for name in names:
            found, expected = getattr(ours, name)(rows), getattr(theirs, name)(rows)
            assert found.dtype == expected.dtype
            np.testing.assert_array_equal(found, expected)
    np.testing.assert_array_equal(ours.one(X[0]), theirs.one(X[0]))
    assert ours.network == theirs.network
    if hasattr(theirs, "classes_"):
        assert ours.classes_.dtype == theirs.classes_.dtype
        assert [type(one) for one in ours.classes_] == [type(one) for one in theirs.classes_]


@pytest.mark.parametrize("make", FITTED.values(), ids=FITTED)
def test_what_is_saved_is_loaded(make: Any, tmp_path: Path) -> None:
    compiled = kernels.compile(make())
    compiled.save(tmp_path / "m.npz")
    found = kernels.load(tmp_path / "m.npz")
    assert type(found) is type(compiled)
    same(found, compiled)
    found.save(tmp_path / "again.npz")
    assert (tmp_path / "again.npz").read_bytes() == (tmp_path / "m.npz").read_bytes()
    assert sorted(file.name for file in tmp_path.iterdir()) == ["again.npz", "m.npz"]


def test_options_names_and_shift_are_kept(tmp_path: Path) -> None:
    from sklearn.pipeline import make_pipeline
    from sklearn.preprocessing import StandardScaler

    far = TABLE + 1e6
    model = make_pipeline(StandardScaler(), classifier()).fit(far, np.arange(len(X)) % 3)
    compiled = kernels.compile(model, "float32", 2, check_finite=False)
    compiled.save(tmp_path / "m.npz")
    found = kernels.load(tmp_path / "m.npz")
    same(found, compiled)
    assert found.network.shift is not None
    np.testing.assert_array_equal(found.feature_names_in_, TABLE.columns)
    assert found._arguments[1:] == ("float32", 2, False)
    np.testing.assert_array_equal(found.predict_proba(far), compiled.predict_proba(far))
    with pytest.raises(ValueError, match="column"):
        found.predict(far.rename(columns={"b": "B"}))


WITHOUT = """
import sys
class Blocked:
    def find_spec(self, name, *_):
        if name.split(".")[0] in ("sklearn", "scipy", "pandas", "joblib"):
            raise ImportError(f"{name} was asked for")
sys.meta_path.insert(0, Blocked())
import numpy as np
import kernels
fast = kernels.load(sys.argv[1])
X = np.load(sys.argv[2])
y = fast.predict(X)
assert fast.score(X, y) == 1 and fast.predict(X[:1]).shape == y[:1].shape
assert fast.fit is not None and fast.get_params() == {} and fast._repr_html_() is None
np.save(sys.argv[3], fast.predict_proba(X) if hasattr(fast, "predict_proba") else y)
fast.save(sys.argv[4])
"""


@pytest.mark.parametrize("make", [FITTED["text"], FITTED["outputs"]])
def test_a_file_is_enough_where_scikit_learn_cannot_be_imported(make: Any, tmp_path: Path) -> None:
    compiled = kernels.compile(make())
    files = [tmp_path / name for name in ("m.npz", "X.npy", "h.npy", "again.npz")]
    compiled.save(files[0])
    np.save(files[1], X)
    result = python("-c", WITHOUT, *map(str, files))
    assert result.returncode == 0, result.stderr
    method = getattr(compiled, "predict_proba", compiled.predict)
    np.testing.assert_array_equal(np.load(files[2]), method(X))
    assert files[3].read_bytes() == files[0].read_bytes()


def test_what_cannot_be_kept_without_pickling_is_refused(tmp_path: Path) -> None:
    arguments: Any = kernels.compile(labelled([0, 1]))._arguments
    converted, *rest = arguments
    for labels in ([object(), object()], [(1, 2), b"b"], [1, 2j]):
        classes = np.empty(2, object)
        classes[:] = labels
        odd = fitted.make(replace(converted, classes=classes), *rest)
        with pytest.raises(TypeError, match=r"classes\.\d cannot be kept without pickling"):
            odd.save(tmp_path / "m.npz")

    class Own(fitted.CompiledClassifier):
        pass

    with pytest.raises(
        TypeError, match=r"only what kernels\.compile returns can be saved, got a Ow"
    ):
        Own(converted, *rest).save(tmp_path / "m.npz")
    assert not list(tmp_path.iterdir())


def test_an_error_of_saving_names_the_file(tmp_path: Path) -> None:
    compiled = kernels.compile(labelled([0, 1]))
    with pytest.raises(OSError, match=r"No such file.*nowhere"):
        compiled.save(tmp_path / "nowhere" / "m.npz")
    with pytest.raises(OSError, match="No such file"):
        kernels.load(tmp_path / "m.npz")


# --- files that hold something else -------------------------------------------------------------


def archive(**arrays: Any) -> bytes:
    file = io.BytesIO()
    np.savez(file, **arrays)
    return file.getvalue()


@pytest.fixture(scope="module")
def good(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    """The entries of a good file."""
    path = tmp_path_factory.mktemp("files") / "m.npz"
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        kernels.compile(labelled(["a", "b", "c"])).save(path)
    with np.load(path) as found:
        return dict(found)


def refused(content: bytes, tmp_path: Path, message: str) -> None:
    path = tmp_path / "file.npz"
    path.write_bytes(content)
    with pytest.raises(
        ValueError, match=r"file.npz does not hold a compiled estimator or module: .*" + message
    ):
        kernels.load(path)


def test_files_of_networks_and_of_estimators_are_told_apart(tmp_path: Path) -> None:
    compiled = kernels.compile(labelled([0, 1]))
    compiled.save(tmp_path / "m.npz")
    compiled.network.save(tmp_path / "n.npz")
    with pytest.raises(ValueError, match=r"compiled estimator, which kernels\.load reads"):
        kernels.Network.load(tmp_path / "m.npz")
    with pytest.raises(ValueError, match=r"a network, which kernels\.Network\.load reads"):
        kernels.load(tmp_path / "n.npz")


def test_other_files_are_explained(good: dict[str, Any], tmp_path: Path) -> None:
    refused(b"hello", tmp_path, "it is no .npz file")
    refused(b"", tmp_path, "")
    refused(pickle.dumps({"a": 1}), tmp_path, "it is no .npz file")
    refused(archive(a=1), tmp_path, "it holds something else")
    refused(archive(**good)[:-30], tmp_path, "")
    refused(archive(**good | {"estimator_format": 2}), tmp_path, "format 2, expected 1 to 1: a new")
    refused(archive(**good | {"estimator_format": "1"}), tmp_path, "format must be an integer")
    refused(archive(estimator_format=1), tmp_path, "'description is not a file")
    for text in ("{", "[]", "null", "3", '{"network": 1}', '{"a": 1, "b": 2}', '{"__init__": []}',
                 '{"dataclass": ["Path", {}]}', '{"dataclass": ["Kept", {}]}',
                 "[" * 100_000):  # fmt: skip
        refused(archive(**good | {"description": text}), tmp_path, "")
    objects = np.array([pickle.loads], object)
    name = "estimator.converted.classes"
    refused(archive(**good | {name: objects}), tmp_path, "")


DAMAGES: dict[str, tuple[str, Any, str]] = {
    "dtype": ("dtype", "float16", "dtype must be one of"),
    "dtype of another kind": ("dtype", 3, "dtype: expected str, got 3"),
    "threads": ("threads", 0, "threads must be at least 1"),
    "threads that are text": ("threads", "1", "threads: expected int"),
    "threads that are true": ("threads", True, "threads: expected int"),
    "check_finite": ("check_finite", None, "check_finite: expected bool"),
    "unknown field": ("other", None, "Kept has no other"),
    "no network": ("converted", None, "converted: expected Converted, got None"),
}


@pytest.mark.parametrize(("name", "value", "message"), DAMAGES.values(), ids=DAMAGES)
def test_wrong_fields(
    name: str, value: Any, message: str, good: dict[str, Any], tmp_path: Path
) -> None:
    description = json.loads(good["description"].item())
    description["dataclass"][1][name] = value
    refused(archive(**good | {"description": json.dumps(description)}), tmp_path, message)


CONVERTED: dict[str, tuple[str, Any, str]] = {
    "multilabel": ("multilabel", 1, "multilabel: expected bool"),
    "source": ("source", 3, "source: expected str, got 3"),
    "a list of JSON": ("source", ["a"], "source: expected a value, got a list"),
    "no labels": ("classes", {"objects": [[2], "a", "b"]}, "3 outputs do not fit labels of shape"),
    "labels that are text": ("classes", "abc", "classes: expected"),
    "odd shape": ("classes", {"objects": [[4], "a"]}, "classes: cannot reshape"),
    "dtype": ("dtype", "float128", "dtype must be one of"),
    "network": ("network", {"network": [[5, 8, 3], "x", [], None]}, "network: .*x is not a file"),
}


@pytest.mark.parametrize(("name", "value", "message"), CONVERTED.values(), ids=CONVERTED)
def test_wrong_fields_of_what_was_converted(
    name: str, value: Any, message: str, good: dict[str, Any], tmp_path: Path
) -> None:
    description = json.loads(good["description"].item())
    description["dataclass"][1]["converted"]["dataclass"][1][name] = value
    refused(archive(**good | {"description": json.dumps(description)}), tmp_path, message)


def test_wrong_parameters(good: dict[str, Any], tmp_path: Path) -> None:
    theta = good["estimator.converted.network.theta"]
    for wrong in (theta[:-1], theta + np.nan, theta.astype(complex), theta.astype("U")):
        content = good | {"estimator.converted.network.theta": wrong}
        refused(archive(**content), tmp_path, "converted: network: theta must")


def test_every_damaged_byte_gives_the_estimator_or_is_explained(
    good: dict[str, Any], tmp_path: Path
) -> None:
    content = archive(**good)
    path = tmp_path / "file.npz"
    for place in range(0, len(content), 7):
        damaged = bytearray(content)
        damaged[place] ^= 0xFF
        path.write_bytes(damaged)
        try:
            kernels.load(path)
        except ValueError as error:
            assert "does not hold a compiled estimator" in str(error)  # noqa: PT017


EXCHANGED: list[Any] = [
    None, True, -1, 10**30, "a", [], {}, {"tuple": []}, {"float": "x"}, {"scalar": ["<f8", 1]},
    {"array": "estimator.converted.classes"}, {"dict": [[[], 1]]}, {"objects": [[1], None]},
    {"dtype": "O"},
]  # fmt: skip


def test_any_exchanged_value_gives_an_estimator_or_is_explained(
    good: dict[str, Any], tmp_path: Path
) -> None:
    description, path = good["description"].item(), tmp_path / "file.npz"
    for place in places(json.loads(description)):
        for value in EXCHANGED:
            content = json.loads(description)
            inner = content
            for key in place[:-1]:
                inner = inner[key]
            inner[place[-1]] = value
            path.write_bytes(archive(**good | {"description": json.dumps(content)}))
            try:
                found = kernels.load(path)
            except ValueError as error:
                assert "does not hold a compiled estimator" in str(error)  # noqa: PT017
                continue
            try:  # by a description of other samples, it may refuse these
                assert len(found.predict(X)) == len(X)
            except (TypeError, ValueError) as error:
                assert str(error).startswith("X ")  # noqa: PT017


def places(content: Any, before: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    """The keys that lead to every value in an object of JSON."""
    inner = content.items() if isinstance(content, dict) else enumerate(content)
    for key, value in inner:
        yield (*before, key)
        if isinstance(value, dict | list):
            yield from places(value, (*before, key))
