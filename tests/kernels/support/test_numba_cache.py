"""Code that Numba keeps on disk: no failure where it cannot be read or written."""

from __future__ import annotations

import ast
import shutil
import sys
from pathlib import Path

import pytest

from kernels.support import numba_cache
from tests.kernels.lengths import ONLY_LONG
from tests.running import python

CALLS = """
import warnings
import numpy as np
from kernels.rungs import jitted
from kernels.support import numba_cache
with warnings.catch_warnings(record=True) as caught:
    warnings.simplefilter("always")
    forward, _ = [
        numba_cache.compile_cached(one, signature)
        for one, signature in jitted.signatures("float64").items()
        if one.__name__.startswith("forward")
    ]
out = np.empty(1)
assert forward(np.linspace(-1, 1, 16), np.array([3, 3, 1]), np.arange(3.0), out, np.empty((2, 7)))
print(out)
print([str(one.message) for one in caught if "compiled code cannot be" in str(one.message)])
"""
NO_FOLDER = """
from numba.core import caching
for kind in vars(caching).values():
    if isinstance(kind, type) and hasattr(kind, "_locator_classes"):
        kind._locator_classes = []
"""
FULL_DISK = """
import resource
resource.setrlimit(resource.RLIMIT_FSIZE, (0, 0))
"""


def run(code: str, cache: Path) -> list[str]:
    """Return the lines that `code` prints in a process with this cache folder."""
    result = python("-c", code, NUMBA_CACHE_DIR=str(cache))
    assert result.returncode == 0, result.stderr
    return result.stdout.splitlines()


@pytest.fixture(scope="module")
def kept(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, list[str]]:
    """Return a cache with the code that `CALLS` compiles, and the lines it prints."""
    cache = tmp_path_factory.mktemp("cache")
    return cache, run(CALLS, cache)


def files(cache: Path) -> list[Path]:
    return [path for path in cache.rglob("*") if path.suffix in (".nbi", ".nbc")]


def forward_passes(cache: Path) -> list[Path]:
    """Return the files of both functions, an index and code of each."""
    found = files(cache)
    assert len(found) == 4
    return found


def copied(cache: Path, folder: Path) -> Path:
    """Return a copy of a cache that may be damaged."""
    return Path(shutil.copytree(cache, folder / "cache"))


@ONLY_LONG
def test_every_signature_has_cache_files_of_its_own(
    kept: tuple[Path, list[str]], tmp_path: Path
) -> None:
    """With one index for all, two processes could write different code to the same file."""
    cache = copied(kept[0], tmp_path)
    code = (
        "import kernels\n"
        "for sizes in ((3, 3, 1), (3, 2, 1)):\n"
        "    for dtype in ('float64', 'float32'):\n"
        "        kernels.plan(kernels.Network.random(sizes, seed=0), 'jitted', dtype)\n"
    )
    run(code, cache)
    indices = [path.name for path in files(cache) if path.suffix == ".nbi"]
    data = [path.name for path in files(cache) if path.suffix == ".nbc"]
    # all of the loops, in each dtype: their code serves networks of any size
    assert len(indices) == 2 * 4
    assert len(data) == len(indices)


def test_functions_are_renamed_by_their_signature() -> None:
    """Numba names an index file by the function, and finds its code by the function's file."""
    one, same, other = (numba_cache.renamed(files, key) for key in ("a", "a", "b"))
    assert one.__qualname__ == same.__qualname__ != other.__qualname__
    assert {found.__code__ for found in (one, other)} == {files.__code__}


def test_a_working_cache_gives_no_warning(kept: tuple[Path, list[str]]) -> None:
    cache, lines = kept
    assert len(forward_passes(cache)) == 4
    assert lines[-1] == "[]"
    assert run(CALLS, cache) == lines


@pytest.mark.parametrize(
    ("suffix", "size"),
    [
        pytest.param(".nbi", 10, id="truncated index"),
        pytest.param(".nbc", 0, id="empty code"),
    ],
)
def test_damaged_cache_files_cost_a_warning_and_nothing_else(
    kept: tuple[Path, list[str]], tmp_path: Path, suffix: str, size: int
) -> None:
    cache = copied(kept[0], tmp_path)
    for path in forward_passes(cache):
        if path.suffix == suffix:
            path.write_bytes(path.read_bytes()[:size])
    found, warned = run(CALLS, cache)
    assert found == kept[1][0]
    assert_explained(warned, str(cache))


@pytest.mark.skipif(sys.platform == "win32", reason="no limit on the size of files")
def test_a_full_disk_costs_a_warning_and_nothing_else(
    kept: tuple[Path, list[str]], tmp_path: Path
) -> None:
    cache = copied(kept[0], tmp_path)
    for path in forward_passes(cache):
        path.unlink()
    found, warned = run(FULL_DISK + CALLS, cache)
    assert found == kept[1][0]
    assert_explained(warned, str(cache))


def test_a_missing_cache_folder_costs_a_warning_and_nothing_else(
    kept: tuple[Path, list[str]], tmp_path: Path
) -> None:
    found, warned = run(NO_FOLDER + CALLS, tmp_path)
    assert found == kept[1][0]
    assert_explained(warned, "NUMBA_CACHE_DIR")
    assert not files(tmp_path)


def assert_explained(warned: str, what: str) -> None:
    """Assert that there is one warning, with a remedy."""
    messages = ast.literal_eval(warned)
    assert len(messages) == 1
    assert "set NUMBA_CACHE_DIR to a folder that can be written" in messages[0]
    assert what in messages[0]


def test_a_disabled_compiler_is_reported() -> None:
    code = (
        "import kernels; network = kernels.Network.random((3, 3, 1))\n"
        "print(kernels.plan(network).name)\n"
        "try: kernels.plan(network, 'jitted')\n"
        "except kernels.NotInstalledError as error: print(error)\n"
    )
    result = python("-c", code, NUMBA_DISABLE_JIT="1")
    specialized, reason = result.stdout.splitlines()
    assert specialized == "specialized"
    assert reason.startswith("jitted: ")
    assert "NUMBA_DISABLE_JIT" in reason
