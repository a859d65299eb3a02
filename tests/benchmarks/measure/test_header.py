"""The header of a run: the machine and settings it names, and how a damaged one is refused."""

from __future__ import annotations

import getpass
import json
import os
import platform
import re
from pathlib import Path
from typing import Any

import psutil
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from benchmarks.measure import environment, fields, header, rows, stored
from benchmarks.measure.runs import Run
from tests.benchmarks.measure.test_reading import EXAMPLES, VALID, VALUES, show
from tests.benchmarks.measure.test_runs import TIME, content
from tests.running import run

HEADER = {
    "schema": 2, "command": "ladder", "arguments": ["--sizes", "3-3-1"], "state": "complete",
    "started": "2026-11-25T18:03:12.504Z", "finished": "2026-11-25T18:04:00.000Z", "commit": "abc",
    "machine": {"processor": "One", "processor_family": 25, "cores": 2, "vector_instructions": "x"},
    "versions": {"numpy": "2.0"}, "settings": {"threads": 1, "thread_settings": ""},
}  # fmt: skip


HEADER_NAMES = [(key,) for key in HEADER] + [
    (group, name) for group, names in fields.GROUPS.items() for name in names
]


def folder(path: Path, text: bytes) -> Path:
    """A run with the valid rows, and with this header."""
    path.mkdir(exist_ok=True)
    rows.write(path / header.ROWS, VALID)
    (path / header.HEADER).write_bytes(text)
    return path


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"schema": 1}, "no object with schema 2"),
        ({"state": "fine"}, "state is 'fine', which is none of running, complete"),
        ({"state": 3}, "state is 3, not text"),
        ({"started": "yesterday"}, "started is 'yesterday', which is no moment in UTC"),
        ({"finished": 5}, "finished is 5, not text"),
        ({"arguments": "x"}, "arguments is 'x', not a list of texts"),
        ({"arguments": [1]}, "arguments is [1], not a list of texts"),
        ({"machine": []}, "machine is [], not an object"),
        ({"machine": None}, "machine is None, not an object"),
        ({"machine": {"cores": 0}}, "cores is 0"),
        ({"machine": {"cores": "2"}}, "cores is '2', not a whole number"),
        ({"machine": {"processor_family": "AuthenticAMD-25-17"}}, "processor_family is 'Auth"),
        ({"versions": {"numpy": 2}}, "numpy is 2, not text"),
        ({"settings": {"threads": -1}}, "threads is -1, which is negative"),
    ],
)
def test_what_is_wrong_with_a_header_is_said(
    changes: dict[str, Any], message: str, tmp_path: Path
) -> None:
    path = folder(tmp_path / "run", json.dumps(HEADER | changes).encode())
    with pytest.raises(ValueError, match=r"run\.json: not the header of a run: ") as caught:
        stored.load(path)
    assert str(path / header.HEADER) in str(caught.value)
    assert message in str(caught.value)


@pytest.mark.parametrize("text", [b"", b"{", b"[]", b"\xff", b"[" * 100_000, b'{"schema": NaN}'])
def test_a_header_that_is_none_is_told_in_a_line(text: bytes, tmp_path: Path) -> None:
    path = folder(tmp_path / "run", text)
    result = run("compare", str(path), "forward")
    assert result.returncode == 2
    (line,) = result.stderr.splitlines()
    assert line.startswith(f"error: {path / header.HEADER}:")


def test_what_a_later_header_says_besides_is_left_out(tmp_path: Path) -> None:
    later = HEADER | {"mood": 3, "machine": {"cores": 2, "kernel": "x", "sockets": 1}}
    frame = rows.frame(folder(tmp_path / "run", json.dumps(later).encode()))
    assert set(frame["cores"]) == {2}
    assert not {"mood", "sockets"} & set(frame)
    assert "x" not in set(frame["kernel"].dropna())


@settings(
    max_examples=EXAMPLES,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(edits=st.lists(st.tuples(st.sampled_from(HEADER_NAMES), st.just(...) | VALUES), max_size=3),
       cut=st.none() | st.integers(0, 500))  # fmt: skip
def test_a_damaged_header_is_an_error_with_its_file_or_can_be_shown(
    edits: list[tuple[tuple[str, ...], Any]], cut: int | None, tmp_path: Path
) -> None:
    found: dict[str, Any] = json.loads(json.dumps(HEADER))
    for (*groups, name), value in edits:
        inner = found.get(groups[0]) if groups else found
        if isinstance(inner, dict) and value is ...:
            inner.pop(name, None)
        elif isinstance(inner, dict):
            inner[name] = value
    path = folder(tmp_path / "run", json.dumps(found).encode()[:cut])
    try:
        frame = stored.load(path)
    except ValueError as error:
        assert str(error).startswith(f"{path / header.HEADER}: not the header of a run: ")  # noqa: PT017
        return
    show(frame)
    assert len(frame) == len(VALID)


def test_the_machine_is_told_as_the_system_tells_it() -> None:
    found = environment.machine()
    assert set(found) == set(fields.MACHINE)
    assert found["system_kernel"] == platform.release()
    assert found["cores"] == os.cpu_count()
    assert abs(found["memory_gib"] * 2**30 - psutil.virtual_memory().total) <= 2**29
    information = Path("/proc/cpuinfo")
    text = information.read_text(encoding="utf-8") if information.is_file() else ""
    for column, key in (("processor_family", "cpu family"), ("processor_stepping", "stepping"),
                        ("processor_model", "model"), ("microcode", "microcode")):  # fmt: skip
        if told := re.search(rf"^{key}\s*: (\S+)$", text, re.MULTILINE):
            assert str(found[column]) == told[1]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (
            "processor\t: 0\nmicrocode\t: 0x1000065\n\nprocessor\t: 1\nmicrocode\t: 0x2\n",
            "0x1000065",
        ),
        ("processor\t: 0\nCPU revision\t: 1\n", "unknown"),
        (None, "unknown"),
    ],
)
def test_microcode_is_the_first_core_s_or_unknown(
    text: str | None, expected: str, tmp_path: Path
) -> None:
    path = tmp_path / "cpuinfo"
    if text is not None:
        path.write_text(text)
    assert environment.microcode(path) == expected


def test_what_is_unknown_is_not_written(local: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    machine = environment.machine() | {"processor_stepping": None, "microcode": "unknown"}
    monkeypatch.setattr(environment, "machine", lambda: machine)
    with Run.begin("ladder") as one:
        one.add([TIME])
    assert not {"processor_stepping", "microcode"} & set(content(one.path / "run.json")["machine"])
    (record,) = rows.read(one.path)
    assert (record["processor_stepping"], record["microcode"]) == (None, "unknown")


def test_no_path_host_or_user_is_stored(local: Path, tmp_path: Path) -> None:
    saved = tmp_path / "network.npz"
    result = run("train", "--iterations", "1", "--hidden", "5-4", "--save", str(saved))
    assert result.returncode == 0, result.stderr
    again = run("train", "--iterations", "1", f"--start={saved}", "--hidden", "5-4", "--alpha=0.5")
    assert again.returncode == 0, again.stderr
    first, second = (content(path / "run.json") for path in sorted(local.iterdir()))
    assert first["arguments"] == ["--iterations", "1", "--hidden", "5-4"]
    assert second["arguments"] == ["--iterations", "1", "--alpha", "0.5", "--hidden", "5-4"]
    Run.begin("ladder", [f"--json={saved}", "--sizes", "3-3-1", r"C:\Users\me"])
    for path in local.rglob("*.json*"):
        text = path.read_text(encoding="utf-8")
        assert str(tmp_path) not in text
        assert "Users" not in text
        for private in (platform.node(), getpass.getuser(), str(Path.home())):
            assert not re.search(rf"(?<!\w){re.escape(private)}(?!\w)", text)


def test_flags_and_repeated_options_are_stored_as_they_were_typed(
    local: Path, quick_duels: None
) -> None:
    words = ["--sizes", "3-3-1", "--sizes", "2-1", "--kernels", "batched", "--no-peers",
             "--time", "0.1", "--rounds", "2"]  # fmt: skip
    result = run("ladder", *words)
    assert result.returncode == 0, result.stderr
    (path,) = local.iterdir()
    assert content(path / "run.json")["arguments"] == words
