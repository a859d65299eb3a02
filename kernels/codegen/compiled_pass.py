"""The struct of a part of a pass, filled: where its arrays lie, and memory for gathered samples."""

from __future__ import annotations

import ctypes
from typing import Any

import numpy as np

from kernels.codegen.emit.jobs import Job, PassJob
from kernels.codegen.emit.layout import Layout
from kernels.codegen.emit.small_batch import is_small
from kernels.codegen.python import objects
from kernels.network import parameter_count, stretches
from kernels.passes import Passes
from kernels.support import aligned
from kernels.support.checks import Array

BEYOND = 128
"""Numbers behind gathered weights that compiled code may read."""


def job(
    one: Passes, theta: Array, layout: Layout, gradient: Job, threads: int, found: Array
) -> tuple[PassJob, tuple[Any, ...]]:
    """The struct, and the arrays that must exist as long as it is used.

    Parameters
    ----------
    gradient : the job of the batches' gradients, which is filled too
    found : (passes, 3) in float64, to which `SUMS` are added
    """
    sizes, dtype = layout.sizes, theta.dtype
    rows = min(one.batch_size, len(one.X))
    arrays: dict[str, Array] = {
        "theta": theta,
        "step": aligned.empty(theta.shape, dtype),
        "X": one.X,
        "Y": one.Y,
        "rates": one.rates,
        "slots": one.slots,
        "weights_at": stretches(sizes),
        "found": found,
    }
    if one.orders is not None:
        arrays["order"] = one.orders
    if one.orders is not None and is_small(layout):
        arrays["rows_X"] = aligned.empty((rows, sizes[0]), dtype)
        arrays["rows_Y"] = aligned.empty((rows, sizes[-1]), dtype)
    if one.weights is not None:
        arrays["weights"] = one.weights
        arrays["rows_weights"] = aligned.empty((rows + BEYOND,), dtype)
        arrays["rows_weights"][:] = 0
    series = np.empty(2)
    result = PassJob()
    for name, array in arrays.items():
        setattr(result, name, objects.address(array))
    result.job, result.meeting = ctypes.addressof(gradient), gradient.meeting
    result.samples, result.batch, result.threads = len(one.X), one.batch_size, threads
    result.batches = one.batches
    result.inputs, result.outputs, result.parameters = sizes[0], sizes[-1], parameter_count(sizes)
    result.stretches, result.l2 = len(sizes) - 1, one.l2
    gradient.theta, gradient.step = result.theta, result.step
    gradient.cost = objects.address(series)
    gradient.error = gradient.cost + series.itemsize
    gradient.weights = result.rows_weights
    gradient.steps, gradient.threads, gradient.alpha = 1, threads, 0.0
    return result, (*arrays.values(), series, gradient)
