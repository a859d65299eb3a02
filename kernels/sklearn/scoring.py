"""Scores of compiled estimators: the same numbers as scikit-learn's, computed with NumPy alone.

A classifier's score is its accuracy; for several labels at once, the share of samples whose labels
are all right. A regressor's is R^2, the mean over its outputs. Sums are taken in scikit-learn's
order and dtype, so that scores are equal to the last bit.
"""

from __future__ import annotations

import warnings
from typing import Any

import numpy as np

from kernels.support import checks
from kernels.support.checks import Array


def accuracy(y: Any, predicted: Array, labels: Array, sample_weight: Any = None) -> float:
    """Return the share of samples that are predicted right.

    Parameters
    ----------
    y : (m,) or (m, 1), the true labels; (m, k) of 0 and 1 for several labels at once
    predicted : (m,) or (m, k), the labels that were predicted
    labels : the labels that can be predicted
    sample_weight : (m,), the samples' weights; None for equal ones

    Raises
    ------
    TypeError, ValueError
        If y has another shape or other kinds of labels, or weights are no finite numbers.
    """
    true = targets(y, predicted)
    weights = checked_weights(sample_weight, len(predicted))
    if predicted.ndim == 2:
        right = np.all(numbers(true, "y") == predicted, axis=1)
    elif is_text(labels) != is_text(true):
        kinds = {True: "text", False: "numbers"}
        raise ValueError(
            f"y must hold labels as the classifier's, which are {kinds[is_text(labels)]}, "
            f"got {kinds[is_text(true)]}"
        )
    elif is_text(true):
        right = true == predicted
    else:
        true = numbers(true, "y")
        if true.dtype.kind == "f" and (true != np.floor(true)).any():
            raise ValueError("y must hold labels, got numbers that are not whole")
        right = true == predicted
    return float(np.average(right, weights=weights))


def r2(y: Any, predicted: Array, sample_weight: Any = None) -> float:
    """Return the coefficient of determination R^2, the mean over all outputs.

    For each output it is 1 - sum (y - h)^2 / sum (y - mean y)^2. It is 1 for predictions without
    error, and 0 for others where y is constant.

    Parameters
    ----------
    y : (m,) or (m, s_L), the true values
    predicted : (m,) or (m, s_L), the predictions h
    sample_weight : (m,), the samples' weights; None for equal ones

    Returns
    -------
    float
        NaN, with a warning, for fewer than two samples.

    Raises
    ------
    TypeError, ValueError
        If y has another shape, or y or the weights are no finite numbers.
    """
    true = numbers(targets(y, predicted), "y")
    weights = checked_weights(sample_weight, len(predicted))
    # lists count as numbers of any precision
    given = (predicted, *(np.asarray(one) for one in (y, sample_weight) if hasattr(one, "dtype")))
    floating = [one.dtype for one in given if one.dtype.kind == "f"]
    dtype = np.result_type(*floating)
    true, h = (one.astype(dtype).reshape(len(predicted), -1) for one in (true, predicted))
    if len(h) < 2:
        warnings.warn("R^2 is not defined for fewer than two samples", stacklevel=3)
        return float("nan")
    weight: Any = 1.0
    if weights is not None:
        weights = weights.astype(dtype)
        weight = weights[:, np.newaxis]
    errors = np.sum(weight * (true - h) ** 2, axis=0)
    spread = np.sum(weight * (true - np.average(true, axis=0, weights=weights)) ** 2, axis=0)
    scores = np.ones(len(errors), dtype)
    varies = spread != 0
    scores[varies] = 1 - errors[varies] / spread[varies]
    scores[(errors != 0) & ~varies] = 0
    return float(np.average(scores))


def targets(y: Any, predicted: Array) -> Array:
    """Return y as an array of the shape of the predictions.

    Raises
    ------
    TypeError
        If y is a masked array.
    ValueError
        If it has another shape or no samples.
    """
    if hasattr(y, "toarray"):  # a sparse matrix
        y = y.toarray()
    if checks.is_masked(y):
        raise TypeError("y must be a plain array, got a masked one: fill it first")
    try:
        true = np.asarray(y)
    except ValueError as error:  # rows of different lengths
        raise ValueError(f"y must be an array of shape {predicted.shape}: {error}") from None
    if true.shape in (predicted.shape, (len(predicted), 1)) and predicted.ndim == 1:
        return true.ravel()
    if true.shape != predicted.shape:
        raise ValueError(f"y must have shape {predicted.shape} for these X, got {true.shape}")
    return true


def checked_weights(sample_weight: Any, count: int) -> Array | None:
    """Return weights (count,) of samples as an array; None if there are none.

    Raises
    ------
    TypeError, ValueError
        If they are no finite numbers, have another shape, or their sum is zero.
    """
    if sample_weight is None:
        return None
    weights = numbers(np.asarray(sample_weight), "sample_weight")
    if weights.shape != (count,):
        raise ValueError(f"sample_weight must have shape ({count},), got {weights.shape}")
    if not weights.sum():
        raise ValueError("sample_weight must not sum to zero")
    return weights


def numbers(given: Array, name: str) -> Array:
    """Return an array of finite numbers, objects converted to numbers.

    Raises
    ------
    TypeError
        If it holds anything but real numbers.
    ValueError
        If it holds NaN or infinity.
    """
    if given.dtype.kind == "O":  # a pandas column that could hold missing values
        given = np.array(given.tolist())
    if given.dtype.kind not in "biuf":
        raise TypeError(f"{name} must hold numbers, got dtype {given.dtype}")
    if given.dtype.kind == "f" and not np.isfinite(given).all():
        raise ValueError(f"{name} must be finite, got NaN or infinity")
    return given


def is_text(labels: Array) -> bool:
    """Return True for an array of strings.

    Raises
    ------
    ValueError
        If strings and other objects are mixed.
    """
    if labels.dtype.kind != "O":
        return labels.dtype.kind in "UST"
    found = {isinstance(label, str) for label in labels.flat}
    if len(found) > 1:
        raise ValueError("y must hold labels of one kind, got strings and other objects")
    return found == {True}
