"""Whether compiled code may compute what scikit-learn's MLPs would.

It may not where methods or functions that decide the result are not scikit-learn's own, and where
scikit-learn computes with other dtypes, shapes or settings than compiled code does.
"""

from __future__ import annotations

import functools
import inspect
from collections.abc import Iterator
from typing import Any

import numpy as np
from sklearn.neural_network import _multilayer_perceptron as theirs

import kernels
from kernels.parts.activations.logistic import PART as LOGISTIC
from kernels.sklearn.models import OURS
from kernels.sklearn.overridden import is_compiled, is_from_scikit_learn
from kernels.sklearn.training.optimizers import COMPILED
from kernels.sklearn.training.run import REPLACED

BASE = theirs.BaseMultilayerPerceptron
METHODS = ("_fit_stochastic", "_fit_lbfgs", "_backprop", "_forward_pass_fast", "_unpack")
"""Methods of scikit-learn's MLPs that are replaced, or called, here."""
COMPUTING = (
    "_loss_grad_lbfgs",
    "_compute_loss_grad",
    "_forward_pass",
    "_update_no_improvement_count",
)
"""Methods that decide what a training computes, besides the replaced ones."""
FUNCTIONS = ("safe_sparse_dot", *REPLACED)
"""Names in scikit-learn's module that do."""
STEPS = ("_get_updates", "update_params")
"""Methods of its optimizers that do."""
DTYPES = (np.float32, np.float64)
OUTPUTS = {"log_loss": ("logistic", "softmax"), "squared_error": ("identity",), "poisson": ("exp",)}
"""The outputs for which scikit-learn's gradient is that of the loss."""
DENSE = 1 << 27
"""Numbers of a sparse X that are stored as a dense array, a gigabyte; above, it stays sparse."""


def why_not(mlp: Any, X: Any, y: Any = None, weights: Any = None) -> str | None:
    """The reason why scikit-learn's own methods must compute; None if compiled ones may.

    Parameters
    ----------
    mlp : an MLP with `coefs_`
    X, y, weights : samples, and targets (m, outputs) and weights to train with, after
        scikit-learn's checks
    """
    return why_not_at_all() or next(reasons(mlp, X, y, weights), None)


@functools.cache
def why_not_at_all() -> str | None:
    """The reason why nothing can be computed in compiled code here; None if it can."""
    parts = missing_parts()
    if parts:
        return f"this version of scikit-learn lacks {', '.join(parts)}"
    return kernels.missing("specialized")


def missing_parts() -> list[str]:
    """What this version of scikit-learn lacks of the private parts that are used here."""
    names = [f"BaseMultilayerPerceptron.{name}" for name in METHODS if not hasattr(BASE, name)]
    if not names and is_from_scikit_learn(BASE._fit_stochastic):  # else `foreign` tells
        code = BASE._fit_stochastic.__code__
        used = (*REPLACED, "_backprop", "_optimizer", "update_params")
        names = [f"{name} in _fit_stochastic" for name in used if name not in code.co_names]
        names += ["a _fit_stochastic without a closure"] * bool(code.co_freevars)
    return names


def reasons(mlp: Any, X: Any, y: Any, weights: Any) -> Iterator[str]:
    """The reasons that an MLP and its samples give."""
    for name in foreign(mlp):
        yield f"{name} is not scikit-learn's own"
    coefs = mlp.coefs_
    kinds = {array.dtype for array in (*coefs, *mlp.intercepts_)}
    if len(kinds) > 1 or coefs[0].dtype not in DTYPES:
        yield f"the weights are {' and '.join(sorted(map(str, kinds)))}"
    if X.dtype.itemsize > coefs[0].dtype.itemsize:
        yield f"X is {X.dtype}, and the weights are {coefs[0].dtype}"
    if X.shape[1] != len(coefs[0]) or (y is not None and y.shape[1] != len(mlp.intercepts_[-1])):
        yield "the samples are not of the shape that the network takes"
    if y is not None and np.size(mlp.hidden_layer_sizes) + 1 != len(coefs):
        yield f"hidden_layer_sizes is {mlp.hidden_layer_sizes}, and there are {len(coefs)} weights"
    if mlp.out_activation_ not in OUTPUTS[mlp.loss]:
        yield f"the loss {mlp.loss} of {mlp.out_activation_} outputs is not compiled"
    if hasattr(X, "toarray") and X.shape[0] * X.shape[1] > DENSE:
        yield f"X of shape {X.shape} is sparse, and too large for an array"
    if mlp.alpha != mlp.alpha:  # `partial_fit` checks no parameters of fitted MLPs
        yield "alpha is NaN"
    if mlp.solver == "sgd" and mlp.momentum >= 1:
        yield "compiled training takes a momentum below 1"
    if weights is not None and coefs[0].dtype == np.float32 and not fits(weights):
        yield "the weights of samples are no normal numbers of float32"


def foreign(mlp: Any) -> Iterator[str]:
    """The parts that compute and that are not scikit-learn's own, nor compiled ones."""
    kind = type(mlp)
    for name in (*METHODS, *COMPUTING):
        base, found = (inspect.getattr_static(one, name, None) for one in (BASE, kind))
        if not is_from_scikit_learn(base):
            yield f"{BASE.__name__}.{name}"
        own = name in vars(mlp) and not is_compiled(vars(mlp)[name])
        if own or not (found is base or is_compiled(found)):
            yield f"{kind.__name__}.{name}"
    for name in (mlp.activation, mlp.out_activation_):
        if name not in OURS or not is_from_scikit_learn(theirs.ACTIVATIONS[name]):
            yield f"the activation {name}"
    if not is_from_scikit_learn(theirs.DERIVATIVES[mlp.activation]):
        yield f"the derivative of {mlp.activation}"
    logistic = mlp.loss == "log_loss" and OURS.get(mlp.out_activation_) == LOGISTIC.name
    loss = "binary_log_loss" if logistic else mlp.loss
    if mlp.loss not in OUTPUTS or not is_from_scikit_learn(theirs.LOSS_FUNCTIONS[loss]):
        yield f"the loss {loss}"
    for name in FUNCTIONS:
        if not is_from_scikit_learn(getattr(theirs, name, None)):
            yield name
    for optimizer in COMPILED:
        for name in STEPS:
            if not is_from_scikit_learn(getattr(optimizer, name)):
                yield f"{optimizer.__name__}.{name}"


def why_not_go_on(mlp: Any) -> str | None:
    """The reason why compiled code cannot go on with an MLP's optimizer; None if it can."""
    optimizer = vars(mlp).get("_optimizer")
    if optimizer is not None and type(optimizer) not in (*COMPILED, *COMPILED.values()):
        return f"the optimizer {type(optimizer).__name__} is not scikit-learn's own"
    if getattr(optimizer, "momentum", 0) >= 1:
        return "compiled training takes a momentum below 1"
    return None


def fits(weights: Any) -> bool:
    """True if no weight of a sample is too large or too small for float32."""
    size, limits = np.abs(weights), np.finfo(np.float32)
    return bool(((size == 0) | ((size >= limits.tiny) & (size <= limits.max / len(size)))).all())
