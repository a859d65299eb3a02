"""`partial_fit` called again with arrays like the ones before: most checks need no repetition.

scikit-learn checks parameters and arrays anew in each call, which takes a hundred times as long as
a step for one sample. After a call that went well, `Again` knows which arguments the same checks
would let pass. All others go the long way, which raises the errors.
"""

from __future__ import annotations

import warnings
from operator import itemgetter
from typing import Any

import numpy as np

from kernels.sklearn.overridden import is_from_scikit_learn
from kernels.sklearn.training.course import Course
from kernels.sklearn.training.optimizers import COMPILED
from kernels.sklearn.training.plans import is_finite
from kernels.sklearn.training.table import Table
from kernels.support.batches import CLIPPED, by_scikit_learn
from kernels.support.checks import Array

PLAIN = (int, float, str, tuple, np.random.RandomState, type(None))
"""Kinds of parameters that cannot change unnoticed."""
MOST_HELD = 1 << 16
"""Numbers of samples up to which checks are skipped: their copy is kept, and checks of more take
less time than their pass."""
SKIPPED = ("_fit", "_validate_input", "_validate_params")
"""Methods that further calls do not reach."""
NOT_FINITE = (
    "Solver produced non-finite parameter weights. The input data may contain large values and "
    "need to be preprocessed."
)


class Again:
    """What a call of `partial_fit` has found out about its arguments."""

    def __init__(self, mlp: Any, course: Course, X: Array, y: Array, classes: Any) -> None:
        self._course, self._given_classes = course, classes
        self._get = itemgetter(*mlp._get_param_names())
        self._parameters = self._get(vars(mlp))
        self._X, self._y = (X.shape[1:], X.dtype), (y.shape[1:], y.dtype)
        self._attributes, self._outputs = len(vars(mlp)), mlp.out_activation_
        self._held: Held | None = None
        self._orders: dict[int, Array] = {}
        self._classes = getattr(mlp, "classes_", None)
        if self._classes is not None:
            self._indices = {label: k for k, label in enumerate(self._classes.tolist())}
            targets = np.eye(len(self._classes), dtype=X.dtype)
            self._targets = targets[:, 1:] if len(self._classes) == 2 else targets

    @classmethod
    def is_possible(cls, mlp: Any, X: Any, y: Any) -> bool:
        """True if further calls like one that went well may skip its checks."""
        parameters = vars(mlp)
        return (
            type(X) is type(y) is np.ndarray
            and X.dtype == mlp.coefs_[0].dtype
            and y.dtype.kind in ("biufU" if hasattr(mlp, "classes_") else "iuf")
            and all(has_own(mlp, name) for name in SKIPPED)
            and mlp.n_outputs_ == len(mlp.intercepts_[-1])
            and y.ndim == (2 if not hasattr(mlp, "classes_") and mlp.n_outputs_ > 1 else 1)
            and not hasattr(mlp, "feature_names_in_")
            and not (mlp.verbose or mlp.warm_start)
            and (not hasattr(mlp, "classes_") or len(mlp.classes_) > 1)
            and all(isinstance(parameters[name], PLAIN) for name in mlp._get_param_names())
        )

    def step(self, mlp: Any, X: Any, y: Any, classes: Any) -> bool:
        """Make the pass of `partial_fit`; False, and nothing has changed, if checks are needed."""
        if not (
            type(X) is type(y) is np.ndarray
            and (X.shape[1:], X.dtype) == self._X
            and (y.shape[1:], y.dtype) == self._y
            and len(X) == len(y) > 0
            and X.size <= MOST_HELD
            and (classes is None or self._are_known(classes))
            and getattr(mlp, "classes_", None) is self._classes
            and self._get(vars(mlp)) == self._parameters
            and len(vars(mlp)) == self._attributes
            and mlp.out_activation_ == self._outputs
            and self._course.holds(mlp)
            and type(mlp._optimizer) in COMPILED.values()
        ):
            return False
        m, held = len(X), self._held
        if held is None or m != held.m:
            held = self._held = Held(self._course, mlp, m)
        held.X[...] = X
        if not is_finite(held.all) or not self._are_targets(y, held.Y):
            return False
        if held.is_clipped:
            warnings.warn(CLIPPED, stacklevel=3)
        order = self._order(mlp, m) if m > 1 and mlp.shuffle else None  # one takes no random number
        self._course.hold_optimizer(mlp._optimizer)
        note(mlp, m, held.table.make(mlp._optimizer, order))
        if not self._course.theta.is_finite():
            raise ValueError(NOT_FINITE)
        return True

    def _are_known(self, classes: Any) -> bool:
        """True if `classes` are the ones given before, or equal to `classes_`."""
        if classes is self._given_classes:
            return True
        known: Any = self._classes
        return type(classes) is np.ndarray and np.array_equal(classes, known)

    def _are_targets(self, y: Array, out: Array) -> bool:
        """Write targets (m, outputs); False if a label or number is not allowed."""
        if self._classes is None:
            out[...] = y if y.ndim == 2 else y[:, np.newaxis]
            return y.dtype.kind != "f" or bool(np.isfinite(y).all())
        try:
            for row, label in zip(out, y.tolist(), strict=True):
                row[...] = self._targets[self._indices[label]]
        except KeyError:
            return False
        return True

    def _order(self, mlp: Any, m: int) -> Array:
        """The order of the samples: an integer as random_state gives the same one in each call."""
        state = mlp.random_state
        if m in self._orders:
            return self._orders[m]
        fixed = isinstance(state, int)
        if state is None:
            state = np.random.mtrand._rand
        elif fixed:
            state = np.random.RandomState(state)
        order = next(by_scikit_learn(state, m))
        if fixed:
            self._orders = {m: order}
        return order


class Held:
    """Memory for m samples and their targets, and passes over them."""

    def __init__(self, course: Course, mlp: Any, m: int) -> None:
        inputs, *_, outputs = course.shape.sizes
        size = 200 if mlp.batch_size == "auto" else mlp.batch_size
        self.m, self.is_clipped = m, mlp.batch_size != "auto" and size > m
        self.X = np.empty((m, inputs), course.plan.dtype)
        self.Y = np.empty((m, outputs), course.plan.dtype)
        self.all = self.X.ravel()
        ordered = mlp.shuffle and m > 1
        given = self.X, self.Y, None
        self.table = Table.fitting(course, given, max(1, min(size, m)), mlp.alpha, ordered)


def has_own(mlp: Any, name: str) -> bool:
    """True if a method of an MLP is scikit-learn's own."""
    return name not in vars(mlp) and is_from_scikit_learn(getattr(type(mlp), name))


def note(mlp: Any, m: int, loss: float) -> None:
    """Note a pass over m samples where scikit-learn's `_fit_stochastic` does."""
    mlp.n_iter_ = 1
    mlp.loss_ = loss
    mlp.t_ += m
    mlp.loss_curve_.append(loss)
    mlp._update_no_improvement_count(False, None, None, None)
    mlp._optimizer.iteration_ends(mlp.t_)
    patient = mlp._no_improvement_count <= mlp.n_iter_no_change
    if not patient and not mlp._optimizer.trigger_stopping("", verbose=False):
        mlp._no_improvement_count = 0
