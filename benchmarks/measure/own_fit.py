"""A library that trains by its own `fit`, timed as its users call it.

scikit-learn's shuffles, penalty and Adam are those of `Plan.train` with a RandomState, so the same
weights come out (`tests/kernels/test_batches.py`); here its time is taken.
"""

from __future__ import annotations

import warnings
from typing import Any

import numpy as np

from benchmarks.measure.arrays import Array
from benchmarks.measure.question import Question
from kernels import NotOfferedError
from kernels.parts.activations.identity import PART as IDENTITY
from kernels.parts.optimizers import SGD

KERNELS = ("scikit-learn",)
"""The kernels that train so."""
LIBRARY = "scikit-learn"


def fit(asked: Question, X: Array, Y: Array, passes: int) -> Any:
    """The network of a question, trained for so many passes from scikit-learn's own start.

    Raises NotOfferedError for networks and optimizers that scikit-learn does not have.
    """
    import sklearn
    from sklearn.exceptions import ConvergenceWarning
    from sklearn.neural_network import MLPClassifier, MLPRegressor

    assert asked.stepping is not None
    what, optimizer = asked.architecture, asked.stepping.make()
    *hidden, last = what.functions
    if len(set(hidden)) > 1 or not all(LIBRARY in f.libraries for f in what.functions):
        raise NotOfferedError(f"a network such as {what} is not offered by kernel {LIBRARY}")
    if LIBRARY not in optimizer.libraries or asked.dtype != str(X.dtype):
        raise NotOfferedError(f"{optimizer} is not offered by kernel {LIBRARY}")
    kind, targets = MLPRegressor, Y.ravel() if what.sizes[-1] == 1 else Y
    if what.objective.canonical and last.over_nodes:
        kind, targets = MLPClassifier, Y.argmax(axis=1)
    elif last is not IDENTITY or what.objective.canonical:
        raise NotOfferedError(f"a network such as {what} is not offered by kernel {LIBRARY}")
    options: dict[str, Any] = {"solver": optimizer.libraries[LIBRARY]}
    if isinstance(optimizer, SGD):
        options |= {"momentum": optimizer.momentum, "nesterovs_momentum": optimizer.nesterov}
    model = kind(
        hidden_layer_sizes=what.sizes[1:-1],
        activation=hidden[0].libraries[LIBRARY] if hidden else "identity",
        alpha=asked.stepping.l2,
        batch_size=asked.stepping.size(len(X)),
        learning_rate_init=optimizer.learning_rate,
        max_iter=passes,
        shuffle=asked.stepping.batch_size is not None,
        tol=0.0,
        n_iter_no_change=passes + 1,
        random_state=0,
        **options,
    )
    with sklearn.config_context(assume_finite=True), warnings.catch_warnings():
        warnings.simplefilter("ignore", ConvergenceWarning)
        return model.fit(X, targets)


def samples_of_classes(asked: Question) -> tuple[Array, Array]:
    """The samples of a question, with every class among the targets."""
    X, Y = asked.samples(asked.network)
    if asked.architecture.functions[-1].over_nodes:
        count = min(len(Y), asked.sizes[-1])
        Y[:count] = np.eye(asked.sizes[-1], dtype=Y.dtype)[:count]
    return X, Y
