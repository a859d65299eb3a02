"""Numbers kept for later processes: other users can neither forge them nor block a reader."""

from __future__ import annotations

import os
import stat
import sys
import time
from pathlib import Path

import pytest

from benchmarks.measure import files, quiet, remembered
from benchmarks.measure.quiet import Quiet

POSIX = pytest.mark.skipif(not hasattr(os, "geteuid"), reason="needs POSIX's files")


@pytest.fixture(autouse=True)
def _quick(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(quiet, "WATCH_SECONDS", 0.0)
    monkeypatch.setattr(quiet, "yardstick", lambda: 0.25)


def recalled(path: Path) -> float | None:
    return remembered.recall(path, 1e-6, 1.0, 3600.0)


@pytest.mark.parametrize("text", ["", "0", "0.0", "-1", "nan", "inf", "2.0", "1e-9", "x", "9" * 99])
def test_an_implausible_number_is_none(text: str, tmp_path: Path) -> None:
    path = tmp_path / "kept"
    path.write_text(text)
    assert recalled(path) is None
    assert Quiet(path).best == 0.25
    assert recalled(path) == 0.25


@pytest.mark.parametrize("age", [-3600.0, -60.0, 3700.0, 1e9])
def test_a_number_from_the_future_or_too_old_is_none(age: float, tmp_path: Path) -> None:
    path = tmp_path / "kept"
    path.write_text("0.5")
    assert recalled(path) == 0.5
    os.utime(path, (time.time() - age, time.time() - age))
    assert recalled(path) is None
    assert Quiet(path).best == 0.25


@POSIX
def test_a_pipe_a_link_or_a_folder_is_not_read(tmp_path: Path) -> None:
    """Opening a pipe without a writer would block."""
    target = tmp_path / "target"
    target.write_text("0.5")
    os.mkfifo(tmp_path / "pipe")
    (tmp_path / "link").symlink_to(target)
    (tmp_path / "folder").mkdir()
    for name in ("pipe", "link", "folder"):
        assert recalled(tmp_path / name) is None
        assert Quiet(tmp_path / name).best == 0.25
    assert target.read_text() == "0.5"  # a link is replaced, not written through


@POSIX
def test_a_file_of_others_or_open_to_them_is_not_read(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "kept"
    path.write_text("0.5")
    path.chmod(0o622)
    assert recalled(path) is None
    path.chmod(0o600)
    assert recalled(path) == 0.5
    own = os.geteuid()
    monkeypatch.setattr(os, "geteuid", lambda: own + 1)
    assert recalled(path) is None


@pytest.mark.skipif(sys.platform in ("win32", "darwin"), reason="of other systems' folders")
def test_numbers_are_kept_in_a_folder_of_the_user(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "deep" / "cache"))
    Quiet()
    folder = tmp_path / "deep" / "cache" / remembered.NAME
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700
    (kept,) = folder.iterdir()
    assert recalled(kept) == 0.25
    assert stat.S_IMODE(kept.stat().st_mode) == 0o600
    monkeypatch.setenv("XDG_CACHE_HOME", "relative")
    monkeypatch.setenv("HOME", str(tmp_path))
    assert remembered.cache_folder() == tmp_path / ".cache" / remembered.NAME


@pytest.mark.skipif(sys.platform in ("win32", "darwin"), reason="of other systems' folders")
@pytest.mark.parametrize("what", ["file", "link", "open to all", "no room"])
def test_without_a_private_folder_nothing_is_kept(
    what: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    base, elsewhere = tmp_path / "cache", tmp_path / "elsewhere"
    elsewhere.mkdir()
    monkeypatch.setenv("XDG_CACHE_HOME", str(base))
    if what == "file":
        base.write_text("")
    elif what == "link":
        base.mkdir()
        (base / remembered.NAME).symlink_to(elsewhere)
    elif what == "open to all":
        (base / remembered.NAME).mkdir(parents=True)
        (base / remembered.NAME).chmod(0o777)
    else:
        monkeypatch.setattr(files, "replace", raise_full)
    assert Quiet().best == 0.25
    assert not list(elsewhere.iterdir())
    assert not list(base.rglob("yardstick*"))


def raise_full(_path: Path, _text: str) -> None:
    raise OSError("No space left on device")
