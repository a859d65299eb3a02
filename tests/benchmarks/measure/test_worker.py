"""A timed call must read its input each time, whatever a library makes of NaN."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from benchmarks.measure import worker
from benchmarks.measure.timing import Call
from kernels.proof.gate import GateError


def doubled(X: Any, out: Any) -> Any:
    return np.multiply(X, 2, out=out)


def without_nan(X: Any, out: Any) -> Any:
    """As XLA's relu does in large batches."""
    out[:] = np.fmax(X, 0)
    return out


def saturated(X: Any, out: Any) -> Any:
    """The same for all numbers, as where every sigmoid is 1 to the last digit."""
    out[:] = np.where(np.isnan(X), X, 1)
    return out


@pytest.mark.parametrize("function", [doubled, without_nan, saturated])
def test_a_call_that_reads_its_input_passes_and_has_it_back(function: Any) -> None:
    X = np.array([1.0, -2.0, 3.0])
    worker.check_input_is_read(Call(function, (X, np.empty(3))))
    assert X.tolist() == [1.0, -2.0, 3.0]


def test_a_call_that_returns_its_last_result_fails() -> None:
    X, last = np.ones(3), np.full(3, 2.0)
    with pytest.raises(GateError, match="does not see that its input has changed"):
        worker.check_input_is_read(Call(lambda *_: last, (X,)))
    assert X.tolist() == [1.0] * 3
