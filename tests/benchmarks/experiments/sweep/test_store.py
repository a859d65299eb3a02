"""The store of a sweep's results: once each, whole, and safe from each other."""

from __future__ import annotations

import math
import os
import sqlite3
from pathlib import Path

import pytest

from benchmarks.experiments.sweep import store
from benchmarks.experiments.sweep.store import Store
from benchmarks.measure.errors import FailedError
from kernels.support import team
from tests.benchmarks.experiments.sweep.made_up import OTHER, SMALL, result


def test_results_are_read_back_in_the_order_of_their_seeds(tmp_path: Path) -> None:
    with Store(tmp_path / "new" / "folder") as one:
        assert one.add("d", "v", [result(3), result(1)]) == 2
        assert one.add("d", "v", [result(2)]) == 1
    with Store(tmp_path / "new" / "folder") as again:
        assert again.seeds("d", "v", SMALL) == {1, 2, 3}
        assert again.results("d", "v", SMALL, 3) == [result(1), result(2)]
        assert not again.seeds("other", "v", SMALL)
        assert not again.seeds("d", "w", SMALL)
        assert not again.seeds("d", "v", OTHER)


def test_what_is_not_finite_is_kept(tmp_path: Path) -> None:
    with Store(tmp_path) as one:
        one.add("d", "v", [result(0, score=math.nan, cost=math.inf)])
        (found,) = one.results("d", "v", SMALL, 1)
    assert math.isnan(found.score)
    assert found.cost == math.inf


def test_a_result_that_comes_twice_is_stored_once(tmp_path: Path) -> None:
    with Store(tmp_path) as one:
        assert one.add("d", "v", [result(0)]) == 1
        assert one.add("d", "v", [result(0, seconds=9.0), result(1)]) == 1
        assert len(one.results("d", "v", SMALL, 9)) == 2
        assert one.results("d", "v", SMALL, 1) == [result(0)]


def test_a_result_with_other_bits_is_an_error_and_the_stored_one_stays(tmp_path: Path) -> None:
    with Store(tmp_path) as one:
        one.add("d", "v", [result(0)])
        with pytest.raises(FailedError, match=r"4 relu, adam.*seed 0 differ") as error:
            one.add("d", "v", [result(0, theta="b", score=1.0), result(1)])
        assert result(0).key[:12] in str(error.value)
        assert one.results("d", "v", SMALL, 9) == [result(0), result(1)]


def test_bits_of_other_instructions_are_not_compared(tmp_path: Path) -> None:
    with Store(tmp_path) as one:
        one.add("d", "v", [result(0)])
        assert one.add("d", "v", [result(0, theta="b", instructions="specialized y")]) == 0
        assert one.results("d", "v", SMALL, 1) == [result(0)]


def test_stores_in_one_folder_wait_for_each_other(tmp_path: Path) -> None:
    """Eight at once, each with the same results."""
    added: list[int] = []

    def add(_: int) -> None:
        with Store(tmp_path) as one:
            added.extend(one.add("d", "v", [result(seed)]) for seed in range(25))

    team.run(add, 8, in_background=True)
    assert len(added) == 200
    assert sum(added) == 25
    with Store(tmp_path) as one:
        assert len(one.results("d", "v", SMALL, 99)) == 25


def test_on_a_full_disk_a_task_is_stored_whole_or_not_at_all(tmp_path: Path) -> None:
    with Store(tmp_path) as one:
        one.add("d", "v", [result(seed) for seed in range(10)])
        (pages,) = one._database.execute("PRAGMA page_count").fetchone()
        one._database.execute(f"PRAGMA max_page_count = {pages + 2}")
        with pytest.raises(FailedError, match="full; what was stored before stays"):
            one.add("d", "v", [result(seed) for seed in range(10, 500)])
        assert one.seeds("d", "v", SMALL) == set(range(10))
        one._database.execute("PRAGMA max_page_count = 100000")
        assert one.add("d", "v", [result(seed) for seed in range(500)]) == 490


@pytest.mark.parametrize(
    "content", [b"no database at all" * 99, b"SQLite format 3\0" + b"x" * 4080]
)
def test_a_file_that_is_no_store_is_told_and_left_alone(content: bytes, tmp_path: Path) -> None:
    (tmp_path / store.FILE).write_bytes(content)
    with pytest.raises(ValueError, match=r"results\.sqlite is damaged"):
        Store(tmp_path)
    assert (tmp_path / store.FILE).read_bytes() == content


def test_a_store_that_was_cut_short_or_overwritten_is_told(tmp_path: Path) -> None:
    path = tmp_path / store.FILE
    with Store(tmp_path) as one:
        one.add("d", "v", [result(seed) for seed in range(300)])
    whole = path.read_bytes()
    for content in (whole[: len(whole) // 2], whole[:8192] + os.urandom(8192) + whole[16384:]):
        path.write_bytes(content)
        with pytest.raises(ValueError, match="is damaged"):
            Store(tmp_path)


def test_a_database_of_another_program_is_told(tmp_path: Path) -> None:
    with sqlite3.connect(tmp_path / store.FILE) as other:
        other.execute("CREATE TABLE mine (x)")
    other.close()
    with pytest.raises(ValueError, match="a database, but none of a sweep"):
        Store(tmp_path)


def test_a_store_of_a_newer_version_is_told(tmp_path: Path) -> None:
    with Store(tmp_path) as one:
        one._database.execute(f"PRAGMA user_version = {store.SCHEMA + 1}")
    with pytest.raises(ValueError, match="newer version"):
        Store(tmp_path)


def test_a_folder_that_is_none_is_told(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(NotADirectoryError, match="is no folder"):
        Store(tmp_path / "file" / "x")
    (tmp_path / store.FILE).mkdir()
    with pytest.raises(OSError, match="unable to open"):
        Store(tmp_path)
