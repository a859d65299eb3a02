"""scikit-learn: every network that its MLPs can be, and no other."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from sklearn.neural_network import MLPClassifier, MLPRegressor

import kernels
from kernels import Network

HIDDEN = ("identity", "logistic", "tanh", "relu")


@pytest.mark.parametrize("hidden", HIDDEN)
@pytest.mark.parametrize(
    ("output", "nodes"),
    [("softmax", 3), ("softmax", 5), ("logistic", 1), ("logistic", 4), ("identity", 1),
     ("identity", 3), ("exp", 1), ("exp", 3)],
)  # fmt: skip
def test_predictions_are_those_of_a_network_that_was_fitted(
    hidden: str, output: str, nodes: int
) -> None:
    """One that scikit-learn has trained itself, whose parameters the plan gets."""
    generator = np.random.default_rng(1)
    X = generator.standard_normal((60, 5))
    labels: Any = generator.integers(0, nodes, 60) if output == "softmax" else None
    options: dict[str, Any] = {
        "hidden_layer_sizes": (7, 4),
        "activation": hidden,
        "random_state": 3,
        "max_iter": 9,
    }
    if output in ("identity", "exp"):
        loss = "poisson" if output == "exp" else "squared_error"
        theirs = MLPRegressor(loss, **options)
        targets = generator.random((60, nodes))
        labels = targets if nodes > 1 else targets[:, 0]
    else:
        theirs = MLPClassifier(**options)
        if labels is None:
            labels = generator.integers(0, 2, (60, nodes) if nodes > 1 else 60)
    with pytest.warns(match="Maximum iterations"):
        theirs.fit(X, labels)
    assert theirs.out_activation_ == output
    network = Network([W.T for W in theirs.coefs_], theirs.intercepts_, (hidden, hidden, output))
    found = kernels.plan(network, "scikit-learn").forward_batch(X)
    if output in ("identity", "exp"):
        expected = theirs.predict(X).reshape(60, nodes)
    else:
        expected = theirs.predict_proba(X)[:, -nodes:]
    np.testing.assert_array_equal(found, expected)
    true = kernels.plan(network, "batched").forward_batch(X)
    np.testing.assert_allclose(found, true, rtol=1e-12, atol=1e-14)


@pytest.mark.parametrize(
    ("sizes", "activations"),
    [
        ((3, 4, 4, 3), ("relu", "tanh", "softmax")),
        ((3, 4, 3), ("elu", "softmax")),
        ((3, 4, 2), ("relu", "softmax")),
        ((3, 4, 3), ("relu", "tanh")),
        ((3, 4, 3), ("silu", "exp")),
    ],
)
def test_other_networks_are_refused(sizes: tuple[int, ...], activations: tuple[str, ...]) -> None:
    with pytest.raises(kernels.NotOfferedError, match="a network such as"):
        kernels.plan(Network.centred(sizes, 1, activations), "scikit-learn")
