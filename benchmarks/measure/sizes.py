"""Sizes of networks as people type them."""

from __future__ import annotations

from kernels.support import checks


def parse_sizes(text: str) -> tuple[int, ...]:
    """`3-3-1` as (3, 3, 1).

    Raises ValueError for anything else.
    """
    try:
        return checks.sizes([int(part) for part in text.split("-")])
    except ValueError as error:
        raise ValueError(f"sizes are written like 3-3-1, got {text!r} ({error})") from None
