"""Stored runs as one DataFrame: column types, origin of rows, missing values, CSV."""

from __future__ import annotations

import ast
import io
import re
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from benchmarks.measure import environment, fields, frames, rows, stored
from benchmarks.measure.environment import ROOT
from benchmarks.measure.rows import Row
from tests.benchmarks.measure.test_suite_report import report
from tests.test_architecture import files

ENVIRONMENT = {"processor": "One", "cores": 2, "threads": 1}
RUNS = sorted(path.name for path in rows.REFERENCE.iterdir())


def written(path: Path, *found: Row) -> Path:
    rows.write(path, found, ENVIRONMENT)
    return path


def test_a_reference_run_has_a_name() -> None:
    frame = stored.load("forward")
    assert set(frame["run"]) == {"forward"}
    assert frames.records(frame) == rows.read(rows.REFERENCE / "forward")


def test_all_reference_runs_are_one_frame_that_gives_the_stored_rows_back() -> None:
    frame = stored.load(*RUNS)
    assert list(frame["run"].unique()) == RUNS
    for name, group in frame.groupby("run"):
        read = rows.read(rows.REFERENCE / str(name))
        for stored_row, back in zip(read, frames.records(group), strict=True):
            assert {key: back[key] for key in stored_row} == stored_row
            assert all(back[key] is None for key in back.keys() - stored_row.keys())


def test_columns_have_types_that_can_be_missing(tmp_path: Path) -> None:
    path = written(
        tmp_path / "rows.jsonl", Row("output", value=1.0), Row("steps", value=70, rows=3)
    )
    for frame in (stored.load(path), stored.load("forward"), stored.load()):
        assert {name: str(frame[name].dtype) for name in frames.DTYPES} == frames.DTYPES
    frame = stored.load(path)
    assert list(frame.columns[: len(frames.DTYPES)]) == list(frames.DTYPES)
    assert frame["value"].tolist() == [1.0, 70.0]
    assert frame["rows"].isna().tolist() == [True, False]
    assert frame["rows"].sum() == 3
    assert [one["rows"] for one in frames.records(frame)] == [None, 3]


def test_every_column_of_a_run_s_environment_is_known() -> None:
    assert set(environment.environment()) <= set(fields.ENVIRONMENT)
    assert set(frames.DTYPES) >= {*fields.ENVIRONMENT, *rows.KINDS}


def test_values_of_records_are_pythons_own_or_none() -> None:
    for given, expected in (
        (pd.Series([1, None], dtype="Int64"), [1, None]),
        (pd.Series([0.5, None], dtype="Float64"), [0.5, None]),
        (pd.Series(["a", None], dtype="string"), ["a", None]),
        (pd.Series([0.5, np.nan]), [0.5, None]),
        (pd.Series([1, 2]), [1, 2]),
        (pd.Series(["a", None]), ["a", None]),
        (pd.Series([[1], None, {"b": 2}]), [[1], None, {"b": 2}]),
        (pd.Series([], dtype="Float64"), []),
    ):
        found = frames.values(given)
        assert found == expected
        assert [type(one) for one in found] == [type(one) for one in expected]


def test_rows_in_memory_give_the_same_frame_as_their_file(tmp_path: Path) -> None:
    found = [
        Row("time", "3-3-1", "forward", "a", median_ns=5.0, low_ns=4.0, high_ns=6.0),
        Row("ratio", kernel="a", value=1.0, low=float("nan"), high=float("inf")),
    ]
    fresh = frames.frame(rows.records(found, environment.environment()))
    path = tmp_path / "rows.jsonl"
    rows.write(path, found, environment.environment())
    again = stored.load(path)
    assert fresh["run"].isna().all()
    pd.testing.assert_frame_equal(again.drop(columns="run"), fresh.drop(columns="run"))


def test_runs_stand_one_after_the_other_and_say_where_they_are_from(tmp_path: Path) -> None:
    path = written(tmp_path / "mine.jsonl", Row("output", kernel="mine"))
    suite = report(tmp_path / "suite.json", 1.0, keep=True)
    frame = stored.load(path, "compile", str(suite))
    assert list(frame["run"].unique()) == [str(path), "compile", str(suite)]
    assert frame["kernel"].iloc[[0, -1]].tolist() == ["mine", "jitted"]
    assert frame.index.is_unique


def test_columns_unknown_to_the_schema_are_kept(tmp_path: Path) -> None:
    path = tmp_path / "limits.jsonl"
    rows.write(path, [Row("limits")], ENVIRONMENT | {"read_gb_per_second": 12.5})
    frame = stored.load("compile", path)
    assert frame["read_gb_per_second"].tolist()[-1] == 12.5
    assert frames.records(frame)[0]["read_gb_per_second"] is None


def test_paths_and_names_of_runs_are_distinguished(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    written(Path("forward"), Row("output", kernel="mine"))
    assert set(stored.load("./forward")["kernel"]) == {"mine"}
    assert set(stored.load(Path("forward"))["kernel"]) == {"mine"}
    assert len(stored.load("forward")) > 1
    for both in (("forward", Path("forward")), (Path("forward"), "forward")):
        with pytest.raises(ValueError, match=r"^two runs are called forward: .* '\./forward'"):
            stored.load(*both)
    assert list(stored.load("forward", "./forward")["run"].unique()) == ["forward", "./forward"]


@pytest.mark.parametrize("one", [ROOT, str(ROOT), ".", ""])
def test_a_directory_and_an_empty_name_are_no_run(one: str | Path) -> None:
    problem = rf"{one} is a directory, not a run: it has no" if str(one) else "an empty name is no"
    with pytest.raises(ValueError, match=rf"^{problem}"):
        stored.load("forward", one)


def test_one_run_by_two_names_is_refused(tmp_path: Path) -> None:
    path = rows.REFERENCE / "forward" / "rows.jsonl"
    link = tmp_path / "link.jsonl"
    link.symlink_to(path)
    with pytest.raises(ValueError, match=r"^forward is named twice$"):
        stored.load("forward", "batch", "forward")
    for other in (path, str(path), link, path.parent):
        with pytest.raises(ValueError, match=rf"^{other} and forward are the same run$"):
            stored.load("forward", other)


@pytest.mark.parametrize("one", ["nope", "../forward", "nope/rows.jsonl"])
def test_an_unknown_run_is_refused_with_the_names_there_are(one: str) -> None:
    with pytest.raises(ValueError, match=rf"no run {one}; the reference runs are .*article, batch"):
        stored.load("forward", one)


def test_a_bad_line_is_named_with_its_file(tmp_path: Path) -> None:
    path = written(tmp_path / "rows.jsonl", Row("output", value=1.0))
    with path.open("a", encoding="utf-8") as file:
        file.write('{"schema": 1, "quantity": "time", "median_ns": "5"}\n')
    with pytest.raises(ValueError, match=r"rows\.jsonl:2: not a result row: median_ns is '5'"):
        stored.load("forward", path)


def test_rows_are_grouped_by_question() -> None:
    """Also where columns are None."""
    asked = [("b", "forward", None), ("a", "train", 3), ("b", "forward", None), ("a", "train", 4),
             (None, None, None), ("a", "train", 3)]  # fmt: skip
    found = [Row("time", one, operation, str(number), rows=count)
             for number, (one, operation, count) in enumerate(asked)]  # fmt: skip
    frame = frames.frame(rows.records(found, {}))
    groups = [list(group["kernel"]) for group in frames.questions(frame)]
    assert groups == [["0", "2"], ["1", "5"], ["3"], ["4"]]
    assert frames.questions(stored.load()) == []


def read_csv(text: str) -> pd.DataFrame:
    """Read CSV with the call that the docstring of `stored.csv` recommends."""
    recipe = re.search(r"`(pandas\.read_csv\(.*\))`", str(stored.csv.__doc__))
    assert recipe
    names = {"pandas": pd, "file": io.StringIO(text), "frames": frames}
    found = eval(recipe[1], names)
    assert isinstance(found, pd.DataFrame)
    return found


def test_csv_gives_the_reference_runs_back() -> None:
    frame = stored.load(*RUNS)
    found = read_csv(stored.csv(frame))
    empty = frame.columns[(frame == "").any()]
    assert list(empty) == ["thread_settings"]
    frame["thread_settings"] = frame["thread_settings"].where(frame["thread_settings"] != "")
    pd.testing.assert_frame_equal(found, frame, check_exact=True)


@pytest.mark.parametrize(
    "text",
    ['a "quoted", one', "two\nlines", "NA", "None", "null", "nan", "µs\u2028", " a ",
     "50 %\r100 %\r\n"],
)  # fmt: skip
def test_csv_gives_texts_back(text: str) -> None:
    frame = frames.frame([{"quantity": "note", "reason": text, "value": 0.1 + 0.2}])
    found = read_csv(stored.csv(frame))
    assert found["reason"].tolist() == [text.replace("\r\n", "\n").replace("\r", "\n")]
    assert found["value"].tolist() == [0.1 + 0.2]


def calls(path: Path) -> set[str]:
    """Return the names of all functions that a module calls, such as `rows.read`."""
    nodes = ast.walk(ast.parse(path.read_text(encoding="utf-8")))
    return {ast.unparse(node.func) for node in nodes if isinstance(node, ast.Call)}


def test_stored_rows_are_read_in_one_place() -> None:
    found = {path.name for path in files("benchmarks") if "rows.read" in calls(path)}
    assert found == {"listing.py", "stored.py"}
