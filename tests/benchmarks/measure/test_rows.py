"""Files of rows: written whole or not at all, read back, and refused by line."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from benchmarks.measure import header, rows
from benchmarks.measure.rows import Row


def test_rows_are_written_and_read_back(tmp_path: Path) -> None:
    path = tmp_path / "deep" / "rows.jsonl"
    written = [Row("time", "3-3-1", "forward", "looped", median_ns=1.5, low_ns=float("nan"))]
    rows.write(path, written, {"threads": 1})
    found = rows.read(path)
    assert found[0]["median_ns"] == 1.5
    assert found[0]["low_ns"] is None
    assert found[0]["threads"] == 1
    assert [file.name for file in path.parent.iterdir()] == ["rows.jsonl"]
    pandas = pytest.importorskip("pandas")
    assert pandas.read_json(path, lines=True).kernel.tolist() == ["looped"]


@pytest.mark.parametrize("line", ["hello", "{}", '{"schema": 99}', "[1]", "null"])
def test_a_foreign_file_is_refused_by_its_line(line: str, tmp_path: Path) -> None:
    path = tmp_path / "rows.jsonl"
    path.write_text(json.dumps({"schema": header.SCHEMA, "quantity": "x"}) + "\n" + line + "\n")
    with pytest.raises(ValueError, match=r"rows\.jsonl:2: not a result row"):
        rows.read(path)


def test_a_failed_write_leaves_the_old_file(tmp_path: Path) -> None:
    path = tmp_path / "rows.jsonl"
    rows.write(path, [Row("time")])
    before = path.read_text()
    with pytest.raises(TypeError):
        rows.write(path, [Row("time")], {"bad": object()})
    assert path.read_text() == before
    assert len(list(tmp_path.iterdir())) == 1
