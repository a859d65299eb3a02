"""The folder of object code: where it is, who may write to it, and what if it cannot be used."""

from __future__ import annotations

import os
import stat
import sys
from pathlib import Path

import pytest

from kernels.codegen import sources
from kernels.codegen.llvm import cache
from tests.kernels.codegen.llvm.keeping import FUNCTIONS, Making, assert_made_once, kept
from tests.running import python

POSIX = pytest.mark.skipif(os.name == "nt", reason="no owners and modes of files")


@POSIX
def test_nobody_else_can_write_what_is_made(folder: Path) -> None:
    before = os.umask(0)
    try:
        path = kept(folder)
    finally:
        os.umask(before)
    assert [stat.S_IMODE(one.stat().st_mode) for one in (folder, path)] == [0o700, 0o600]


@POSIX
@pytest.mark.parametrize("mode", [0o770, 0o702, 0o1777])
def test_a_folder_that_others_can_write_to_is_not_used(folder: Path, mode: int) -> None:
    path = kept(folder)
    folder.chmod(mode)
    making = Making((b"other", ()))
    with pytest.warns(RuntimeWarning, match="other users can write there") as caught:
        assert [cache.code(what, making) for what in ("this", "that")] == [making.made] * 2
    assert len(caught) == 1
    assert list(folder.iterdir()) == [path]


@POSIX
def test_a_folder_of_another_user_is_not_used(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = kept(folder)
    monkeypatch.setattr(os, "geteuid", lambda: path.stat().st_uid + 1)
    making = Making((b"other", ()))
    with pytest.warns(RuntimeWarning, match="other users can write there"):
        assert cache.code("this", making) == making.made


@POSIX
def test_a_folder_that_others_can_read_is_used(folder: Path) -> None:
    folder.mkdir(parents=True)
    folder.chmod(0o755)
    assert_made_once(folder)


PLATFORMS = {
    "linux": ({"XDG_CACHE_HOME": "/c"}, "/c/mlp-ladder"),
    "linux without XDG_CACHE_HOME": ({"XDG_CACHE_HOME": ""}, "/mine/.cache/mlp-ladder"),
    "linux with a relative one": ({"XDG_CACHE_HOME": "c"}, "/mine/.cache/mlp-ladder"),
    "darwin": ({"XDG_CACHE_HOME": "/c"}, "/mine/Library/Caches/mlp-ladder"),
    "win32": ({"LOCALAPPDATA": "/c"}, "/c/mlp-ladder"),
    "linux, named": ({"MLP_LADDER_CACHE": "/d", "XDG_CACHE_HOME": "/c"}, "/d"),
    "linux, named in the home folder": ({"MLP_LADDER_CACHE": "~/d"}, "/mine/d"),
}


@POSIX
@pytest.mark.parametrize("name", PLATFORMS)
def test_the_folder_is_named_or_usual(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    environment, expected = PLATFORMS[name]
    for variable in ("MLP_LADDER_CACHE", "XDG_CACHE_HOME", "LOCALAPPDATA"):
        monkeypatch.delenv(variable, raising=False)
    for variable, value in environment.items() | {("HOME", "/mine")}:
        monkeypatch.setenv(variable, value)
    monkeypatch.setattr(sys, "platform", name.split(maxsplit=1)[0].strip(","))
    assert cache.wanted() == Path(expected)


def test_no_code_is_kept_where_no_home_is_known(
    folder: Path, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    for variable in ("MLP_LADDER_CACHE", "XDG_CACHE_HOME", "LOCALAPPDATA"):
        monkeypatch.delenv(variable, raising=False)
    monkeypatch.setattr(os.path, "expanduser", lambda path: path)
    monkeypatch.chdir(tmp_path)
    with pytest.warns(RuntimeWarning, match="no home folder is known.*set MLP_LADDER_CACHE"):
        assert cache.code("this", Making()) == FUNCTIONS
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize("parents", [0, 1])
def test_a_file_in_the_place_of_a_folder_costs_one_warning(folder: Path, parents: int) -> None:
    path = (folder, *folder.parents)[parents]
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(b"")
    with pytest.warns(RuntimeWarning, match="set MLP_LADDER_CACHE to a folder") as caught:
        assert [cache.code(what, Making()) for what in "ab"] == [FUNCTIONS] * 2
    assert len(caught) == 1
    assert str(folder) in str(caught[0].message)


def test_sources_that_cannot_be_read_cost_a_warning(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sources, "files", lambda: ("archive.zip/no_such_file.py",))
    monkeypatch.setattr(sources, "digest", sources.digest.__wrapped__)
    with pytest.warns(RuntimeWarning, match="sources of this package cannot be read"):
        assert cache.code("this", Making()) == FUNCTIONS
    assert not folder.exists()


FULL_DISK = """
import resource
resource.setrlimit(resource.RLIMIT_FSIZE, (0, 0))
import kernels
network = kernels.Network.random((3, 3, 1), seed=0)
for dtype in ("float64", "float32"):
    print(kernels.plan(network, "specialized", dtype, operations=["forward"]).forward([1, 2, 3]))
"""


@POSIX
def test_a_full_disk_costs_a_process_one_warning(folder: Path) -> None:
    found = python("-c", FULL_DISK)
    assert found.returncode == 0, found.stderr
    assert len(found.stdout.splitlines()) == 2
    assert found.stderr.count("RuntimeWarning") == 1
    for part in (str(folder), "compiled again in every process", "free some space"):
        assert part in found.stderr
    assert list(folder.iterdir()) == []


def test_a_failure_to_compile_is_passed_on(folder: Path) -> None:
    def fails() -> cache.Code:
        raise OSError("of the compiler")

    with pytest.raises(OSError, match="of the compiler"):  # and no warning, which would be raised
        cache.code("this", fails)
    assert not list(folder.iterdir())
