"""The gate of the installed wheel, old or new.

asv runs today's files with the `kernels` of old commits, in which modules had other names. Every
name of `kernels` that today's files use and that has moved since the first recorded commit is
looked up here.
"""

from __future__ import annotations

from importlib import import_module

try:
    gate = import_module("kernels.proof.gate")
except ImportError:  # commits before the folder `kernels.proof`
    gate = import_module("kernels.gate")

__all__ = ["gate"]
