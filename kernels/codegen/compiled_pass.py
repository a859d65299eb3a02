"""A part of some passes as compiled code gets it: a struct of addresses and counts, and memory."""

from __future__ import annotations

import ctypes
from collections.abc import Callable
from operator import call, is_
from typing import NamedTuple
from weakref import ref

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


class Kind(NamedTuple):
    """What the memory of passes depends on besides the network."""

    rows: int
    """Samples of a batch."""
    ordered: bool
    weighted: bool

    @classmethod
    def of(cls, one: Passes) -> Kind:
        """The kind of these passes."""
        rows = min(one.batch_size, len(one.X))
        return cls(rows, one.orders is not None, one.weights is not None)


class Memory:
    """What passes need besides their data, and what of the struct stays the same.

    Parameters
    ----------
    gradient : the job of the batches' gradients, which is filled too
    descend : the address of the network's own code
    """

    def __init__(self, kind: Kind, layout: Layout, gradient: Job, descend: int) -> None:
        sizes, dtype = layout.sizes, np.dtype(layout.dtype)
        count, series = parameter_count(sizes), np.empty(2)
        arrays: dict[str, Array] = {
            "step": aligned.empty((count,), dtype),
            "weights_at": stretches(sizes),
        }
        if kind.ordered and is_small(layout):
            arrays["rows_X"] = aligned.empty((kind.rows, sizes[0]), dtype)
            arrays["rows_Y"] = aligned.empty((kind.rows, sizes[-1]), dtype)
        if kind.weighted:
            arrays["rows_weights"] = aligned.empty((kind.rows + BEYOND,), dtype)
            arrays["rows_weights"][:] = 0
        self.job = job = PassJob()
        point_at(job, arrays)
        job.descend, job.job, job.meeting = descend, ctypes.addressof(gradient), gradient.meeting
        job.inputs, job.outputs, job.parameters = sizes[0], sizes[-1], count
        job.stretches = len(sizes) - 1
        gradient.step, gradient.weights = job.step, job.rows_weights
        gradient.cost = objects.address(series)
        gradient.error = gradient.cost + series.itemsize
        gradient.steps, gradient.alpha = 1, 0.0
        self._gradient, self._keeps = gradient, (*arrays.values(), series)
        self._given: tuple[Callable[[], Array | None], ...] = ()
        """The arrays told last, as weak references: a plan must not keep a caller's samples."""
        self._numbers: tuple[int, float] = 0, 0.0

    def fill(
        self, one: Passes, theta: Array, steps: tuple[int, int], threads: int, found: Array
    ) -> None:
        """Tell the struct of passes, of which the steps from a first to before a last are made.

        To `found`, (passes, 3) in float64, `SUMS` are added. The arrays must exist as long as
        compiled code uses the struct.
        """
        job, gradient = self.job, self._gradient
        job.first, job.last = steps
        given = theta, found, one.X, one.Y, one.rates, one.slots, one.orders, one.weights
        numbers = one.batch_size, one.l2
        if (
            numbers == self._numbers
            and self._given
            and all(map(is_, map(call, self._given), given))
        ):
            return  # further steps of the same passes
        self._numbers = numbers
        self._given = tuple(no_array if array is None else ref(array) for array in given)
        arrays = {"theta": theta, "X": one.X, "Y": one.Y, "rates": one.rates, "slots": one.slots}
        arrays["found"] = found
        if one.orders is not None:
            arrays["order"] = one.orders
        if one.weights is not None:
            arrays["weights"] = one.weights
        point_at(job, arrays)
        job.samples, job.batch, job.batches = len(one.X), one.batch_size, one.batches
        job.l2 = one.l2
        job.threads = gradient.threads = threads
        gradient.theta = job.theta


def no_array() -> None:
    """Stand in for the weak reference to an array that there is not."""


def point_at(job: PassJob, arrays: dict[str, Array]) -> None:
    """Put the arrays' addresses into fields of their names."""
    for name, array in arrays.items():
        setattr(job, name, objects.address(array))
