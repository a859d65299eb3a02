"""Pipelines computed in extended precision, from what scikit-learn's steps have learned."""

from __future__ import annotations

import functools
from typing import Any

import numpy as np
from sklearn.compose import ColumnTransformer
from sklearn.decomposition import PCA, TruncatedSVD
from sklearn.impute import SimpleImputer
from sklearn.pipeline import FeatureUnion, Pipeline
from sklearn.preprocessing import (
    FunctionTransformer,
    MaxAbsScaler,
    MinMaxScaler,
    RobustScaler,
    StandardScaler,
)

from kernels import Network
from kernels.proof import reference


def wide(value: Any) -> Any:
    return np.array(value, np.longdouble)


@functools.singledispatch
def transformed(step: Any, X: Any) -> Any:
    """What a fitted step makes of X, in extended precision: here, what a selection does."""
    return X[:, step.get_support(indices=True)]


@transformed.register(str)
@transformed.register(FunctionTransformer)
def _(step: Any, X: Any) -> Any:
    return X


@transformed.register
def _(step: Pipeline, X: Any) -> Any:
    for _, one in step.steps:
        X = transformed(one, X)
    return X


@transformed.register
def _(step: FeatureUnion, X: Any) -> Any:
    return np.hstack([transformed(one, X) for _, one in step.transformer_list])


@transformed.register
def _(step: ColumnTransformer, X: Any) -> Any:
    parts = [(one, columns) for _, one, columns in step.transformers_ if one != "drop"]
    return np.hstack([transformed(one, X[:, columns]) for one, columns in parts])


@transformed.register
def _(step: SimpleImputer, X: Any) -> Any:
    filled = np.where(np.isnan(X), wide(step.statistics_), X)
    if not step.add_indicator:
        return filled
    return np.hstack([filled, np.isnan(X)[:, step.indicator_.features_]])


@transformed.register
def _(step: PCA, X: Any) -> Any:
    found = (X - wide(step.mean_)) @ wide(step.components_).T
    return found / np.sqrt(step.explained_variance_) if step.whiten else found


@transformed.register
def _(step: TruncatedSVD, X: Any) -> Any:
    return X @ wide(step.components_).T


@transformed.register
def _(step: StandardScaler, X: Any) -> Any:
    return (X - (step.mean_ if step.with_mean else 0)) / (step.scale_ if step.with_std else 1)


@transformed.register
def _(step: RobustScaler, X: Any) -> Any:
    return (X - wide(step.center_)) / wide(step.scale_)


@transformed.register
def _(step: MinMaxScaler, X: Any) -> Any:
    found = X * wide(step.scale_) + step.min_
    return np.clip(found, *step.feature_range) if step.clip else found


@transformed.register
def _(step: MaxAbsScaler, X: Any) -> Any:
    return X / wide(step.scale_)


def exact(model: Pipeline, X: Any) -> Any:
    """Return a pipeline's outputs, computed in extended precision."""
    X = wide(X)
    *steps, network = [step for _, step in model.steps]
    for step in steps:
        X = transformed(step, X)
    functions = [network.activation] * (len(network.coefs_) - 1) + [network.out_activation_]
    plain = Network([weight.T for weight in network.coefs_], network.intercepts_, functions)
    return reference.forward(plain.architecture, plain.theta, X).astype(float)
