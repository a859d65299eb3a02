"""The quantities of the rows that tell what a sweep costs."""

from __future__ import annotations

COMPILE, LOAD, COMPUTE, STORE, HAND_OVER = (
    f"{name}_seconds" for name in ("compile", "load", "compute", "store", "hand_over")
)
"""Seconds of making a network's code ready, compiled or read from disk; of a training; of storing a
task's results; of a task's way to a worker of a cluster and back."""
TRANSFER, PER_TASK, OVERHEAD = "transfer_bytes", "networks_per_task", "overhead_percent"
"""The size of the data; the networks of a task; what a whole sweep adds to bare loops."""
