"""Training by a library that cannot minimise the squared error, timed on the library's own loss.

scikit-learn's MLPClassifier trains on the log-loss only. Its training is not an operation of the
common interface, since no result of it could be compared with J of §4.2.
"""

from __future__ import annotations

import warnings

import numpy as np

from benchmarks.measure.arrays import Array
from kernels import Network, NotOfferedError, Plan
from kernels.parts.activations.identity import PART as IDENTITY

KERNELS = ("scikit-learn",)
"""The kernels that offer no `train`, since their library minimises another loss."""


def minimised(plan: Plan) -> str:
    """The loss that the library minimises, in words."""
    of_numbers = plan.architecture.functions[-1] is IDENTITY
    return "the squared loss, its mean over the outputs" if of_numbers else "the log-loss"


def train(plan: Plan, X: Array, Y: Array, iterations: int, alpha: float) -> Network:
    """Full-batch gradient descent by scikit-learn, from the plan's parameters.

    Parameters
    ----------
    plan : of kernel "scikit-learn"; it stays as it is
    X : (m, s_1), in the plan's dtype, or in float64 if the network has a shift
    Y : (m, s_L), for classes rounded to 0 and 1
    iterations : number of passes over the data, one step each
    alpha : step size

    Returns
    -------
    Network
        With the parameters after the last step.

    Raises
    ------
    NotOfferedError
        If there is a class without a sample.
    """
    import sklearn
    from sklearn.exceptions import ConvergenceWarning

    from kernels.peers import scikit_learn

    network = plan.network
    start = scikit_learn.fitted(plan.architecture, plan.dtype)
    classifier = scikit_learn.with_parameters(start, network.theta.astype(plan.dtype))
    classifier.set_params(
        solver="sgd",
        learning_rate_init=alpha,
        momentum=0.0,
        alpha=0.0,
        batch_size=len(X),
        shuffle=False,
        max_iter=iterations,
        n_iter_no_change=iterations + 1,
        warm_start=True,
    )
    if network.shift is not None:
        X = (X - network.shift).astype(plan.dtype)
    output = plan.architecture.functions[-1]
    if output is not IDENTITY:
        Y = Y.argmax(axis=1) if output.over_nodes else np.rint(Y).astype(int)
        if output.over_nodes and len(np.unique(Y)) < network.sizes[-1]:
            raise NotOfferedError("scikit-learn goes on training only with samples of every class")
    with sklearn.config_context(assume_finite=True), warnings.catch_warnings():
        warnings.simplefilter("ignore", ConvergenceWarning)
        classifier.fit(X, Y.ravel() if network.sizes[-1] == 1 else Y)
    weights = [weight.T for weight in classifier.coefs_]
    return Network(weights, classifier.intercepts_, network.activations, network.shift)
