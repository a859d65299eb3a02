"""Training through the common interface."""

from __future__ import annotations

import numpy as np
import pytest

import kernels


def test_diverging_training_is_returned_with_a_warning() -> None:
    network = kernels.Network.random((2, 2), seed=0)
    plan = kernels.plan(network, "batched")
    with pytest.warns(RuntimeWarning, match="not finite from iteration 0"):
        result = plan.train([[np.nan, 1.0]], [[0.0, 1.0]], 3, 0.25)
    assert np.isnan(result.cost).all()
    assert np.isnan(result.network.theta).any()
