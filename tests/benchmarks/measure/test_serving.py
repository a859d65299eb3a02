"""Contenders that serve a fitted scikit-learn network."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from benchmarks.measure import serving
from kernels.proof import gate


@pytest.mark.parametrize("data", serving.DATA)
def test_every_data_set_is_served(data: str) -> None:
    task: dict[str, Any] = {"serving": {"data": data, "hidden": [4], "activation": "relu"}}
    for kernel, count in (("scikit-learn", 3), ("compiled", 3), ("compiled.one", 1)):
        call, facts = serving.prepare(task | {"kernel": kernel, "rows": count})
        assert np.isfinite(call.function(*call.arguments)).all()
        assert facts["error"] < 1e-9


def test_a_wrong_contender_is_not_timed(monkeypatch: pytest.MonkeyPatch) -> None:
    wrong = (None, lambda rows: np.full((len(rows), 3), 0.5))
    monkeypatch.setattr(serving, "made", lambda *_: wrong)
    task = {"serving": {"data": "iris", "hidden": [4], "activation": "relu"}}
    with pytest.raises(gate.GateError, match="compiled is off by"):
        serving.prepare(task | {"kernel": "compiled", "rows": 1})
