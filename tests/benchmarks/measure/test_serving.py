"""Contenders that serve a fitted scikit-learn network."""

from __future__ import annotations

import numpy as np
import pytest

from benchmarks.measure import serving
from benchmarks.measure.serving_question import DATA, ServingQuestion
from kernels.proof import gate


@pytest.mark.parametrize("data", DATA)
def test_every_data_set_is_served(data: str) -> None:
    for kernel, count in (("scikit-learn", 3), ("compiled", 3), ("compiled.one", 1)):
        call, facts = serving.prepare(ServingQuestion(data, (4,), rows=count), kernel)
        assert np.isfinite(call.function(*call.arguments)).all()
        assert facts["error"] < 1e-9


def test_a_wrong_contender_is_not_timed(monkeypatch: pytest.MonkeyPatch) -> None:
    wrong = (None, lambda rows: np.full((len(rows), 3), 0.5))
    monkeypatch.setattr(serving, "calls", lambda *_: wrong)
    with pytest.raises(gate.GateError, match="compiled is off by"):
        serving.prepare(ServingQuestion("iris", (4,)), "compiled")
