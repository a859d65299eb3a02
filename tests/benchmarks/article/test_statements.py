"""The list of the article's statements that do not hold."""

from __future__ import annotations

from benchmarks.article.sections import CHAPTERS, SECTIONS
from benchmarks.article.statements import STATEMENTS


def test_statements_stand_in_the_order_of_sections_that_there_are() -> None:
    order = list(dict.fromkeys(n for s in SECTIONS for n in (s.chapter, s.number)))
    assert set(CHAPTERS) <= set(order)
    places = [order.index(one.section) for one in STATEMENTS]
    assert places == sorted(places)
