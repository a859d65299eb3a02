"""The gate of the installed wheel, old or new.

asv runs today's files with the `kernels` of old commits, in which modules had other names. Every
name of `kernels` that today's files use and that has moved since the first recorded commit is
looked up here.
"""

from __future__ import annotations

try:
    from kernels.proof import gate
except ImportError:  # commits before the folder `kernels.proof`
    from kernels import gate  # type: ignore[no-redef]

__all__ = ["gate"]
