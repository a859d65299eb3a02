"""Machines that measured runs: their identity, how they are called, and how two of them differ.

Two runs are of one machine if their headers agree in every column of `fields.MACHINE`. A column
that one of them does not know makes two machines of them, because nothing says that they are one.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Mapping
from typing import Any

from benchmarks.measure import fields

Identity = tuple[tuple[str, Any], ...]
"""The columns of `fields.MACHINE` that are known, with their values, in their order."""
NAMED = [
    "processor", "processor_vendor", "processor_family", "processor_model", "vector_instructions",
    "cores",
]  # fmt: skip
"""The columns that `described` tells of: tables tell machines apart by them."""
GENERATIONS = (
    ("Zen", 23, 0x00, 0x2F), ("Zen 2", 23, 0x30, 0xAF),
    ("Zen 3", 25, 0x00, 0x0F), ("Zen 4", 25, 0x10, 0x1F),
    ("Zen 3", 25, 0x20, 0x5F), ("Zen 4", 25, 0x60, 0xAF),
    ("Zen 5", 26, 0x00, 0x4F), ("Zen 5", 26, 0x60, 0x7F),
)  # fmt: skip
"""AMD's generations: family, first and last model. Many virtual machines say no more of a processor
than "AMD EPYC", of which one generation takes twice as long as another."""
LONGEST = 100
"""The most characters of a machine's name, which is the name of a folder too."""


def identity(columns: Mapping[str, Any]) -> Identity:
    """The identity of a machine, from the columns of a header or of a row."""
    found = ((column, columns.get(column)) for column in fields.MACHINE)
    return tuple((column, value) for column, value in found if value not in (None, fields.UNKNOWN))


def described(columns: Mapping[str, Any]) -> str:
    """What a machine computes with: `AMD EPYC (Zen 3, avx2, 2 cores)`."""
    vectors, cores = columns.get("vector_instructions"), columns.get("cores")
    counted = f"{cores} core{'' if cores == 1 else 's'}" if cores else None
    known = (one for one in (generation(columns), vectors, counted) if one)
    return f"{columns.get('processor') or fields.UNKNOWN} ({', '.join(known) or fields.UNKNOWN})"


def listed(rows: Iterable[Mapping[str, Any]]) -> str:
    """The descriptions of all machines of rows, each once."""
    return " and ".join(dict.fromkeys(map(described, rows)))


def generation(columns: Mapping[str, Any]) -> str | None:
    """AMD's name for a processor's generation; else family and model; None if they are unknown."""
    family, model = columns.get("processor_family"), columns.get("processor_model")
    if family is None or model is None:
        return None
    if columns.get("processor_vendor") == "AuthenticAMD":
        for found, of_family, first, last in GENERATIONS:
            if family == of_family and first <= model <= last:
                return found
    return f"family {family} model {model}"


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
