"""Object code on disk: compiled once, replaced if damaged, shared by processes, and bounded."""

from __future__ import annotations

import os
import shutil
import stat
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import kernels
from kernels.codegen import loading, sources
from kernels.codegen.llvm import cache, compiler
from tests.kernels.codegen.llvm.keeping import FUNCTIONS, Making, assert_made_once, kept
from tests.running import python

NETWORK = kernels.Network.centred((3, 4, 2), seed=1)


# --- what is found ------------------------------------------------------------------------------


def test_code_is_compiled_once(folder: Path) -> None:
    assert_made_once(folder)
    assert len(list(folder.iterdir())) == 1


def results(plan: kernels.Plan) -> list[Any]:
    generator = np.random.default_rng(0)
    X, Y = generator.random((9, 3)), generator.random((9, 2))
    gradient, training = plan.gradient(X, Y), plan.train(X, Y, 7, 0.5)
    found = [plan.forward(X[0]), plan.forward_batch(X), gradient.theta, gradient.cost]
    plan.update(training.network.theta)
    return [*found, training.cost, training.error, plan.forward(X[1])]


def test_code_from_disk_gives_the_same_bits(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    compiled: list[int] = []
    object_code = compiler.object_code

    def counted(*arguments: Any) -> bytes:
        compiled.append(1)
        return object_code(*arguments)

    monkeypatch.setattr(compiler, "object_code", counted)
    monkeypatch.setattr(loading, "IN_USE", {})
    first = results(kernels.plan(NETWORK, "specialized"))
    assert compiled == [1]
    loading.IN_USE.clear()
    for one, other in zip(results(kernels.plan(NETWORK, "specialized")), first, strict=True):
        np.testing.assert_array_equal(one, other)
    assert compiled == [1]


@pytest.mark.parametrize("when", [1, 2])
def test_code_of_edited_sources_is_not_kept(
    when: int, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Edited before it is compiled, or while it is."""
    answers = iter([True, False] if when == 2 else [False])
    monkeypatch.setattr(sources, "are_as_loaded", lambda: next(answers))
    assert cache.code("this", Making()) == FUNCTIONS
    assert list(answers) == []
    assert not folder.exists() or not list(folder.iterdir())


# --- files that are not as they were written ----------------------------------------------------


def test_every_damaged_file_is_replaced(folder: Path) -> None:
    """Cut short or changed anywhere: no exception, no warning, and the right code."""
    path = kept(folder)
    whole = path.read_bytes()
    flipped = [whole[:k] + bytes([whole[k] ^ 1]) + whole[k + 1 :] for k in range(len(whole))]
    short = [whole[:k] for k in range(len(whole))]
    for damaged in (*flipped, *short, whole + b"\0", bytes(len(whole)), os.urandom(5000)):
        path.write_bytes(damaged)
        assert_made_once(folder)
        assert path.read_bytes() == whole


def test_a_file_of_other_code_is_replaced(folder: Path) -> None:
    cache.code("that", Making((b"other", ("rows",))))
    path = kept(folder)
    shutil.copy(folder / f"{cache.key('that')}{cache.SUFFIX}", path)
    assert_made_once(folder)


def test_a_damaged_file_costs_a_process_nothing_but_time(folder: Path) -> None:
    code = (
        "import numpy, kernels; network = kernels.Network.centred((3, 4, 2), seed=1); "
        "print(kernels.plan(network, 'specialized', operations=['forward']).forward(numpy.ones(3)))"
    )
    first = python("-W", "error", "-c", code)
    (path,) = folder.iterdir()
    whole = path.read_bytes()
    for damaged in (whole[: len(whole) // 2], whole.replace(b"ELF", b"FLE", 1) + b"\0"):
        path.write_bytes(damaged)
        found = python("-W", "error", "-c", code)
        assert (found.stdout, found.returncode) == (first.stdout, 0), found.stderr
        assert path.read_bytes() == whole


@pytest.mark.skipif(os.name == "nt", reason="no modes of files")
def test_a_file_that_others_can_write_to_is_replaced(folder: Path) -> None:
    path = kept(folder)
    path.chmod(0o666)
    assert_made_once(folder)
    assert stat.S_IMODE(path.stat().st_mode) == 0o600


def test_files_that_cannot_be_replaced_cost_a_warning(folder: Path) -> None:
    path = kept(folder)
    path.unlink()
    path.mkdir()
    making = Making()
    with pytest.warns(RuntimeWarning, match="cannot be kept") as caught:
        assert [cache.code("this", making) for _ in range(2)] == [FUNCTIONS] * 2
    assert (making.count, len(caught)) == (2, 1)


# --- several processes --------------------------------------------------------------------------

WORKER = """
import sys
from kernels.codegen.llvm import cache
cache.MOST_BYTES = 60_000
rank, shared = int(sys.argv[1]), sys.argv[2] == "same"
for turn in range(200):
    number = turn % 20 + (0 if shared else 1000 * rank)
    made = bytes([number % 251]) * (3000 + number), (f"function_{number}",)
    found = cache.code(str(number), lambda: made)
    assert found == made, number
"""


@pytest.mark.parametrize("keys", ["same", "different"])
def test_processes_share_a_folder(folder: Path, keys: str) -> None:
    """They read, write, and remove each other's files; each gets its own code."""
    environment = os.environ | {"PYTHONPATH": os.pathsep.join(sys.path)}
    workers = [
        subprocess.Popen(
            [sys.executable, "-W", "error", "-c", WORKER, str(rank), keys],
            stderr=subprocess.PIPE,
            text=True,
            env=environment,
        )
        for rank in range(3)
    ]
    for worker in workers:
        _, errors = worker.communicate()
        assert worker.returncode == 0, errors
    assert {path.suffix for path in folder.iterdir()} == {cache.SUFFIX}
    assert sum(path.stat().st_size for path in folder.iterdir()) < 3 * 60_000


# --- the bound ----------------------------------------------------------------------------------


def test_files_unused_for_longest_are_removed(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    paths = {name: kept(folder, name) for name in ("a", "b", "c", "d")}
    size = paths["a"].stat().st_size
    for age, name in enumerate(("b", "d", "a", "c")):
        long_ago = time.time() - 1000 - 100 * age
        os.utime(paths[name], (long_ago, long_ago))
    kept(folder, "c")  # read now, so it was used last
    monkeypatch.setattr(cache, "MOST_BYTES", 3 * size)
    foreign = folder / "index.nbi"
    foreign.write_bytes(bytes(100 * size))
    paths["e"] = kept(folder, "e")
    assert {name for name, path in paths.items() if path.exists()} == {"b", "c", "e"}
    assert foreign.exists()


def test_the_newest_file_stays_however_large(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(cache, "MOST_BYTES", 10)
    other = kept(folder, "other")
    assert_made_once(folder)
    assert not other.exists()


def test_files_that_a_killed_process_left_are_removed(folder: Path) -> None:
    kept(folder)
    old, young = (folder / f"{name}{cache.UNFINISHED}" for name in ("old", "young"))
    for path in (old, young):
        path.write_bytes(b"half")
    long_ago = time.time() - 2 * cache.ABANDONED_SECONDS
    os.utime(old, (long_ago, long_ago))
    kept(folder, "other")
    assert (old.exists(), young.exists()) == (False, True)
