"""Groups of rungs, by what they say of themselves."""

from __future__ import annotations

from kernels import LADDER, find

GENERAL = tuple(rung for rung in LADDER if find(rung).general)
"""Those that take every activation and loss."""
OF_BLAS = tuple(rung for rung in LADDER if find(rung).uses_blas)
"""Those whose arithmetic is NumPy's BLAS."""
