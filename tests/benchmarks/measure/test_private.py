"""Paths, which contain users' names, are left out of what is stored."""

from __future__ import annotations

from pathlib import Path

import pytest

from benchmarks.measure import environment, private, rows
from benchmarks.measure.rows import Row
from benchmarks.measure.runs import Run


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("[Errno 2] No such file: '/data/me too/x.so'", "[Errno 2] No such file: '…'"),
        ('open("/data/me/x.so") failed', 'open("…") failed'),
        (r"C:\Users\me\x.dll: not found", "… not found"),
        ("it can't read ~/x, and won't", "it can't read … and won't"),
        ("it was cut in '/data/me to", "it was cut in '…'"),
        ("minimises the log-loss", "minimises the log-loss"),
    ],
)
def test_paths_in_a_message_are_left_out(text: str, expected: str) -> None:
    assert private.without_paths(text) == expected


def test_no_reason_is_stored_or_shown_with_a_path(local: Path) -> None:
    failure = "cannot open /data/secretuser/models/x.so"
    with Run.begin("ladder") as one:
        one.add([Row("time", kernel="a", state="failed", reason=failure)])
    assert "secretuser" not in one.file.read_text(encoding="utf-8")
    (record,) = rows.read(one.path)
    assert record == one.records[0]
    assert record["reason"] == "cannot open …"


def test_thread_settings_are_stored_without_paths(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in environment.THREAD_VARIABLES:
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("OMP_NUM_THREADS", "2")
    monkeypatch.setenv("NUMBA_CPU_NAME", "/data/secretuser")
    assert environment.thread_settings() == "OMP_NUM_THREADS=2 NUMBA_CPU_NAME=…"
