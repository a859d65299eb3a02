"""The glossary's terms consist of words of the article.

The article's text is not in the repository; `article_words.txt` lists its words. If the variable
MLP_LADDER_ARTICLE names a file with the text, phrases are looked up too.
"""

from __future__ import annotations

import os
import re
from collections import Counter
from pathlib import Path

import pytest

from benchmarks.article.glossary import TERMS
from benchmarks.article.sections import ARTICLE, CHAPTERS, SECTIONS
from benchmarks.show.tables import glossary_table, markdown

WORDS = Path(__file__).with_name("article_words.txt")
HEADER = """\
# Every word of the article's body, lower case, with how often it stands there: runs of letters,
# without the captions of pictures and the menu of the page. Written by `word_list` in
# test_glossary.py from the text that MLP_LADDER_ARTICLE names.
"""
MENU = "Вы пропустили"
"""The first words after the article on its page."""
FOREIGN = ("функция активации", "сигмоида", "оценочная функция", "обучающая выборка")
"""Terms for the same things that the article never uses."""


def words(text: str) -> list[str]:
    return re.findall(r"[^\W\d_]+", text.lower())


def body(page: str) -> str:
    """Return the article's text without the page's menu and captions."""
    return page.partition(MENU)[0].replace(ARTICLE, " ")


def word_list(page: str) -> str:
    counted = sorted(Counter(words(body(page))).items())
    return HEADER + "".join(f"{word} {count}\n" for word, count in counted)


@pytest.fixture(scope="module")
def known() -> dict[str, int]:
    lines = WORDS.read_text(encoding="utf-8").splitlines()
    pairs = [line.split() for line in lines if not line.startswith("#")]
    return {word: int(count) for word, count in pairs}


@pytest.fixture(scope="module")
def page() -> str:
    path = os.environ.get("MLP_LADDER_ARTICLE")
    if not path:
        pytest.skip("the article's text is not at hand: MLP_LADDER_ARTICLE names no file")
    return Path(path).read_text(encoding="utf-8")


@pytest.fixture(scope="module")
def texts(page: str) -> dict[str, str]:
    """Return the words of each section, by number; a chapter's opening ends the section before."""
    rest, found = body(page), {}
    for number in [section.number for section in SECTIONS][::-1]:
        title = next(section.russian for section in SECTIONS if section.number == number)
        rest, heading, text = rest.rpartition(f"\n{number} {title}")
        assert heading, number
        found[number] = " ".join(words(title + text))
    ordered = dict(reversed(found.items()))
    return ordered | {"4": ordered["3.5"], "5": ordered["4.9"]}


def test_every_word_of_a_term_is_the_articles(known: dict[str, int]) -> None:
    assert known["функция"] > 10
    for term in TERMS:
        assert words(term.as_printed), term
        for word in words(term.as_printed):
            assert word in known, term


def test_a_dictionary_form_is_of_the_printed_words() -> None:
    for term in TERMS:
        own, printed = words(term.russian), words(term.as_printed)
        assert len(own) == len(printed), term
        for one, other in zip(own, printed, strict=True):
            assert one[:3] == other[:3], term


def test_words_that_are_not_the_articles_are_no_terms(known: dict[str, int]) -> None:
    for foreign in FOREIGN:
        assert not any(foreign in (term.russian, term.as_printed) for term in TERMS)
    for word in ("сигмоида", "оценочная", "обучающая", "выборка"):
        assert word not in known
        assert not any(word in words(term.russian) for term in TERMS)


def test_a_term_stands_once_for_each_sense() -> None:
    pairs = [(term.english, term.russian) for term in TERMS]
    assert len(set(pairs)) == len(pairs)
    assert [t.english for t in TERMS if t.russian == "точность"] == ["precision", "accuracy"]
    assert {t.russian for t in TERMS if t.english == "output layer"} == {
        "выходной слой",
        "исходный слой",
    }


def test_terms_stand_in_the_articles_order() -> None:
    order = [*CHAPTERS, *(section.number for section in SECTIONS)]
    numbers = [term.section for term in TERMS]
    assert set(numbers) <= set(order)
    assert numbers == sorted(numbers)


def test_the_table_has_a_line_for_every_term() -> None:
    table = markdown.table(glossary_table.HEADINGS, glossary_table.lines())
    lines = table.splitlines()
    assert len(lines) == len(TERMS) + 2
    assert {line.count("|") for line in lines} == {5}
    assert "| cost function | функция оценки | 4.2 |" in table


# --- where the text is at hand --------------------------------------------------------------------


def test_the_words_are_those_of_the_text(page: str) -> None:
    assert WORDS.read_text(encoding="utf-8") == word_list(page)


def test_a_phrase_stands_in_its_section_and_in_none_before(texts: dict[str, str]) -> None:
    for term in TERMS:
        phrase = re.compile(rf"\b{' '.join(words(term.as_printed))}\b")
        here = texts[term.section]
        assert phrase.search(here), term
        before = [text for number, text in texts.items() if number < term.section and text != here]
        assert not [text for text in before if phrase.search(text)], term


def test_the_text_has_none_of_the_others_phrases(page: str) -> None:
    text = " ".join(words(body(page)))
    for foreign in FOREIGN:
        assert not re.search(rf"\b{foreign}\b", text)
