"""Damaged files of rows: each is refused with file and line, or can be shown everywhere."""

from __future__ import annotations

import json
import math
import os
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from benchmarks.experiments import compare
from benchmarks.measure import fields, frames, noise, rows, stored, verdicts
from benchmarks.measure.rows import Row
from benchmarks.show.figures import curves, rankings
from benchmarks.show.tables import (
    article_table,
    ladder_table,
    questions,
    ranks,
    recommend,
    selftest_table,
    serving_table,
)
from tests.benchmarks.made_up import fastest, loading, ratio, time
from tests.running import run

ENVIRONMENT = {"processor": "One", "vector_instructions": "avx2", "cores": 2, "threads": 1}
VALID = [
    *fastest(),
    time("other", 2500.0), ratio("other", 1.2, 1.3),
    time("vague", 2500.0, spread=2.0), ratio("vague", 0.5, 3.0),
    time("cheat", 50.0),
    Row("time", "3-3-1", "forward", "gone", state="crashed", reason="SIGILL"),
    Row("crossover_batch", "3-3-1", "forward_batch", "other", rows=1, value=5.0, low=4.0, high=6.0,
        against="first"),
    Row("duel", "3-3-1", "forward", "k", value=1.0, low=0.9, high=1.1, seconds=1.0, processes=8),
]  # fmt: skip


def lines_of(path: Path) -> list[str]:
    rows.write(path, VALID, ENVIRONMENT)
    return path.read_text(encoding="utf-8").splitlines()


NUMBERS = (0, -1, 10**400, 1e-320, 1e308, -0.0, 1.0)
TEXTS = ("ok", "time", "ratio", "3-3-1", "first", "forward", "\ud800")
SCALARS = (
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=6)
    | st.sampled_from(NUMBERS) | st.sampled_from(TEXTS)
)  # fmt: skip
VALUES = SCALARS | st.lists(SCALARS, max_size=2) | st.dictionaries(st.text(), SCALARS, max_size=2)
EXAMPLES = int(os.environ.get("MLP_LADDER_EXAMPLES", "40"))
NAMES = [*rows.KINDS, *fields.ENVIRONMENT, "schema"]


@st.composite
def mutations(draw: st.DrawFn) -> Callable[[list[str]], bytes]:
    """Draw a change of a file: fields replaced or removed, lines damaged, bytes inserted."""
    edits = draw(st.lists(st.tuples(st.integers(0, len(VALID) - 1), st.sampled_from(NAMES),
                                    st.just(...) | VALUES), max_size=3))  # fmt: skip
    cut = draw(st.none() | st.integers(0, 400))
    put = draw(st.none() | st.tuples(st.integers(0, 6000), st.binary(max_size=4)))
    start = draw(st.sampled_from([b"", "\ufeff".encode(), b"\n\n", b"[" * 3000, b"\xff"]))
    joint = draw(st.sampled_from(["\n", "\r\n", "\n\n"]))

    def mutate(lines: list[str]) -> bytes:
        records = [json.loads(line) for line in lines]
        for number, name, value in edits:
            if value is ...:
                records[number].pop(name, None)
            else:
                records[number][name] = value
        texts = [json.dumps(record) for record in records]
        if cut is not None:
            texts[-1] = texts[-1][:cut]
        data = joint.join(texts).encode()
        if put is not None:
            data = data[: put[0]] + put[1] + data[put[0] :]
        return start + data

    return mutate


def show(frame: pd.DataFrame) -> None:
    """Show rows in every table, figure and command that shows rows."""
    noise.unsupported(frame)
    article_table.headline(frame)
    article_table.machine(frame)
    serving_table.lines(frame)
    selftest_table.lines(frame)
    selftest_table.title(frame)
    ladder_table.summary(frame)
    for group in frames.questions(frame):
        questions.title(frames.first(group))
        ladder_table.lines(group)
        recommend.advice(group)
    for draw in rankings.CHARTS:
        draw(loading(frame, "forward"))
    for draw in (curves.batches, curves.payback):
        draw(lambda *_: frame)


def check_verdicts(frame: pd.DataFrame) -> None:
    """Assert that every verdict follows from the row's interval."""
    for group in frames.questions(frame):
        timed = set(ranks.times(group)["kernel"])
        comparable = set(ranks.comparable(group)["kernel"])
        for kernel, one in verdicts.ratios(group).items():
            told = verdicts.of_row(one)
            low, high = one["low"], one["high"]
            assert (told == verdicts.SLOWER) == (low is not None and low > 1)
            assert (told == verdicts.FASTER) == (high is not None and high < 1)
            if told == verdicts.UNCERTAIN and kernel in timed and kernel != one["against"]:
                assert kernel not in comparable or not recommend.advice(group).startswith("Use")


def readable(read: Callable[[Path], Any], path: Path) -> Any:
    """Return the rows of a file, or None if it is refused with file and line."""
    try:
        return read(path)
    except ValueError as error:
        where, text = re.escape(str(path)), str(error)
    assert re.match(rf"{where}:\d+: .", text), text
    return None


def changes(old: Path, new: Path) -> list[compare.Change]:
    """Return the changes of the valid file's times, if the other file has any of them."""
    try:
        return compare.compare(compare.read(old), compare.read(new), anyway=True)
    except ValueError as error:
        text = str(error)
    assert "has no times" in text or "no timing in common" in text
    return []


@settings(
    max_examples=EXAMPLES,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(mutate=mutations())
def test_a_damaged_file_is_an_error_with_its_line_or_can_be_shown(
    mutate: Callable[[list[str]], bytes], tmp_path: Path
) -> None:
    valid, path = tmp_path / "valid.jsonl", tmp_path / "damaged.jsonl"
    lines = lines_of(valid)
    path.write_bytes(mutate(lines))
    frame = readable(stored.load, path)
    if frame is None:
        assert readable(compare.read, path) is None
        return
    show(frame)
    check_verdicts(frame)
    for one in changes(valid, path):
        intervals = all(row["low_ns"] and row["high_ns"] for row in (one.old, one.new))
        assert one.verdict in (verdicts.BELOW, verdicts.UNCERTAIN) or intervals
        if one.verdict in (verdicts.FASTER, verdicts.SLOWER):
            assert (one.verdict == verdicts.SLOWER) == (one.new["median_ns"] > one.old["median_ns"])


# --- what is read -------------------------------------------------------------------------------


def test_a_valid_file_is_read_whatever_its_marks_and_line_ends(tmp_path: Path) -> None:
    path = tmp_path / "rows.jsonl"
    rows.write(path, [*VALID, Row("note", reason="one\u2028two\x85three")], ENVIRONMENT)
    plain = rows.read(path)
    assert plain[-1]["reason"] == "one\u2028two\x85three"
    text = path.read_text(encoding="utf-8")
    for other in ("\ufeff" + text, text.replace("\n", "\r\n"), "\n" + text + "\n \n"):
        path.write_bytes(other.encode())
        assert rows.read(path) == plain


def test_missing_fields_get_their_defaults(tmp_path: Path) -> None:
    path = tmp_path / "rows.jsonl"
    path.write_text('{"schema": 1, "quantity": "value", "value": 1}\n')
    (record,) = rows.read(path)
    assert (record["kernel"], record["dtype"], record["state"]) == (None, "float64", "ok")
    assert (record["processor"], record["threads"]) == ("unknown", None)


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"median_ns": 0.0}, "median_ns is 0.0, which is no time of a call"),
        ({"median_ns": -5.0}, "median_ns is -5.0"),
        ({"median_ns": None}, "a row of time without median_ns"),
        ({"median_ns": "5"}, "median_ns is '5', not a number"),
        ({"median_ns": True}, "median_ns is True, not a number"),
        ({"median_ns": 1e4}, "median_ns is 10000.0, which is not between"),
        ({"low_ns": None}, "low_ns and high_ns belong together"),
        ({"low_ns": 3000.0}, "which is above high_ns"),
        ({"kernel": ["a"]}, r"kernel is \['a'\], not text"),
        ({"kernel": None}, "a row of time without kernel"),
        ({"rows": 2.5}, "rows is 2.5, not a whole number"),
        ({"rows": 0}, "rows is 0"),
        ({"threads": 10**30}, "threads is too large"),
        ({"processes": -1}, "processes is -1, which is negative"),
        ({"state": "fine"}, "state is 'fine', which is none of ok, missing"),
        ({"processor": 3}, "processor is 3, not text"),
        ({"quantity": "ratio", "value": 0.0}, "no ratio of times"),
        ({"schema": 3}, "no object with schema 1 or 2"),
        ({"schema": None}, "no object with schema 1 or 2"),
    ],
)
def test_the_error_says_what_is_wrong_with_a_row(
    changes: dict[str, Any], message: str, tmp_path: Path
) -> None:
    path = tmp_path / "rows.jsonl"
    first, second, *_ = map(json.loads, lines_of(path))
    path.write_text(json.dumps(second) + "\n" + json.dumps(first | changes) + "\n")
    with pytest.raises(ValueError, match=rf"rows\.jsonl:2: not a result row: .*{message}"):
        rows.read(path)


@pytest.mark.parametrize(
    ("data", "line", "message"),
    [
        (b'{"schema": 1, "quantity": "x", "value": NaN}', 1, "NaN is no number"),
        (b"\n" + b"[" * 100_000, 2, "nested too deeply"),
        (b"# Title\n", 1, "not a result row: not JSON$"),
        (
            b'{"schema": 1, "quantity": "x"}\n{"schema": 1, "quan',
            2,
            "not a result row: not JSON$",
        ),
        (b"\n\n\xff", 3, "not UTF-8"),
        (b'{"schema": 1, "quantity": "\\ud800"}', 1, "surrogate"),
        (b'{"schema": 1}', 1, "no quantity"),
        (b"\xef\xbb\xbf{", 1, "not a result row"),
    ],
)
def test_the_error_names_the_line(data: bytes, line: int, message: str, tmp_path: Path) -> None:
    path = tmp_path / "rows.jsonl"
    path.write_bytes(data)
    for read in (rows.read, compare.read):
        with pytest.raises(ValueError, match=rf"rows\.jsonl:{line}: .*{message}"):
            read(path)


# --- pytest-benchmark's JSON --------------------------------------------------------------------

INFO = {"workload": "3-3-1", "operation": "forward", "kernel": "k", "dtype": "float64",
        "threads": 1, "samples": 1}  # fmt: skip
STATS = {"median": 1e-6, "iqr": 1e-8, "rounds": 9}


@pytest.mark.parametrize(
    ("info", "stats", "message"),
    [
        ({}, {"rounds": 0}, "benchmark 0 is not a result"),
        ({}, {"median": math.nan}, "NaN|without median_ns"),
        ({}, {"median": 0.0}, "no time of a call"),
        ({}, {"iqr": -1e-8}, "above high_ns|not between"),
        ({}, {"data": ["a"]}, "benchmark 0 is not a result"),
        ({}, {"data": [[1.0], [2.0, 3.0]]}, "benchmark 0 is not a result"),
        ({"kernel": ["k"]}, {}, "kernel is .*, not text"),
        ({"threads": {}}, {}, "threads is {}, not a whole number"),
        ({"dtype": None}, {}, "dtype is None, not text"),
    ],
)
def test_a_damaged_report_of_the_suite_is_told(
    info: dict[str, Any], stats: dict[str, Any], message: str, tmp_path: Path
) -> None:
    path = tmp_path / "suite.json"
    report = {"machine_info": ENVIRONMENT,
              "benchmarks": [{"extra_info": INFO | info, "stats": STATS | stats}]}  # fmt: skip
    path.write_text(json.dumps(report))
    with pytest.raises(ValueError, match=rf"suite\.json.*({message})"):
        compare.read(path)


@pytest.mark.parametrize("data", [b"[" * 100_000, b'{"benchmarks": [3], "machine_info": {}}',
                                  b'{"benchmarks": [], "machine_info": []}'])  # fmt: skip
def test_compare_reports_a_damaged_file_in_one_line(data: bytes, tmp_path: Path) -> None:
    path = tmp_path / "file.json"
    path.write_bytes(data)
    result = run("compare", str(path), str(path))
    assert result.returncode == 2
    assert "Traceback" not in result.stderr
    (line,) = result.stderr.strip().splitlines()
    assert str(path) in line
