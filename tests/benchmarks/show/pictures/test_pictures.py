"""The article's thirteen pictures: complete, reproducible, legible."""

from __future__ import annotations

import itertools
import re
from typing import Any
from xml.etree import ElementTree

import matplotlib as mpl
import pytest

from benchmarks.article.sections import CHAPTERS, SECTIONS
from benchmarks.measure import stored
from benchmarks.show.pages import gallery
from benchmarks.show.pictures import catalogue, diagrams, plots
from benchmarks.show.pictures.catalogue import PICTURES, picture
from tests.benchmarks.show.pictures.picturing import EVERYTHING, Key, drawn, named, shown, texts

ORDER = {
    "sigmoid": "2.1",
    "node": "2.2",
    "node-with-one-input": "2.3",
    "weights": "2.3",
    "node-with-bias": "2.3",
    "biases": "2.3",
    "layers": "2.4",
    "error": "4",
    "contours": "4.4",
    "delta-one": "4.6",
    "delta-several": "4.6",
    "digit": "5",
    "cost": "5.4",
}


def test_there_are_the_articles_pictures_in_its_order_under_its_sections() -> None:
    assert {name: source.section for name, source in PICTURES.items()} == ORDER
    assert list(PICTURES) == list(ORDER)
    known = [number for chapter in CHAPTERS for number in
             (chapter, *(one.number for one in SECTIONS if one.chapter == chapter))]  # fmt: skip
    places = [known.index(source.section) for source in PICTURES.values()]
    assert places == sorted(places)


@pytest.mark.parametrize("name", PICTURES)
def test_a_picture_is_the_same_svg_every_time_and_says_what_it_shows(name: str) -> None:
    one = picture(name)
    assert one.title.startswith(f"§{ORDER[name]}: ")
    assert one.sentence.endswith(".")
    assert len(one.sentence) > 80
    again = catalogue.draw(name, stored.load)
    assert again.svg == one.svg
    assert not re.search(r"20\d\d-\d\d-\d\d", one.svg)
    root = ElementTree.fromstring(one.svg)
    assert root.tag.endswith("}svg")
    assert any(part.text == one.title for part in root)
    inner = ElementTree.fromstring(one._repr_svg_())
    assert inner.get("role") == "img"
    assert inner.get("aria-label") == one.sentence


@pytest.mark.parametrize("key", EVERYTHING, ids=named)
def test_no_text_overlaps_another_and_all_are_large_enough_to_read(key: Key) -> None:
    from matplotlib.text import Text

    with drawn(shown(key)) as figure:
        found = texts(figure)
        assert len(found) > 3
        for (a, first), (b, second) in itertools.combinations(found.items(), 2):
            assert not first.overlaps(second), (a, b)
        sizes = [text.get_fontsize() for text in figure.findobj(Text) if text.get_text()]
        assert min(sizes) >= 7
        assert figure.get_facecolor() == (1, 1, 1, 1)  # legible on a dark page too


def test_drawing_leaves_matplotlib_as_the_caller_has_set_it() -> None:
    with mpl.rc_context({"font.size": 23.0, "axes.facecolor": "red"}):
        before = dict(mpl.rcParams)
        first = catalogue.titled("node", "2.2", diagrams.node()).svg
        assert dict(mpl.rcParams) == before
        second = catalogue.titled("sigmoid", "2.1", plots.sigmoid()).svg
        assert dict(mpl.rcParams) == before
    assert (first, second) == (picture("node").svg, picture("sigmoid").svg)


def test_an_unknown_picture_is_refused_with_the_names_there_are() -> None:
    with pytest.raises(ValueError, match=r"no picture is called 'neuron'; there are sigmoid, node"):
        picture("neuron")


def test_the_document_shows_them_all_in_order() -> None:
    assert gallery.rewritten() == {}, "make report: docs/pictures.md is not up to date"
    text = gallery.PATH.read_text(encoding="utf-8")
    assert re.findall(r"/article-([a-z-]+)\.svg", text) == list(PICTURES)
    assert re.findall(r"^## (\S+)", text, re.M) == list(dict.fromkeys(ORDER.values()))
    for path in re.findall(r"\]\((\.\./[^)]+)\)", text):
        assert (gallery.PATH.parent / path).exists(), path


def test_a_missing_document_is_written(tmp_path: Any) -> None:
    path = tmp_path / "pictures.md"
    assert gallery.rewritten(path) == {path: gallery.text()}
