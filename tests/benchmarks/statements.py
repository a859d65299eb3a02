"""Statements of the article by their key, and rows measured for one."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import asdict
from typing import Any

from benchmarks.article.statements import STATEMENTS, Statement
from benchmarks.measure.rows import Row


def values(found: Iterable[Row], key: str) -> dict[str, float]:
    """Return the values of one statement's rows, by quantity."""
    return {r.quantity: r.value for r in found if r.figure == key and r.value is not None}


def statement(key: str) -> Statement:
    return next(one for one in STATEMENTS if one.key == key)


def record(quantity: str, value: float, figure: str, **fields: Any) -> dict[str, Any]:
    return asdict(Row(quantity, value=value, figure=figure, **fields))
