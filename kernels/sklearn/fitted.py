"""Estimators made by `kernels.compile`: a fitted scikit-learn network as code compiled for it.

Predicting one sample with scikit-learn takes about 100 us, most of it for validation and dispatch.
Here each method is compiled code (`kernels.codegen.row_entries`) that validates the sample itself:
a matrix of one row in the plan's dtype, the right number of columns, all values finite. The method
in Python gets every other input. It converts one row and hands it back to compiled code, computes
several rows as a batch, and refuses the rest with an explanation.
"""

from __future__ import annotations

import functools
import os
from collections.abc import Callable
from functools import partial
from typing import TYPE_CHECKING, Any

import numpy as np

from kernels.entries import stand_in
from kernels.network import Network
from kernels.parts.activations.identity import PART as IDENTITY
from kernels.parts.activations.logistic import PART as LOGISTIC
from kernels.rungs.specialized import RowKernel
from kernels.sklearn.conversion import Converted, convert
from kernels.sklearn.estimator import Classifier, Estimator, Regressor
from kernels.sklearn.log_probabilities import log_sigmoid, log_softmax, logarithms
from kernels.sklearn.prepared import PreparedSamples, samples_of
from kernels.support import checks
from kernels.support.checks import Array

Entries = dict[str, tuple[str, Array | None]]
"""Names of methods, with the native entry that computes each, and the labels it needs."""


def refused(*_: Any) -> None:
    """Return None, as the result of a call that a native entry refuses."""


class Compiled(Estimator):
    """A fitted estimator whose network was compiled; made by `kernels.compile`.

    scikit-learn's scorers, ensembles and tools of inspection take it as one of its own; `fit`
    changes nothing. Copies and pickles contain the network, which is compiled again when they are
    loaded; `save` writes the same as plain data. An instance may be used by several threads at
    once.
    """

    def __init__(self, converted: Converted, dtype: str, threads: int, check_finite: bool) -> None:
        check(converted)
        self._arguments = converted, dtype, threads, check_finite
        self._converted, self._check_finite = converted, check_finite
        network = converted.network
        self._width, self._outputs = converted.takes.columns, network.sizes[-1]
        self._dtype = checks.dtype(dtype)
        self._samples = samples_of(converted, self._dtype, check_finite)
        entries, own = self._row_entries(), self._own()
        # callers reach the first entry of each pair, the methods in Python the second
        names = {name: self._samples.entry(name) for name, _ in entries.values()}
        self._plan = RowKernel(network, dtype, threads, {*names, *names.values()})
        self._of_row: dict[str, Callable[..., Any]] = {
            method: self._plan.entry(names[name], refused, getattr(own, method), labels) or refused
            for method, (name, labels) in entries.items()
        }
        if not isinstance(self._samples, PreparedSamples):
            self._install({"one": ("forward", None), **entries})
        else:
            self._install_prepared(self._samples)

    def _row_entries(self) -> Entries:
        """The native entries for methods that take a matrix."""
        raise NotImplementedError

    @classmethod
    def _own(cls) -> type:
        """The class whose methods the native entries compute: this one, or a base class."""
        return next(one for one in cls.__mro__ if "_row_entries" in vars(one))

    def _install(self, entries: Entries) -> None:
        """Put native entries in the place of methods, unless a subclass overrides the method."""
        refuser = stand_in(self)
        for name, (entry, labels) in entries.items():
            method = getattr(self._own(), name)
            if method is getattr(type(self), name):
                found = self._plan.entry(entry, partial(method, refuser), method, labels)
                if found is not None:
                    setattr(self, name, found)

    def _install_prepared(self, samples: PreparedSamples) -> None:
        """Put functions that prepare one row themselves in the place of methods, likewise."""
        refuser = stand_in(self)
        for name, of_row in self._of_row.items():
            method = getattr(self._own(), name)
            if method is getattr(type(self), name):
                found = samples.first(of_row, partial(method, refuser), method)
                if found is not None:
                    setattr(self, name, found)

    @property
    def network(self) -> Network:
        """A copy of the network that is computed, with all that is affine folded in.

        Its inputs are the features that are computed first, if there are such (an imputer's, an
        encoder's), else the samples' columns.
        """
        return self._converted.network.copy()

    @property
    def n_features_in_(self) -> int:
        """The number of columns that samples must have."""
        return self._width

    def one(self, x: Any, out: Array | None = None) -> Array:
        """Return the network's outputs for one sample, without scikit-learn's post-processing.

        A binary classifier thus gives one probability, not two. NaN and infinity are not refused.

        Parameters
        ----------
        x : (s_1,), one sample
        out : (s_L,) of the compiled dtype, to be filled and returned; a new array if None
        """
        if isinstance(self._samples, PreparedSamples):
            x = self._samples.row(x)
        return self._plan.forward(x, out)

    def _all_outputs(self, given: Array, row: Array | None, plan: RowKernel | None = None) -> Array:
        """Outputs (m, s_L) for what `Samples.taken` returned, by this plan or another one."""
        self._samples.check(given)
        as_given = row is None or self._samples.subtracts
        return (plan or self._plan).forward_batch(given if as_given else row)

    def predict(self, X: Any) -> Array:
        """Return the predictions for samples X (m, s_1)."""
        raise NotImplementedError

    def save(self, path: str | os.PathLike[str]) -> None:
        """Write the estimator to `path` as .npz, completely or not at all.

        `kernels.load` reads it, without scikit-learn and without unpickling anything.

        Raises
        ------
        TypeError
            If labels are objects other than strings and numbers, or this is a subclass.
        OSError
            If the file cannot be written.
        """
        from kernels.sklearn.files import keeping

        keeping.save(type(self), self._arguments, path)

    # only a classifier has these, and only a compiled module can be called, but type checkers are
    # told of them for all
    if TYPE_CHECKING:

        def __call__(self, x: Any) -> Any: ...

        def predict_proba(self, X: Any) -> Array: ...

        def predict_log_proba(self, X: Any) -> Array: ...

        def score(self, X: Any, y: Any, sample_weight: Any = None) -> float: ...

        @property
        def classes_(self) -> Array: ...

    def __reduce__(self) -> tuple[Any, ...]:
        return type(self), self._arguments

    def __repr__(self) -> str:
        shape = self._converted.network.architecture
        return f"<{type(self).__name__} of {self._converted.source}: {shape}, {self._dtype}>"


class CompiledClassifier(Classifier, Compiled):
    """A compiled `MLPClassifier`, or a Pipeline that ends in one."""

    def __init__(self, converted: Converted, dtype: str, threads: int, check_finite: bool) -> None:
        assert converted.classes is not None
        self._labels: Array = converted.classes
        self._labels.flags.writeable = False
        super().__init__(converted, dtype, threads, check_finite)

    def _row_entries(self) -> Entries:
        labels = self._labels
        entries: Entries = {"predict_proba": ("both" if self._outputs == 1 else "outputs", None)}
        if self._converted.multilabel:
            entries["predict"] = "each_label", np.empty(0, np.intp)
        elif labels.dtype.kind == "O" or not labels.dtype.hasobject:  # no strings of any length
            entry = "object_label" if labels.dtype.hasobject else "label"
            entries["predict"] = entry, labels.repeat(2) if len(labels) == 1 else labels
        return entries

    @property
    def classes_(self) -> Array:
        """The labels, in the order of `predict_proba`'s columns; read-only."""
        return self._labels.view()

    def predict_proba(self, X: Any) -> Array:
        """Return the probability of each label, (m, labels), for samples (m, s_1)."""
        given, row = self._samples.taken(X)
        found = self._of_row["predict_proba"](row)
        if found is None:
            found = self._all_outputs(given, row)
            if self._outputs == 1:
                found = np.concatenate([1 - found, found], axis=1)
        return self._samples.result(found, given)

    def predict_log_proba(self, X: Any) -> Array:
        """Return the logarithm of `predict_proba`, (m, labels), for samples (m, s_1).

        It is finite even where the probability underflows to 0, because it is computed from the
        output layer's z. The code for that is compiled by the first call.
        """
        (*_, f) = self._converted.network.architecture.functions
        if f.over_nodes and self._outputs > 1:
            return self._from_logits(X, log_softmax)
        if f is LOGISTIC:
            return self._from_logits(X, log_sigmoid)
        return checks.silently(logarithms, self.predict_proba(X))

    def _from_logits(self, X: Any, finish: Callable[[Array], Array]) -> Array:
        """What `finish` makes of the output layer's z for samples X."""
        plan, of_row = self._logits
        given, row = self._samples.taken(X)
        Z = of_row(row)
        if Z is None:
            Z = self._all_outputs(given, row, plan)
        if self._outputs == 1:
            Z = np.concatenate([-Z, Z], axis=1)
        return self._samples.result(checks.silently(finish, Z), given)

    @functools.cached_property
    def _logits(self) -> tuple[RowKernel, Callable[..., Any]]:
        """A plan whose outputs are the output layer's z, and its native entry for one row."""
        network = self._converted.network
        activations = (*network.activations[:-1], IDENTITY.name)
        linear = Network.from_theta(network.sizes, network.theta, activations, network.shift)
        name = self._samples.entry("outputs")
        plan = RowKernel(linear, self._dtype, self._plan.threads, (name,))
        method = CompiledClassifier.predict_log_proba
        return plan, plan.entry(name, refused, method) or refused

    def predict(self, X: Any) -> Array:
        """Return the predicted labels (m,) for samples (m, s_1).

        A multilabel classifier returns 0 or 1 for every label, (m, labels).
        """
        given, row = self._samples.taken(X)
        of_row: Callable[..., Array | None] = self._of_row.get("predict", refused)
        found = of_row(row)
        if found is not None:
            return found
        h = self._all_outputs(given, row)
        if self._converted.multilabel:
            return (h > 0.5).astype(np.intp)
        if len(self._labels) == 1:
            return self._labels.repeat(len(h))
        chosen = h.argmax(axis=1) if self._outputs > 1 else (h.ravel() > 0.5).astype(np.intp)
        labels: Array = self._labels[chosen]
        return labels


class CompiledRegressor(Regressor, Compiled):
    """A compiled `MLPRegressor`, or a Pipeline that ends in one."""

    def _row_entries(self) -> Entries:
        return {"predict": ("value" if self._is_raveled else "outputs", None)}

    @property
    def _is_raveled(self) -> bool:
        """True if predictions are a vector: one number for each sample."""
        return self._outputs == 1 and not self._converted.is_matrix

    def predict(self, X: Any) -> Array:
        """Return the predictions for samples X (m, s_1): (m,), or (m, s_L) if s_L > 1."""
        given, row = self._samples.taken(X)
        found = self._of_row["predict"](row)
        if found is None:
            found = self._all_outputs(given, row)
            found = found.ravel() if self._is_raveled else found
        return self._samples.result(found, given)


def compile_estimator(
    estimator: Any, dtype: Any = "float64", threads: int = 1, check_finite: bool = True
) -> Compiled:
    """Compile a fitted estimator; `kernels.compile` documents the parameters."""
    name = checks.dtype(dtype).name
    threads = checks.integer(threads, "threads", minimum=1)
    return make(convert(estimator), name, threads, bool(check_finite))


def make(converted: Converted, dtype: str, threads: int, check_finite: bool) -> Compiled:
    """Compile what a fitted estimator was converted to."""
    kind = CompiledRegressor if converted.classes is None else CompiledClassifier
    return kind(converted, dtype, threads, check_finite)


def check(converted: Converted) -> None:
    """Raise ValueError if parts of a converted estimator, as from a file, do not fit together."""
    inputs, *_, outputs = converted.network.sizes
    classes, prepared = converted.classes, converted.preparation
    checks.dtype(converted.dtype)
    given = converted.takes.columns if prepared is None else prepared.features
    if given != inputs:
        raise ValueError(f"a network of {inputs} inputs gets {given} numbers")
    if classes is None:
        if converted.multilabel:
            raise ValueError("a regressor has no labels, but is said to have several at once")
        return
    # one output tells two labels apart, or always gives the only one
    expected = {outputs} if outputs > 1 or converted.multilabel else {1, 2}
    if classes.ndim != 1 or len(classes) not in expected:
        raise ValueError(f"{outputs} outputs do not fit labels of shape {classes.shape}")
