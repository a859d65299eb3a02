"""Machines that measured runs: their identity, their names, and how two of them differ.

Two runs are of one machine if their headers agree in every column of `fields.MACHINE`. A column
that one of them does not know makes two machines of them, because nothing says that they are one.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping
from typing import Any

from benchmarks.measure import fields

Identity = tuple[tuple[str, Any], ...]
"""The columns of `fields.MACHINE` that are known, with their values, in their order."""
LONGEST = 100
"""The most characters of a machine's name, which is the name of a folder too."""


def identity(columns: Mapping[str, Any]) -> Identity:
    """The identity of a machine, from the columns of a header or of a row."""
    found = ((column, columns.get(column)) for column in fields.MACHINE)
    return tuple((column, value) for column, value in found if value not in (None, fields.UNKNOWN))


def name(columns: Mapping[str, Any]) -> str:
    """The name of a machine, which several may have: `amd-epyc-avx2-2-cores`."""
    parts = ("processor", "vector_instructions", "cores")
    found = {part: columns.get(part) for part in parts}
    words = [str(fields.UNKNOWN if value is None else value) for value in found.values()]
    plain = re.sub(r"[^a-z0-9]+", "-", " ".join([*words, "cores"]).lower()).strip("-")
    return plain[-LONGEST:].strip("-")


def is_named_after(text: str, found: Identity) -> bool:
    """True if a text is the name of a machine, with or without a number."""
    return re.fullmatch(rf"{re.escape(name(dict(found)))}(-\d+)?", text) is not None


def free(name: str, taken: Collection[str], between: str = "-") -> str:
    """A name that is not taken: the name itself, or followed by the first number that is free."""
    found, number = name, 1
    while found in taken:
        number += 1
        found = f"{name}{between}{number}"
    return found


def differences(one: Identity, other: Identity) -> list[str]:
    """The columns in which two machines differ, with both values: `memory_gib 24 and 48`."""
    left, right = dict(one), dict(other)
    return [
        f"{column} {left.get(column, fields.UNKNOWN)} and {right.get(column, fields.UNKNOWN)}"
        for column in fields.MACHINE
        if left.get(column) != right.get(column)
    ]
