"""All losses by name, one file each: a new file in this folder adds one."""

from __future__ import annotations

from kernels.parts.discovery import parts
from kernels.parts.loss import Loss

LOSSES: dict[str, Loss] = parts(__name__, __path__)
"""Every loss, by name."""
