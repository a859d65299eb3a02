"""The table of what the article says that does not hold, drawn from stored rows."""

from __future__ import annotations

from typing import Any

import numpy as np

from benchmarks.article.digits import ARTICLE_ACCURACY_PERCENT
from benchmarks.article.statements import STATEMENTS
from benchmarks.report.article_table import Line, find

Record = dict[str, Any]
HEADINGS = ("§", "the article says", "measured")


def lines(records: list[Record]) -> list[Line]:
    """What the article says that does not hold, with the measurement."""
    accuracies = [row["value"] for row in find(records, quantity="accuracy_percent")]
    derived = {}
    if accuracies:
        derived = {
            "seeds": len(accuracies),
            "accuracy_lowest": min(accuracies),
            "accuracy_highest": max(accuracies),
            "accuracy_median": float(np.median(accuracies)),
            "below_article": sum(value <= ARTICLE_ACCURACY_PERCENT for value in accuracies),
        }
    for name, quantity in (("error_last", "mean_error"), ("cost_last", "cost")):
        series = find(records, quantity=quantity, seed=0)
        if series:
            derived[name] = max(series, key=lambda row: row["iterations"])["value"]
    found: list[Line] = []
    for statement in STATEMENTS:
        known = derived | {r["quantity"]: r["value"] for r in find(records, figure=statement.key)}
        complete = all(quantity in known for quantity in statement.quantities)
        finding = statement.finding.format(**known) if complete else "not measured"
        found.append((statement.section, statement.says, finding))
    return found
