"""The lists of the article's figures and statements."""

from __future__ import annotations

from benchmarks.article.figures import FIGURES
from benchmarks.article.statements import STATEMENTS


def test_every_figure_and_statement_has_its_own_key() -> None:
    keys = [figure.key for figure in FIGURES] + [statement.key for statement in STATEMENTS]
    assert len(set(keys)) == len(keys)
