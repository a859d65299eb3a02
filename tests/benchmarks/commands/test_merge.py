"""`python -m benchmarks merge`, and `compare` and `report` of what it writes."""

from __future__ import annotations

import os
import re
from pathlib import Path

import pytest

from benchmarks.measure import rows
from benchmarks.measure.header import RUNNING
from tests.benchmarks.made_up import ACME, BETA, duels, keep, time
from tests.running import Outcome, run

ACME_NAME, MORE_NAME = "acme-one-avx2-4-cores", "acme-one-avx2-8-cores"
BETA_NAME = "beta-two-avx512f-8-cores"


def hosts(folder: Path) -> list[str]:
    """Folders of three hosts: on one, `vectorized` beats `jitted`; only one measured float32."""
    times = {"specialized": 2000.0, "jitted": 3000.0, "vectorized": 9000.0}
    keep(folder / "a" / "2026-01-01T00-00-00-ladder", duels(times))
    keep(folder / "a" / "2026-01-03T00-00-00-ladder", duels(times, dtype="float32"), 3)
    keep(folder / "b" / "2026-01-01T00-00-00-ladder", duels(times), 2,
         machine=ACME | {"cores": 8})  # fmt: skip
    other = {"specialized": 1500.0, "jitted": 6000.0, "vectorized": 4000.0}
    keep(folder / "c" / "2026-01-01T00-00-00-ladder", duels(other), machine=BETA,
         commit="def7654321", versions={"numpy": "2.1"})  # fmt: skip
    return [str(folder / name) for name in "abc"]


def merged(folder: Path) -> tuple[Path, Outcome]:
    into = folder / "set"
    return into, run("merge", *hosts(folder), "--into", str(into))


def cells(text: str, *wanted: str) -> list[list[str]]:
    """The cells of the lines of a table in which all of these are cells."""
    lines = (re.split(r"\s{2,}", line.strip()) for line in text.splitlines())
    return [line for line in lines if set(wanted) <= set(line)]


def test_the_command_shows_machines_runs_rows_commits_and_dates(tmp_path: Path) -> None:
    into, result = merged(tmp_path)
    assert (result.returncode, result.stderr) == (0, "")
    for name, line in (
        (ACME_NAME, ["abc1234567", "2026-01-01 to 2026-01-03", "2", "12"]),
        (MORE_NAME, ["abc1234567", "2026-01-02", "1", "6"]),
        (BETA_NAME, ["def7654321", "2026-01-01", "1", "6"]),
    ):
        assert cells(result.stdout, name) == [[name, *line]]
    assert f"4 runs are added to {into}; 0 runs are in it already" in result.stdout
    again = run("merge", str(into), str(tmp_path / "a"), "--into", str(into))
    assert f"0 runs are added to {into}; 6 runs are in it already" in again.stdout


def test_without_into_the_set_lies_among_the_own_runs(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(rows, "LOCAL", tmp_path / "local")
    result = run("merge", *hosts(tmp_path))
    assert result.returncode == 0, result.stderr
    assert sorted(os.listdir(tmp_path / "local" / "machines")) == [ACME_NAME, MORE_NAME, BETA_NAME]


def test_what_is_left_out_is_told_in_one_line_each(tmp_path: Path) -> None:
    folders = hosts(tmp_path)
    keep(tmp_path / "a" / "now", [time("c", 1.0)], state=RUNNING)
    (tmp_path / "c" / "notes.txt").write_text("mine")
    result = run("merge", *folders, "--into", str(tmp_path / "set"))
    assert result.returncode == 0
    assert result.stderr.splitlines() == [
        f"{tmp_path}/a/now is left out: it is still running, or was killed",
        f"{tmp_path}/c/notes.txt is left out: it is no folder of a run",
    ]


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (("none",), "error: none does not exist"),
        (("README.md",), "error: README.md is a file, not a folder of runs"),
        (("tests/benchmarks/terminal",), "there is no run to merge in tests/benchmarks/terminal"),
        ((), "Missing argument"),
        (("results/reference", "--into", "README.md"), "error: README.md is no folder"),
        (("results/reference", "--into", "results/reference"), "holds runs itself"),
        (("results/reference/forward", "--into", ""), "--into is empty"),
    ],
)
def test_what_cannot_be_merged_is_told(words: tuple[str, ...], told: str) -> None:
    result = run("merge", *words)
    assert result.returncode == 2
    assert told in result.stderr.splitlines()[-1]
    assert "Traceback" not in result.stderr
    assert result.stdout == ""


def test_compare_shows_the_machines_of_a_set_side_by_side(tmp_path: Path) -> None:
    into, _ = merged(tmp_path)
    result = run("compare", str(into))
    assert result.returncode == 0, result.stderr
    assert result.stderr.splitlines() == [
        f"commit differs: abc1234567 on {ACME_NAME}; abc1234567 on {MORE_NAME}; "
        f"def7654321 on {BETA_NAME}",
    ]
    out = result.stdout
    (line,) = cells(out, BETA_NAME, "specialized")
    assert line[1:] == [
        BETA_NAME, "specialized", "vectorized", "1.500 [1.485, 1.515] µs", "67 %",
        "2.67 [2.64, 2.69]", "slower",
    ]  # fmt: skip
    (line,) = cells(out, f"only {ACME_NAME}")
    assert "float32" in line[0]
    (line,) = cells(out, "jitted against vectorized")
    assert [cell.partition(",")[0] for cell in line[2:]] == [
        "faster", "faster", "slower", "opposite",
    ]  # fmt: skip
    assert "specialized against jitted" not in out
    assert "Of 3 pairs" in out
    assert "Shares" not in out
    assert "Shares of each machine's own limit" in run("compare", str(into), "--all").stdout
    folders = [str(tmp_path / name) for name in "ac"]  # without merging
    assert "jitted against vectorized" in run("compare", *folders).stdout


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (("SET", "--check"), "are for two runs, not for result sets"),
        (("SET", "--margin", "3"), "are for two runs, not for result sets"),
        (("SET", "none"), "there is no run none"),
        ((f"SET/{ACME_NAME}",), "there are no two machines here"),
        (("forward",), "error: forward is one run: compare takes another"),
        (("none",), "there is no run none"),
        (("tests",), "error: tests is a directory, not a run"),
    ],
)
def test_what_cannot_be_shown_side_by_side_is_told(
    tmp_path: Path, words: tuple[str, ...], told: str
) -> None:
    into, _ = merged(tmp_path)
    result = run("compare", *(word.replace("SET", str(into)) for word in words))
    assert result.returncode == 2
    (line,) = result.stderr.splitlines()
    assert told in line


def page_of(*words: str, out: Path) -> str:
    """The report without its scripts."""
    result = run("report", *words, "--out", str(out))
    assert result.returncode == 0, result.stderr
    return (out / "report.html").read_text(encoding="utf-8").partition("<script>")[0]


def section(page: str) -> str:
    return page.partition('<section id="machines"')[2].partition("</section>")[0]


def test_the_report_of_a_set_has_a_section_of_machines(tmp_path: Path) -> None:
    into, _ = merged(tmp_path)
    page = page_of(str(into), out=tmp_path / "page")
    assert '<a href="#machines">' in page
    assert str(tmp_path) not in page
    found = section(page)
    winners, differing, shares = found.split("<h3")[1:]
    assert winners.count("<tr>") == 1 + 3 + 1
    assert f"<td>only {ACME_NAME}</td>" in winners
    assert "<td>2.67 [2.64, 2.69]</td>" in winners
    assert "nothing is averaged over machines" in winners
    assert differing.count("<tr>") == 2
    assert "<td>jitted against vectorized</td>" in differing
    assert "<td>67 %</td>" in shares
    assert f"commit differs: abc1234567 on {ACME_NAME}" in found
    assert f'id="file-{BETA_NAME}/2026-01-01T00-00-00-ladder"' in page
    assert f"Measured on {BETA_NAME}." in page
    assert section(page_of("--rows", str(into), out=tmp_path / "same")) == found


def test_the_report_of_one_machine_has_no_such_section(tmp_path: Path) -> None:
    into, _ = merged(tmp_path)
    page = page_of(str(into / ACME_NAME), out=tmp_path / "page")
    assert 'href="#machines"' not in page
    assert section(page) == ""


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (("none",), "there is no run none"),
        (("README.md",), "README.md:1: not a result row: not JSON"),
        (("tests",), "error: tests is a directory, not a run"),
        (("forward", "--reference"), "report takes runs, or --rows or --reference, not both"),
        (("forward", "--rows", "results/reference"), "not both"),
    ],
)
def test_what_cannot_be_reported_is_told(tmp_path: Path, words: tuple[str, ...], told: str) -> None:
    result = run("report", *words, "--out", str(tmp_path / "page"))
    assert result.returncode == 2
    (line,) = result.stderr.splitlines()
    assert told in line
    assert not (tmp_path / "page").exists()
