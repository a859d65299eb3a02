"""The memory of calls of one network's code, which a plan keeps for later ones."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from kernels.codegen import loading
from kernels.codegen.compiled_pass import Kind, Memory
from kernels.codegen.emit import barrier
from kernels.codegen.emit.jobs import TOTALS, Job
from kernels.codegen.emit.layout import Layout
from kernels.codegen.llvm.library import Library
from kernels.codegen.python import objects
from kernels.support import aligned
from kernels.support.checks import Array
from kernels.support.pool import Pool


class Workspace(NamedTuple):
    """The memory of one call."""

    scratch: Array
    """(threads, size) numbers in the plan's dtype."""
    totals: Array
    """(threads, TOTALS) sums of loss and error."""
    meeting: Array
    """State of the barrier at which threads wait for each other."""
    job: Job
    """The struct that compiled code gets, with the addresses of these arrays."""

    @classmethod
    def make(cls, threads: int, layout: Layout, operations: frozenset[str]) -> Workspace:
        """A workspace for so many threads, and for any of these operations."""
        size = loading.most_memory(layout, operations)
        scratch = aligned.empty((threads, size), np.dtype(layout.dtype))
        found = cls(scratch, np.empty((threads, TOTALS)), barrier.meeting(), Job())
        for name in ("scratch", "totals", "meeting"):
            setattr(found.job, name, objects.address(getattr(found, name)))
        return found


def pass_memory(
    pool: Pool[Workspace], layout: Layout, code: Library, kind: Kind
) -> tuple[Workspace, Memory]:
    """A workspace for passes, which no other call uses."""
    workspace = pool.take()
    return workspace, Memory(kind, layout, workspace.job, code.address("descend"))
