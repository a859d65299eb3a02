"""A full disk loses no measurement: rows are shown, and storing is tried again."""

from __future__ import annotations

import errno
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from benchmarks import __main__ as entry
from benchmarks.article import figures
from benchmarks.experiments import ladder, selftest, serving
from benchmarks.experiments.article import reproduce
from benchmarks.experiments.article.measured import published
from benchmarks.measure import files, limits, rows
from benchmarks.measure.environment import ROOT
from benchmarks.measure.rows import Row
from benchmarks.terminal import noise
from benchmarks.terminal.keeping import Kept
from tests.benchmarks.made_up import FOUND, sitting

FULL = OSError(errno.ENOSPC, "No space left on device")


def raising(times: int) -> Callable[[Path, str], None]:
    """Return a fake `files.replace` that fails a number of times."""
    left = [times]
    replace = files.replace

    def attempt(path: Path, text: str) -> None:
        left[0] -= 1
        if left[0] >= 0:
            raise FULL
        replace(path, text)

    return attempt


def row(kernel: str) -> Row:
    return Row("time", "3-3-1", "forward", kernel, median_ns=100.0)


def test_rows_that_could_not_be_stored_are_stored_at_the_end(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(files, "replace", raising(2))
    kept = Kept(tmp_path / "rows.jsonl", {"threads": 1})
    for name in ("a", "b"):
        kept.add([row(name)])
    assert not kept.path.exists()
    assert [record["kernel"] for record in kept.records] == ["a", "b"]
    kept.finish()
    assert [record["kernel"] for record in rows.read(kept.path)] == ["a", "b"]


def test_a_disk_that_stays_full_is_an_error_at_the_end(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(files, "replace", raising(99))
    kept = Kept(tmp_path / "rows.jsonl", {})
    kept.add([row("a")])
    for interrupted in (None, "after one round"):
        with pytest.raises(OSError, match=r"could not be stored in .*rows\.jsonl: No space left"):
            kept.finish(interrupted)
    err = capsys.readouterr().err
    assert "interrupted: after one round" in err
    assert "rows are in" not in err


def test_the_rows_that_are_shown_are_those_that_are_stored(tmp_path: Path) -> None:
    kept = Kept(tmp_path / "rows.jsonl", {"threads": 2, "numpy": "2.0"})
    kept.add([row("a"), Row("ratio", kernel="a", value=1.0, low=float("nan"), high=float("inf"))])
    shown = [{**fields} for fields in kept.records]
    for stored, record in zip(rows.read(kept.path), shown, strict=True):
        assert stored.items() >= record.items()


def pretend(monkeypatch: pytest.MonkeyPatch) -> None:
    """Replace all measurements by immediate results."""
    found = sitting(0.01, batched=1e5, jitted=2e5, floor=1.0)
    served = sitting(0.01, compiled=1e3, onnx=1e5)
    monkeypatch.setattr(noise, "announce", lambda: None)
    monkeypatch.setattr(limits, "measure", lambda *_: FOUND)
    monkeypatch.setattr(ladder, "sit", lambda *_, **__: found)
    monkeypatch.setattr(serving, "sit", lambda *_: served)
    monkeypatch.setattr(
        selftest, "one", lambda *_: Row("duel", "3-3-1", "forward", "vectorized", value=1.0,
                                        low=0.9, high=1.1, slower_percent=0.0, processes=8,
                                        seconds=1.0, verdict="no difference")
    )  # fmt: skip
    steps = [reproduce.Step("exact", 1, published.exact_figures)]
    monkeypatch.setattr(reproduce, "steps", lambda _: iter(steps))


COMMANDS: dict[str, tuple[tuple[str, ...], str]] = {
    "ladder": (("--sizes", "3-3-1", "--rounds", "2"), "Use batched"),
    "crossover": (("--sizes", "3-3-1", "--crossover", "batch"), "batched is the fastest"),
    "article": (("--quick",), figures.FIGURES[0].claim.split()[0]),
    "compile": (("--data", "iris"), "compiled"),
    "selftest": (("--equals", "1", "--slowed", "0"), "a difference seen between equals"),
    "train": (
        ("--iterations", "2", "--kernel", "vectorized"),
        "% (1 seed), below the article's 86 %",
    ),
    "limits": ((), "fma peak float64"),
}


@pytest.mark.parametrize("name", COMMANDS)
def test_on_a_full_disk_every_command_shows_what_it_measured(
    name: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    pretend(monkeypatch)
    monkeypatch.setattr(files, "replace", raising(99))
    options, shown = COMMANDS[name]
    path = tmp_path / "rows.jsonl"
    command: list[Any] = ["benchmarks", "ladder" if name == "crossover" else name, *options]
    monkeypatch.setattr("sys.argv", [*command, "--json", str(path)])
    assert entry.main() == 1
    out, err = capsys.readouterr()
    assert shown in out
    (line,) = [one for one in err.splitlines() if one.startswith("error: ")]
    assert "No space left on device" in line
    assert not path.exists()


def test_a_suite_that_cannot_store_its_rows_shows_its_table(tmp_path: Path) -> None:
    """pytest-benchmark prints its table after the session, so errors there must not be raised."""
    plugin = tmp_path / "full.py"
    plugin.write_text(
        "from benchmarks.measure import files\n"
        "def full(path, text):\n    raise OSError(28, 'No space left on device')\n"
        "files.replace = full\n"
    )
    suite = ["-q", "-p", "no:cacheprovider", "-p", "full", "--benchmark-only", "-k"]
    result = subprocess.run(
        [sys.executable, "-m", "pytest", *suite, "test_forward and looped-3-3-1 and not batch",
         "benchmarks/suite"],
        capture_output=True, text=True, check=False, cwd=ROOT,
        env={name: value for name, value in os.environ.items() if "XDIST" not in name}
        | {"PYTHONPATH": f"{tmp_path}{os.pathsep}{ROOT}"},
    )  # fmt: skip
    assert result.returncode == 1
    assert "1 passed" in result.stdout
    assert "Rounds" in result.stdout
    assert "error: the rows could not be stored" in result.stdout
    assert "INTERNALERROR" not in result.stdout + result.stderr


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="there are no pipes in files here")
def test_rows_can_be_written_to_a_pipe(tmp_path: Path) -> None:
    """Replacing /dev/null by a file, which root can do, would damage the system."""
    path = tmp_path / "pipe"
    os.mkfifo(path)
    reader = subprocess.Popen(
        [sys.executable, "-c", "import sys; print(open(sys.argv[1]).read())", str(path)],
        stdout=subprocess.PIPE,
        text=True,
    )
    rows.write(path, [row("a")], {})
    out, _ = reader.communicate(timeout=60)
    assert '"kernel": "a"' in out
    assert path.is_fifo()
    assert [one.name for one in tmp_path.iterdir()] == ["pipe"]


@pytest.mark.skipif(not Path("/dev/full").is_char_device(), reason="there is no /dev/full here")
def test_a_full_device_is_reported(capsys: pytest.CaptureFixture[str]) -> None:
    kept = Kept(Path("/dev/full"), {})
    kept.add([row("a")])
    with pytest.raises(OSError, match="could not be stored in /dev/full: No space left"):
        kept.finish()
    assert Path("/dev/full").is_char_device()
    assert "rows are in" not in capsys.readouterr().err
