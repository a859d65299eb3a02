"""Generated parts of documents: all are current; parts and markers belong together."""

from __future__ import annotations

import re
import shutil
from pathlib import Path

import pandas as pd
import pytest

from benchmarks.measure import rows
from benchmarks.measure.environment import ROOT
from benchmarks.measure.frames import frame
from benchmarks.measure.reference_runs import RUNS
from benchmarks.show.pages import readme
from benchmarks.show.pages.readme import PARTS, Part, render, stale
from tests.running import run

START, END = "<!-- t: generated, do not edit -->", "<!-- end of t -->"
DOCUMENT = f"a\n{START}\nold\n{END}\nb"
DOCUMENTS = sorted({part.document for part in PARTS})
PAGES = sorted((ROOT / readme.RESULTS).iterdir())


def part(name: str, text: str, *runs: str) -> Part:
    return Part("document.md", name, runs, lambda _: text)


def nothing(*_: str) -> pd.DataFrame:
    return frame([])


def test_the_generated_documents_are_up_to_date() -> None:
    result = run("readme", "--check")
    assert result.returncode == 0, result.stderr


def test_a_part_replaces_what_stands_between_its_markers() -> None:
    once = render(DOCUMENT, {"t": "new"})
    assert once == DOCUMENT.replace("old", "new")
    assert render(once, {"t": "new"}) == once


@pytest.mark.parametrize(
    ("document", "names", "message"),
    [
        ("nothing", ["t"], "no section between <!-- t: generated"),
        (DOCUMENT.replace("<!-- end of t -->", ""), ["t"], "no section between"),
        (DOCUMENT, [], "nothing generates the section <!-- t:"),
        (DOCUMENT, ["u", "t"], "no section between <!-- u:"),
        (f"{DOCUMENT}\n{DOCUMENT}", ["t"], "<!-- t: generated, do not edit --> is there twice"),
        (f"{DOCUMENT}{DOCUMENT[2:]}", ["t"], "'b<!-- t: generated, do not edit -->'"),
        (f"{DOCUMENT}\n{START} \nx\n{END}", ["t"], "must be <!-- t: generated, do not edit -->,"),
        (f"{DOCUMENT}\n{START.replace(' t', ' u')} ", ["t"], "generates the section <!-- u:"),
        (f"{DOCUMENT}\n{START.replace('-- ', '--')}", ["t"], "must be <!-- t:"),
        (f"{DOCUMENT}\n{START.replace(', do not edit', '')}", ["t"], "must be <!-- t:"),
        (f"{DOCUMENT}\n{END}", ["t"], "<!-- end of t --> ends no section"),
        (f"{DOCUMENT}\n<!-- end of u -->", ["t"], "generates the section <!-- end of u -->"),
        (f"{START}\n{START.replace(' t', ' u')}\n{END}", ["t", "u"], "is inside the section t"),
    ],
)
def test_markers_and_parts_belong_together(document: str, names: list[str], message: str) -> None:
    with pytest.raises(ValueError, match=re.escape(message)):
        render(document, dict.fromkeys(names, "new"))


def test_a_document_out_of_date_is_found_with_the_parts_that_are(tmp_path: Path) -> None:
    path = tmp_path / "document.md"
    path.write_text(DOCUMENT + "\n" + DOCUMENT.replace("of t", "of u").replace("-- t:", "-- u:"))
    (found,) = stale(tmp_path, [part("t", "old"), part("u", "new")])
    assert found.parts == ("u",)
    assert str(found) == "document.md (u)"
    path.write_text(found.text)
    assert not stale(tmp_path, [part("t", "old"), part("u", "new")])


def test_a_document_with_wrong_markers_is_named(tmp_path: Path) -> None:
    (tmp_path / "document.md").write_text(DOCUMENT)
    with pytest.raises(ValueError, match=r"^document\.md: the document has no section .* u:"):
        stale(tmp_path, [part("t", "old"), part("u", "new")])


def test_a_document_that_is_not_utf_8_is_named(tmp_path: Path) -> None:
    (tmp_path / "document.md").write_bytes(DOCUMENT.encode() + b"\xff")
    with pytest.raises(ValueError, match=r"^document\.md: .*utf-8"):
        stale(tmp_path, [part("t", "old")])


def test_only_a_part_with_rows_ends_with_their_digest() -> None:
    assert part("t", "text").text(nothing) == "text"
    with_rows = part("t", "text", "forward").text(nothing)
    assert re.fullmatch(r"text\n<!-- rows [0-9a-f]{12} -->", with_rows)


def test_the_command_names_what_is_not_up_to_date_and_mends_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "docs").mkdir()
    page = Path(shutil.copy(ROOT / readme.SECTIONS, tmp_path / readme.SECTIONS))
    of_lists = [part for part in PARTS if part.document == readme.SECTIONS]
    monkeypatch.setattr(readme.stale, "__defaults__", (tmp_path, of_lists))
    right = page.read_text(encoding="utf-8")
    page.write_text(right.replace("| 2.2 |", "| 2.6 |"), encoding="utf-8")
    wrong = run("readme", "--check")
    assert wrong.returncode == 1
    assert wrong.stderr == (
        "error: not up to date: sections.md (sections); run python -m benchmarks readme\n"
    )
    assert run("readme").returncode == 0
    assert page.read_text(encoding="utf-8") == right
    assert run("readme", "--check").returncode == 0


def test_every_reference_run_is_in_a_document() -> None:
    assert {one.name for one in RUNS} == {name for one in PARTS for name in one.runs}


@pytest.mark.parametrize("path", PAGES, ids=lambda path: path.stem)
def test_a_page_of_results_has_question_results_and_commands(path: Path) -> None:
    name = f"{readme.RESULTS}/{path.name}"
    assert name in DOCUMENTS
    text = path.read_text(encoding="utf-8")
    assert re.match(r"# .+\n\n\*\*Asked:\*\* .+\n", text)
    assert text.endswith("<!-- end of again -->\n")
    assert "\npython -m benchmarks " in text


def test_a_reference_run_that_was_never_measured_has_no_rows(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    shutil.copytree(rows.REFERENCE / "wide-1", tmp_path / "wide-1")
    monkeypatch.setattr(rows, "REFERENCE", tmp_path)
    assert readme.committed("forward").empty
    assert set(readme.committed("forward", "wide-1")["run"]) == {"wide-1"}
