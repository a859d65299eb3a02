"""Methods of compiled estimators are compiled code for a matrix of one row of finite numbers."""

from __future__ import annotations

import copy
import gc
import inspect
import os
import pickle
import sys
import tracemalloc
import weakref
from concurrent.futures import ThreadPoolExecutor
from types import BuiltinFunctionType
from typing import Any

import numpy as np
import pytest

import kernels
from kernels.codegen.python import objects
from kernels.network import Network
from kernels.sklearn.conversion import Converted
from kernels.sklearn.fitted import Compiled, CompiledClassifier, CompiledRegressor
from kernels.sklearn.samples import Samples
from tests.kernels.sklearn.estimators import classifier, regressor, samples

CALLS = int(os.environ.get("MLP_LADDER_CALLS", "1000"))
LABELS = np.arange(40) % 3
TARGETS: dict[str, Any] = {
    "two labels": LABELS > 0,
    "three labels": np.array(["no", "yes", "perhaps"])[LABELS],
    "labels that are objects": np.array(["no", "yes", "perhaps"], object)[LABELS],
    "one label": np.full(40, "only"),
    "several labels at once": np.eye(3, dtype=int)[LABELS],
    "one number": samples()[:, 0],
    "two numbers": samples(n=2),
}
NUMBERS = ("one number", "two numbers")


@pytest.fixture(autouse=True, scope="module")
def _unoptimised() -> None:
    """Nothing: the entries tested here are in no other networks' code."""


def fit(kind: str) -> Any:
    make = regressor if kind in NUMBERS else classifier
    return make().fit(samples(), TARGETS[kind])


def made(
    sizes: tuple[int, ...], classes: Any, dtype: str = "float64", kind: Any = CompiledClassifier
) -> Any:
    """A compiled classifier with random weights, which was never fitted."""
    activations = ("relu",) * (len(sizes) - 2) + ("softmax" if sizes[-1] > 1 else "logistic",)
    network = Network.centred(sizes, 1, activations)
    return kind(Converted(network, "MLPClassifier", "float64", np.array(classes)), dtype, 1, True)


def methods(fast: Any) -> list[str]:
    """The methods of a compiled estimator that take a matrix."""
    return [name for name in ("predict", "predict_proba") if hasattr(fast, name)]


def same(a: Any, b: Any) -> bool:
    """True if two arrays have the same dtype, shape and bits."""
    return (a.dtype, a.shape, a.tolist()) == (b.dtype, b.shape, b.tolist())


@pytest.mark.parametrize("kind", TARGETS)
def test_thousands_of_rows_agree_with_scikit_learn(kind: str) -> None:
    model, X = fit(kind), samples(2000, seed=1)
    fast = kernels.compile(model)
    for name in methods(fast):
        theirs, call = getattr(model, name)(X), getattr(fast, name)
        assert type(call) is BuiltinFunctionType
        ours = [call(X[k : k + 1]) for k in range(len(X))]
        first = getattr(model, name)(X[:1])
        assert {(one.dtype, one.shape) for one in ours} == {(first.dtype, first.shape)}
        if theirs.dtype.kind == "f":
            np.testing.assert_allclose(np.concatenate(ours), theirs, rtol=1e-12, atol=1e-14)
        else:
            assert np.array_equal(np.concatenate(ours), theirs)


@pytest.mark.parametrize("dtype", ["float64", "float32"])
@pytest.mark.parametrize("kind", TARGETS)
def test_compiled_code_and_python_agree_in_every_bit(
    kind: str, dtype: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    model, X = fit(kind), samples(50, seed=2).astype(dtype)
    fast = kernels.compile(model, dtype)
    monkeypatch.setattr(objects, "are_known", lambda: False)
    slow = kernels.compile(model, dtype)
    assert not any(name in vars(slow) for name in (*methods(slow), "one"))
    for row in X:
        for name in methods(fast):
            assert same(getattr(fast, name)(row[np.newaxis]), getattr(slow, name)(row[np.newaxis]))
        assert same(fast.one(row), slow.one(row))


@pytest.mark.parametrize("kind", TARGETS)
def test_python_is_not_asked(kind: str, monkeypatch: pytest.MonkeyPatch) -> None:
    fast = kernels.compile(fit(kind))

    def never(*_: Any) -> Any:
        raise AssertionError("Python prepared the sample")

    monkeypatch.setattr(Samples, "taken", never)
    X = samples(2)
    for name in methods(fast):
        getattr(fast, name)(X[:1])
        getattr(fast, name)(X=X[1:])
        with pytest.raises(AssertionError):
            getattr(fast, name)(X)
    out = np.empty(fast.network.sizes[-1])
    assert fast.one(x=X[0], out=out) is out


@pytest.mark.parametrize(
    "labels",
    [["a", "bcd"], [b"a", b"bcd"], [False, True], [1.5, 2.5], [1j, 2.0], np.array([3, -7], ">i4"),
     np.array([3, 300], np.int16), np.array(["2001-01-01", "2002-02-02"], "M8[D]"),
     np.array([None, ("a", 1)], object), np.array(["a", "b" * 50], np.dtypes.StringDType())],
    ids=lambda labels: str(np.asarray(labels).dtype),
)  # fmt: skip
def test_labels_of_any_dtype_are_copied(labels: Any) -> None:
    labels = np.array(labels)
    for outputs in (1, 2):
        fast = made((5, 4, outputs), labels)
        for row in samples(20):
            h = fast.one(row)
            chosen = int(h.argmax()) if outputs > 1 else int(h[0] > 0.5)
            found = fast.predict(row[np.newaxis])
            assert same(found, labels[chosen : chosen + 1])
            assert found.flags.owndata
            assert found.flags.writeable


def test_more_outputs_than_the_stack_has_room_for() -> None:
    fast = made((5, 4, 3000), np.arange(3000) * 2)
    for row in samples(20):
        X = row[np.newaxis]
        assert fast.predict(X) == 2 * fast.predict_proba(X).argmax()


@pytest.mark.parametrize("outputs", [1, 2, 9])
def test_the_greatest_output_is_the_first_or_not_a_number(outputs: int) -> None:
    """Huge weights make outputs equal, or infinite less infinite."""
    generator = np.random.default_rng(0)
    network = Network.centred((2, 3, outputs), 1, ("identity", "identity"))
    converted = Converted(network, "", "float64", np.arange(max(2, outputs)))
    fast = CompiledClassifier(converted, "float64", 1, True)
    lost = 0
    for _ in range(300):
        fast._plan.update(generator.choice([0.0, 1.0, 1e308, -1e308], network.theta.size))
        X = generator.choice([0.0, 1.0, 3e300, -3e300], (1, 2))
        h = fast.one(X[0])
        assert fast.predict(X) == (h.argmax() if outputs > 1 else int(h[0] > 0.5)), h
        lost += bool(np.isnan(h).any())
    assert 0 < lost < 300


@pytest.mark.parametrize("kind", TARGETS)
def test_what_is_no_row_of_finite_numbers_goes_to_python(kind: str) -> None:
    model = fit(kind)
    fast = kernels.compile(model)
    X = samples(4)
    for missing in (np.nan, np.inf, -np.inf):
        for place in range(5):
            row = X[:1].copy()
            row[0, place] = missing
            for name in methods(fast):
                with pytest.raises(ValueError, match="X contains"):
                    getattr(fast, name)(row)
    for name in methods(fast):
        call = getattr(fast, name)
        with pytest.raises(TypeError, match=f"{name}.*missing 1 required"):
            call()
        with pytest.raises(TypeError, match=f"{name}.*positional argument"):
            call(X, X)
        with pytest.raises(TypeError, match=f"{name}.*unexpected keyword"):
            call(Y=X)
    for wrong, out in ((X[0, :3], None), (X[0], np.empty(99))):
        with pytest.raises(ValueError, match="must have shape"):
            fast.one(wrong, out)


@pytest.mark.parametrize("kind", TARGETS)
def test_help_and_signature_are_the_methods(kind: str) -> None:
    fast = kernels.compile(fit(kind))
    for name in (*methods(fast), "one"):
        call, method = getattr(fast, name), getattr(type(fast), name)
        assert call.__name__ == name
        assert call.__doc__ == method.__doc__
        given = inspect.signature(method).parameters.values()
        expected = [one.replace(annotation=one.empty) for one in given if one.name != "self"]
        assert list(inspect.signature(call).parameters) == [one.name for one in expected]
        assert [one.default for one in inspect.signature(call).parameters.values()] == [
            one.default for one in expected
        ]


def test_an_overridden_method_is_not_replaced() -> None:
    class Mine(CompiledClassifier):
        def predict(self, X: Any) -> Any:
            return super().predict(X) + 10

    class Other(CompiledRegressor):
        def one(self, x: Any, out: Any = None) -> Any:
            return "one"

    model, X = fit("two labels"), samples()[:1]
    fast = made((5, 4, 3), np.arange(3), kind=Mine)
    assert fast.predict(X) == made((5, 4, 3), np.arange(3)).predict(X) + 10
    assert fast.predict(X.tolist()) == fast.predict(X)
    assert type(fast.predict_proba) is BuiltinFunctionType
    assert copy.copy(fast).predict(X) == fast.predict(X)
    found = Other(kernels.compile(model)._converted, "float64", 1, True)
    assert found.one(X[0]) == "one"
    assert type(found.predict) is BuiltinFunctionType


@pytest.mark.parametrize("kind", TARGETS)
def test_it_is_freed_at_once_and_its_methods_live_on(kind: str) -> None:
    model, X = fit(kind), samples(3)
    gc.collect()
    gc.disable()
    try:
        fast = kernels.compile(model)
        for name in methods(fast):
            getattr(fast, name)(X)
            getattr(fast, name)(X[:1])
        calls = [getattr(fast, name) for name in methods(fast)]
        kept = [(call, call(X), call(X[:1])) for call in calls]
        one, true = fast.one, fast.one(X[0])
        gone = weakref.ref(fast), weakref.ref(fast._plan)
        del fast
        assert gone[0]() is None
        for call, results, of_one in kept:
            assert np.array_equal(call(X), results)
            assert np.array_equal(call(X[:1]), of_one)
            copied = pickle.loads(pickle.dumps(call))
            assert same(copied(X[:1]), call(X[:1]))
        assert np.array_equal(one(X[0]), true)
        del one, kept, calls, call, copied
        assert gone[1]() is None
    finally:
        gc.enable()


@pytest.mark.parametrize("kind", TARGETS)
def test_calls_leak_nothing(kind: str) -> None:
    fast, many_calls = kernels.compile(fit(kind)), 3 * CALLS
    X, bad, listed = samples(1), np.full((1, 5), np.nan), samples(1).tolist()
    counted = [X, X.dtype, np.dtype(np.intp), None, listed]
    if kind not in NUMBERS:
        labels: Any = fast._converted.classes
        counted += [labels, labels.dtype, *labels.tolist()]

    def calls(count: int) -> None:
        for name in methods(fast):
            call = getattr(fast, name)
            for _ in range(count):
                call(X)
            for _ in range(count // 10):
                call(listed)
                with pytest.raises(ValueError, match="NaN"):
                    call(bad)

    calls(100)
    gc.collect()
    before = [sys.getrefcount(one) for one in counted]
    tracemalloc.start()
    try:
        calls(100)
        first = tracemalloc.get_traced_memory()[0]
        calls(many_calls)
        gc.collect()
        grown = tracemalloc.get_traced_memory()[0] - first
    finally:
        tracemalloc.stop()
    gc.collect()
    after = [sys.getrefcount(one) for one in counted]
    assert grown < 2 * many_calls  # bytes: nothing is as small
    assert max(abs(a - b) for a, b in zip(after, before, strict=True)) < many_calls / 20


def test_threads_get_their_own_results() -> None:
    model = fit("three labels")
    fast, X = kernels.compile(model), samples(200)
    true = fast.predict(X)

    def work(_: int) -> bool:
        return all(fast.predict(X[k : k + 1])[0] == true[k] for k in range(len(X)))

    with ThreadPoolExecutor(8) as pool:
        assert all(pool.map(work, range(16)))


def test_a_compiled_estimator_of_no_kind_has_no_entries() -> None:
    with pytest.raises(NotImplementedError):
        Compiled(made((5, 4, 3), np.arange(3))._converted, "float64", 1, True)
