"""Tables in terminals of several widths, and piped: no value is cut."""

from __future__ import annotations

import fcntl
import json
import os
import pty
import re
import struct
import subprocess
import sys
import termios
from pathlib import Path
from typing import Any

import pytest
from rich.cells import cell_len

from benchmarks.__main__ import COMMANDS
from benchmarks.measure.environment import ROOT
from benchmarks.terminal import console
from tests.benchmarks.terminal import printing

LEFT_OUT = "A wider terminal shows more: "


def in_terminal(width: int, *command: str) -> str:
    """What Python prints in a terminal of this width, without colours."""
    ours, theirs = pty.openpty()
    fcntl.ioctl(theirs, termios.TIOCSWINSZ, struct.pack("HHHH", 50, width, 0, 0))
    usual = {name: value for name, value in os.environ.items() if name not in ("COLUMNS", "LINES")}
    process = subprocess.Popen(
        [sys.executable, *command], cwd=ROOT, stdin=theirs, stdout=theirs,
        stderr=subprocess.DEVNULL, env=usual | {"TERM": "xterm"},
    )  # fmt: skip
    os.close(theirs)
    said = b""
    try:
        while part := os.read(ours, 1 << 16):
            said += part
    except OSError:  # Linux's end of a terminal's output
        pass
    os.close(ours)
    assert process.wait(60) == 0, said.decode()
    return re.sub(r"\x1b\[[0-9;?]*[A-Za-z]", "", said.decode()).replace("\r\n", "\n")


def printed(out: str, folder: Path) -> list[tuple[dict[str, Any], str]]:
    """The cells of each table, and what was printed."""
    tables = json.loads((folder / "tables.json").read_text())
    return [
        (table, out.partition(f"<{number}>\n")[2].partition(f"</{number}>")[0])
        for number, table in enumerate(tables)
    ]


def squeezed(text: str) -> str:
    """A text without white space, at which cells may be broken."""
    return re.sub(r"\s+", "", text)


@pytest.mark.parametrize("width", [60, 80, 120])
def test_no_value_of_any_command_is_cut_in_a_terminal(width: int, tmp_path: Path) -> None:
    out = in_terminal(width, "-m", "tests.benchmarks.terminal.printing", str(tmp_path))
    tables = printed(out, tmp_path)
    assert len(tables) >= len(printing.COMMANDS)
    for table, text in tables:
        assert max(map(cell_len, text.splitlines())) <= width, text
        _, _, left_out = squeezed(text).partition(squeezed(LEFT_OUT))
        missing = left_out.rstrip(".").split(",")
        whole = squeezed(text)
        assert squeezed(table["title"]) in whole
        for line in table["lines"]:
            for heading, cell in zip(table["headings"], line, strict=True):
                shown = cell not in console.NOTHING and squeezed(heading) not in filter(
                    None, missing
                )
                assert not shown or squeezed(cell) in whole, (heading, cell, text)
        cells = "".join(cell for line in table["lines"] for cell in line)
        assert text.count("…") <= cells.count("…"), text


def test_every_row_is_one_line_where_no_terminal_reads(tmp_path: Path) -> None:
    result = subprocess.run(
        [sys.executable, "-m", "tests.benchmarks.terminal.printing", str(tmp_path)],
        cwd=ROOT, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert result.returncode == 0, result.stderr
    for table, text in printed(result.stdout, tmp_path):
        lines = text.splitlines()[2 + bool(table["title"]) :]
        for cells, line in zip(table["lines"], lines, strict=True):
            assert all(cell in line for cell in cells)


def test_every_command_that_prints_a_table_is_among_those() -> None:
    folder = ROOT / "benchmarks" / "commands"
    found = {
        name for name in COMMANDS
        if "console.table(" in (folder / f"{name}.py").read_text(encoding="utf-8")
    }  # fmt: skip
    assert found == set(printing.COMMANDS)


def test_columns_that_can_be_spared_go_before_rows_become_blocks(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    told = {}
    for width in (30, 20, 10):
        monkeypatch.setattr(console, "PIPED_WIDTH", width)
        console.table("", ("", "time", "long heading"), [("looped", "1.2 ms", "3")], spare=1)
        told[width] = [line.rstrip() for line in capsys.readouterr().out.splitlines()]
    assert told[30][-1].split() == ["looped", "1.2", "ms", "3"]
    assert told[20][2].split() == ["looped", "1.2", "ms"]
    assert " ".join(told[20][3:]) == f"{LEFT_OUT}long heading."
    assert squeezed("".join(told[10])) == "loopedtime:1.2mslongheading:3"


@pytest.mark.parametrize(
    ("seconds", "told"),
    [(1, "1 second"), (40, "40 seconds"), (61, "1 minute"), (720, "12 minutes"), (9000, "2 hours")],
)
def test_durations_are_told_in_round_numbers(seconds: float, told: str) -> None:
    assert console.duration(seconds) == told
