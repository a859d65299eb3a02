"""Checks of what was typed against the names that there are."""

from __future__ import annotations

from collections.abc import Iterable

from kernels.support import checks


def check(option: str, value: str, known: Iterable[str]) -> None:
    """Raise ValueError unless `value` is known; it lists all names, and the one that is near."""
    names = list(known)
    if value not in names:
        hint = checks.near(value, names)
        raise ValueError(f"{option} is one of {', '.join(names)}, got {value!r}{hint}")
