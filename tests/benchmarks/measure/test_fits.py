"""Fits that are timed are compared with scikit-learn's before."""

from __future__ import annotations

import copy
from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from benchmarks.measure import fits
from benchmarks.measure.fits import COMPILED, FITS, SCIKIT
from kernels.proof import gate

SHORT = {"max_iter": 2}
pytestmark = pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")


@pytest.mark.parametrize("name", FITS)
def test_every_task_is_made_and_checked(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(FITS, name, replace(FITS[name], options=FITS[name].options | SHORT))
    found = [fits.prepare(name, contender) for contender in (SCIKIT, COMPILED)]
    (_, theirs), (call, ours) = found
    assert theirs["error"] == 0
    assert ours["error"] < 1e-12
    assert ours["accuracy_percent"] == theirs["accuracy_percent"]
    own: Any = call.function if FITS[name].method == "partial_fit" else call.arguments[0]
    assert type(own.__self__).__module__.startswith(
        "sklearn" if FITS[name].method == "search" else "kernels"
    )


def fitted(name: str, contender: str) -> Any:
    fit = FITS[name]
    function, arguments, own = fits.work(replace(fit, options=fit.options | SHORT), contender)
    function(*arguments)
    return own


def test_other_results_are_not_timed() -> None:
    one = fitted("iris-32", COMPILED)
    other = copy.deepcopy(one)
    assert fits.distance(one, other) == 0
    other.coefs_[0][0, 0] += 1e-3
    with pytest.raises(gate.GateError, match=r"off by 0\.001 after 2 passes"):
        fits.distance(one, other)
    other.coefs_[0][0, 0] = np.nan
    with pytest.raises(gate.GateError, match="off by nan"):
        fits.distance(one, other)
    other = copy.deepcopy(one)
    other.n_iter_ = 3
    with pytest.raises(gate.GateError, match="after 2 passes, allowed 1e-06 after 3"):
        fits.distance(one, other)


def test_other_scores_of_a_search_are_not_timed() -> None:
    one = fitted("search", COMPILED)
    other = copy.deepcopy(one)
    assert fits.distance(one, other) == 0
    other.cv_results_["mean_test_score"][0] += 0.1
    with pytest.raises(gate.GateError, match="scores"):
        fits.distance(one, other)
