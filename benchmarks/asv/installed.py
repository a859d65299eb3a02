"""What the installed wheel has, wherever its commit keeps it.

asv runs today's files against the `kernels` of old commits, whose modules had other places.
"""

from __future__ import annotations

try:
    from kernels.proof import gate
except ImportError:  # before the gate moved into `kernels.proof`
    from kernels import gate  # type: ignore[no-redef]

__all__ = ["gate"]
