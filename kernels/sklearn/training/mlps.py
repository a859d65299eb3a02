"""scikit-learn's MLPs with compiled training.

Parameters, attributes, warnings, errors and random numbers are scikit-learn's, because its own
classes stay in charge: only the methods that compute are replaced. They belong to no public
interface. Where a version of scikit-learn lacks one, and wherever compiled code could compute
something else than scikit-learn would, scikit-learn's own method runs, and a warning says so once.
"""

from __future__ import annotations

import warnings
from typing import Any

import numpy as np
from sklearn import neural_network
from sklearn.neural_network import _multilayer_perceptron as theirs
from sklearn.utils.metaestimators import available_if

from kernels.sklearn.training.again import Again
from kernels.sklearn.training.allowed import BASE, why_not, why_not_go_on
from kernels.sklearn.training.beside import Beside
from kernels.sklearn.training.course import Course
from kernels.sklearn.training.optimizers import COMPILED
from kernels.sklearn.training.plans import (
    Shape,
    packed,
    predicting,
    usual_threads,
    weight_count,
)
from kernels.sklearn.training.run import run
from kernels.support import callers
from kernels.support.checks import Array

WORTH_COMPILING = 1 << 20
"""Multiply-adds of a prediction from which on code is compiled for it: NumPy takes 0.5 ms."""
COURSES: Beside[Course] = Beside()
"""The compiled training of each estimator, as long as it lives."""
AGAIN: Beside[Again] = Beside()
"""What the last `partial_fit` of each estimator has found out about its arguments."""
SAID: set[str] = set()
"""Reasons of `why_not` that were told."""


def has_theirs(mlp: Any) -> bool:
    """True if scikit-learn's MLP has `partial_fit`; it may raise why not."""
    return mlp.solver in ("adam", "sgd") or callable(super(Compiled, mlp).partial_fit)


class Compiled:
    """The methods of scikit-learn's MLPs that compute, compiled."""

    def _fit_stochastic(self: Any, X: Any, y: Any, weights: Any, *others: Any) -> None:
        AGAIN.pop(self)
        reason = why_not(self, X, y, weights)
        if others[-1]:  # goes on with the optimizer that is there
            reason = reason or why_not_go_on(self)
        if reason is not None:
            if self.activation in theirs.ACTIVATIONS:  # else scikit-learn raises an error
                say_once(reason)
            super()._fit_stochastic(X, y, weights, *others)  # type: ignore[misc]
            return
        optimizer = vars(self).get("_optimizer")
        if type(optimizer) in COMPILED:  # of a training by scikit-learn's own method
            optimizer.__class__ = COMPILED[type(optimizer)]
        run(course_of(self), self, BASE._fit_stochastic, X, y, weights, *others)

    def _fit_lbfgs(self: Any, X: Any, y: Any, weights: Any, *others: Any) -> None:
        AGAIN.pop(self)
        reason = why_not(self, X, y, weights)
        if reason is not None:
            say_once(reason)
            super()._fit_lbfgs(X, y, weights, *others)  # type: ignore[misc]
            return
        given: list[Any] = []

        def cost(packed_coef_inter: Array, *_arguments: Any) -> tuple[float, Array]:
            self._unpack(packed_coef_inter)
            course = course_of(self)
            if not given:
                given.extend(course.arrays(X, y, weights))
            loss, gradient = course.cost(self.coefs_ + self.intercepts_, self.alpha, *given)
            return loss, np.concatenate([one.ravel() for one in gradient])

        self._loss_grad_lbfgs = cost
        try:
            super()._fit_lbfgs(X, y, weights, *others)  # type: ignore[misc]
        finally:
            del self._loss_grad_lbfgs

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

    @available_if(has_theirs)
    def partial_fit(
        self: Any, X: Any, y: Any, sample_weight: Any = None, classes: Any = None
    ) -> Any:
        """Make one pass over the samples, as scikit-learn's `partial_fit` does."""
        again = AGAIN.get(self)
        if again is not None and sample_weight is None and again.step(self, X, y, classes):
            return self
        arguments = {"sample_weight": sample_weight, "classes": classes}
        given = {name: one for name, one in arguments.items() if one is not None}
        super().partial_fit(X, y, **given)  # type: ignore[misc]
        course = COURSES.get(self)
        if sample_weight is None and course is not None and course.holds(self):
            reason = why_not(self, X) if Again.is_possible(self, X, y) else "no plain arrays"
            if (reason or why_not_go_on(self)) is None:
                AGAIN[self] = Again(self, course, X, y, classes)
        return self


class MLPClassifier(Compiled, neural_network.MLPClassifier):  # type: ignore[misc]
    """scikit-learn's `MLPClassifier` with compiled training.

    It has the parameters, attributes and methods of `sklearn.neural_network.MLPClassifier`, whose
    documentation holds. The first fit of a network of new sizes takes about a second longer: its
    code is compiled, and kept for later processes. Predictions keep scikit-learn's checks, which
    take most of their time unless there are thousands of samples: `kernels.compile` a fitted one.
    """


class MLPRegressor(Compiled, neural_network.MLPRegressor):  # type: ignore[misc]
    """scikit-learn's `MLPRegressor` with compiled training.

    It has the parameters, attributes and methods of `sklearn.neural_network.MLPRegressor`, whose
    documentation holds. The first fit of a network of new sizes takes about a second longer: its
    code is compiled, and kept for later processes. Predictions keep scikit-learn's checks, which
    take most of their time unless there are thousands of samples: `kernels.compile` a fitted one.
    """

    @available_if(has_theirs)
    def partial_fit(self: Any, X: Any, y: Any, sample_weight: Any = None) -> Any:
        """Make one pass over the samples, as scikit-learn's `partial_fit` does."""
        return Compiled.partial_fit.__get__(self)(X, y, sample_weight)


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
