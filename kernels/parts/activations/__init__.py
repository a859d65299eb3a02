"""All activations by name, one file each: a new file in this folder adds one."""

from __future__ import annotations

from kernels.parts.activation import Activation
from kernels.parts.discovery import parts

ACTIVATIONS: dict[str, Activation] = parts(__name__, __path__)
"""Every activation, by name."""
