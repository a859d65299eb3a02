"""scikit-learn's MLPs, of which training and prediction run compiled.

Parameters, attributes, warnings, errors and random numbers are scikit-learn's, because its own
classes stay in charge: only the methods that compute are replaced. They belong to no public
interface. Where a version of scikit-learn lacks one, and wherever compiled code could compute
something else than scikit-learn would, scikit-learn's own method runs, and a warning says so once.
"""

from __future__ import annotations

import functools
import inspect
import warnings
from typing import Any
from weakref import WeakKeyDictionary

import numpy as np
from sklearn import neural_network
from sklearn.neural_network import _multilayer_perceptron as theirs
from sklearn.utils.metaestimators import available_if

import kernels
from kernels.sklearn.models import OURS
from kernels.sklearn.overridden import is_from_scikit_learn
from kernels.sklearn.training.again import Again
from kernels.sklearn.training.course import COMPILED, REPLACED, Course
from kernels.sklearn.training.plans import (
    MOST_PLANS,
    Shape,
    packed,
    predicting,
    usual_threads,
    weight_count,
)
from kernels.support import callers
from kernels.support.checks import Array

BASE = theirs.BaseMultilayerPerceptron
METHODS = ("_fit_stochastic", "_loss_grad_lbfgs", "_backprop", "_forward_pass_fast", "_unpack")
"""Methods of scikit-learn's MLPs that are replaced, or called, here."""
COMPUTING = ("_backprop", "_compute_loss_grad", "_forward_pass", "_update_no_improvement_count")
"""Methods that decide what a training computes, besides the replaced ones."""
DENSE = 1 << 27
"""Numbers of a sparse X that are stored as a dense array, a gigabyte; above, it stays sparse."""
WORTH_COMPILING = 1 << 20
"""Multiply-adds of a prediction from which on code is compiled for it: NumPy takes 0.5 ms."""
COURSES: WeakKeyDictionary[Any, Course] = WeakKeyDictionary()
"""The compiled training of each estimator, as long as it lives."""
AGAIN: WeakKeyDictionary[Any, Again] = WeakKeyDictionary()
"""What the last `partial_fit` of each estimator has found out about its arguments."""
SAID: set[str] = set()
"""Reasons of `why_not` that were told."""


class Compiled:
    """The methods of scikit-learn's MLPs that compute, compiled."""

    def _fit_stochastic(self: Any, X: Any, *others: Any) -> None:
        reason = why_not(self, X)
        if reason is not None:
            if self.activation in theirs.ACTIVATIONS:  # else scikit-learn raises an error
                say_once(reason)
            super()._fit_stochastic(X, *others)  # type: ignore[misc]
            return
        optimizer = vars(self).get("_optimizer")
        if type(optimizer) in COMPILED:  # of a training by scikit-learn's own method
            optimizer.__class__ = COMPILED[type(optimizer)]
        course_of(self).run(self, BASE._fit_stochastic, X, *others)

    def _loss_grad_lbfgs(
        self: Any, packed_coef_inter: Array, X: Any, y: Any, *others: Any
    ) -> tuple[float, Array]:
        if why_not(self, X) is not None:
            found: tuple[float, Array] = super()._loss_grad_lbfgs(  # type: ignore[misc]
                packed_coef_inter, X, y, *others
            )
            return found
        self._unpack(packed_coef_inter)
        course = course_of(self)
        given = course.arrays(X, y, others[0])
        loss, gradient = course.cost(self.coefs_ + self.intercepts_, self.alpha, *given)
        return loss, np.concatenate([one.ravel() for one in gradient])

    def _forward_pass_fast(self: Any, X: Any, check_input: bool = True) -> Array:
        if check_input:
            X = validated(self, X)
        shape = Shape.of(self)
        work = X.shape[0] * weight_count(shape.sizes)
        if work < WORTH_COMPILING or X.dtype != self.coefs_[0].dtype or why_not(self, X):
            found: Array = super()._forward_pass_fast(X, check_input=False)  # type: ignore[misc]
            return found
        plan = predicting(shape, usual_threads(shape.sizes))
        theta = packed(self.coefs_, self.intercepts_, plan.dtype)
        dense = X.toarray() if hasattr(X, "toarray") else X
        out = np.empty((len(dense), self.n_outputs_), plan.dtype)
        plan.batch_forward(plan.pack(theta), np.ascontiguousarray(dense), out)
        return out

    @available_if(lambda mlp: mlp._check_solver())
    def partial_fit(
        self: Any, X: Any, y: Any, sample_weight: Any = None, classes: Any = None
    ) -> Any:
        again = AGAIN.get(self)
        if again is not None and sample_weight is None and again.step(self, X, y, classes):
            return self
        AGAIN.pop(self, None)
        arguments = {"sample_weight": sample_weight, "classes": classes}
        given = {name: one for name, one in arguments.items() if one is not None}
        super().partial_fit(X, y, **given)  # type: ignore[misc]
        if sample_weight is None and Again.is_possible(self, X, y) and why_not(self, X) is None:
            AGAIN[self] = Again(self, COURSES[self], X, y, classes)
        return self


class MLPClassifier(Compiled, neural_network.MLPClassifier):  # type: ignore[misc]
    """scikit-learn's `MLPClassifier`, of which training and prediction run compiled.

    It has the parameters, attributes and methods of `sklearn.neural_network.MLPClassifier`, whose
    documentation holds. The first fit of a network of new sizes takes about half a second longer:
    its code is compiled, and kept for later processes.
    """


class MLPRegressor(Compiled, neural_network.MLPRegressor):  # type: ignore[misc]
    """scikit-learn's `MLPRegressor`, of which training and prediction run compiled.

    It has the parameters, attributes and methods of `sklearn.neural_network.MLPRegressor`, whose
    documentation holds. The first fit of a network of new sizes takes about half a second longer:
    its code is compiled, and kept for later processes.
    """

    @available_if(lambda mlp: mlp._check_solver())
    def partial_fit(self: Any, X: Any, y: Any, sample_weight: Any = None) -> Any:
        return Compiled.partial_fit.__get__(self)(X, y, sample_weight)


# --- whether compiled code may compute ------------------------------------------------------------


def missing_parts() -> list[str]:
    """What this version of scikit-learn lacks of the private parts that are used here."""
    names = [f"BaseMultilayerPerceptron.{name}" for name in METHODS if not hasattr(BASE, name)]
    if not names:
        code = BASE._fit_stochastic.__code__
        used = (*REPLACED, "_backprop", "_optimizer", "update_params")
        names = [f"{name} in _fit_stochastic" for name in used if name not in code.co_names]
        names += ["a _fit_stochastic without a closure"] * bool(code.co_freevars)
    return names


@functools.cache
def why_not_at_all() -> str | None:
    """The reason why nothing can be computed in compiled code here; None if it can."""
    parts = missing_parts()
    if parts:
        return f"this version of scikit-learn lacks {', '.join(parts)}"
    return kernels.missing("specialized")


@functools.lru_cache(MOST_PLANS)
def overridden(kind: type) -> str | None:
    """A method that computes and that a subclass overrides; None if there is none."""
    for name in (*METHODS, *COMPUTING):
        found = inspect.getattr_static(kind, name)
        own = vars(Compiled).get(name) or inspect.getattr_static(BASE, name)
        if found is not own or not (name in vars(Compiled) or is_from_scikit_learn(found)):
            return name
    return None


def why_not(mlp: Any, X: Any) -> str | None:
    """The reason why scikit-learn's own methods must compute; None if compiled ones may."""
    return why_not_at_all() or why_not_this(mlp, X)


def why_not_this(mlp: Any, X: Any) -> str | None:
    """The reason why this MLP must be trained on X by scikit-learn's own methods."""
    kind, weights = type(mlp), mlp.coefs_[0].dtype
    method = overridden(kind)  # type: ignore[arg-type]
    activation = foreign_activation(mlp)
    reasons = {
        f"{kind.__name__}.{method} is not scikit-learn's own": method is not None,
        f"the activation {activation} is not scikit-learn's own": activation is not None,
        f"X is {X.dtype}, and the weights are {weights}": X.dtype.itemsize > weights.itemsize,
        f"X of shape {X.shape} is sparse, and too large for an array": is_too_large(X),
        "compiled training takes a momentum below 1": mlp.solver == "sgd" and mlp.momentum >= 1,
    }
    return next((text for text, holds in reasons.items() if holds), None)


def foreign_activation(mlp: Any) -> str | None:
    """An activation of an MLP that scikit-learn does not compute itself."""
    for name in (mlp.activation, mlp.out_activation_):
        if name not in OURS or not is_from_scikit_learn(theirs.ACTIVATIONS[name]):
            return str(name)
    return None


def is_too_large(X: Any) -> bool:
    """True for sparse samples that would take too much memory as an array."""
    return hasattr(X, "toarray") and X.shape[0] * X.shape[1] > DENSE


def say_once(reason: str) -> None:
    """Warn that scikit-learn's own methods compute, unless the same was told before."""
    if reason not in SAID:
        SAID.add(reason)
        text = f"scikit-learn's own code trains, not compiled code: {reason}"
        warnings.warn(text, RuntimeWarning, stacklevel=callers.stack_level())


def course_of(mlp: Any) -> Course:
    """The compiled training of an estimator, whose `coefs_` are its starting weights."""
    shape = Shape.of(mlp)
    found = COURSES.get(mlp)
    if found is None or found.shape != shape:
        found = COURSES[mlp] = Course(shape, usual_threads(shape.sizes))
    return found


def validated(mlp: Any, X: Any) -> Any:
    """What scikit-learn makes of samples to predict."""
    return theirs.validate_data(mlp, X, accept_sparse=["csr", "csc"], reset=False)
