"""The arguments of native entries, which their code and their callers must agree on.

They have a file of their own because callers of code from disk import nothing that writes code.
"""

from __future__ import annotations

ARGUMENTS = {
    "forward": (("x", "out"), 1),
    "forward_batch": (("X", "out"), 1),
    "gradient": (("X", "Y", "out"), 2),
    "update": (("theta",), 1),
    "compute": (("parameters", "x", "out"), 3),
    "compute_batch": (("parameters", "X", "out", "scratch"), 4),
}
"""By entry: the names of its arguments, and how many are required."""
OF_ROWS = ("X",), 1
"""The same for every entry of `row_entries`."""


def arguments_of(name: str) -> tuple[tuple[str, ...], int]:
    """The names of an entry's arguments, and how many are required."""
    return ARGUMENTS.get(name, OF_ROWS)
