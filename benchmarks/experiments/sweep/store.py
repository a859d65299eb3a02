"""The store of a sweep's results: an SQLite database in which each result is once.

The results of a task are stored in one transaction, so that a process that is killed leaves all of
them or none. Several sweeps may use a store at once: each waits until another has written.
"""

from __future__ import annotations

import json
import math
import sqlite3
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Self

from benchmarks.experiments.sweep.settings import Setting
from benchmarks.experiments.sweep.tasks import Result
from benchmarks.measure import files
from benchmarks.measure.errors import FailedError

FILE = "results.sqlite"
SCHEMA = 1
"""Version of the tables; a store with a higher one is refused."""
APPLICATION = 0x6D6C7073
"""SQLite's application id of a store, `mlps`."""
BUSY_SECONDS = 60.0
"""How long a write waits for those of other sweeps."""
TABLES = (
    """CREATE TABLE results (
        key TEXT PRIMARY KEY, data TEXT NOT NULL, version TEXT NOT NULL, setting TEXT NOT NULL,
        seed INTEGER NOT NULL, score REAL, cost REAL, seconds REAL NOT NULL, theta TEXT NOT NULL,
        instructions TEXT NOT NULL
    ) STRICT""",
    "CREATE INDEX by_setting ON results (data, version, setting, seed)",
)


class Store:
    """The results of sweeps, in a folder, which is made if it is not there.

    Parameters
    ----------
    folder : for the database and figures

    Raises
    ------
    OSError
        If the folder cannot be made, or the database cannot be opened or written.
    ValueError
        If the database is damaged, none of a sweep, or of a newer version.
    """

    def __init__(self, folder: Path) -> None:
        self.folder, self.path = folder, folder / FILE
        files.make_folder(folder)
        try:
            self._database = sqlite3.connect(self.path, timeout=BUSY_SECONDS, isolation_level=None)
        except sqlite3.OperationalError as error:
            raise OSError(f"{self.path}: {error}") from None
        try:
            self._prepare()
        except BaseException:
            self._database.close()
            raise

    def _prepare(self) -> None:
        """Make the tables, or check those that are there."""
        try:
            if self._pragma("application_id") == 0:
                self._create()
            if self._pragma("application_id") != APPLICATION:
                raise ValueError(f"{self.path} is a database, but none of a sweep")
            schema = self._pragma("user_version")
            if schema > SCHEMA:
                raise ValueError(
                    f"{self.path} is of a newer version of this program (schema {schema}, this "
                    f"one reads {SCHEMA}): update it, or choose another folder by --into"
                )
            (state,) = self._database.execute("PRAGMA quick_check(1)").fetchone()
        except sqlite3.OperationalError as error:
            raise OSError(f"{self.path} cannot be used: {error}") from None
        except sqlite3.DatabaseError as error:
            raise self._damaged(str(error)) from None
        if state != "ok":
            raise self._damaged(state)

    def _pragma(self, name: str) -> int:
        (value,) = self._database.execute(f"PRAGMA {name}").fetchone()
        return int(value)

    def _create(self) -> None:
        """Make the tables, unless another sweep has made them meanwhile."""
        with self._transaction():
            known = self._database.execute("SELECT count(*) FROM sqlite_master").fetchone()[0]
            if known:
                return
            for table in TABLES:
                self._database.execute(table)
            self._database.execute(f"PRAGMA application_id = {APPLICATION}")
            self._database.execute(f"PRAGMA user_version = {SCHEMA}")

    def _damaged(self, how: str) -> ValueError:
        return ValueError(
            f"{self.path} is damaged ({how}): move it away, or choose another folder by --into"
        )

    @contextmanager
    def _transaction(self) -> Iterator[None]:
        """Keep all writes of a block, or none."""
        self._database.execute("BEGIN IMMEDIATE")
        try:
            yield
            self._database.execute("COMMIT")
        except BaseException:
            if self._database.in_transaction:
                self._database.execute("ROLLBACK")
            raise

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Close the database."""
        self._database.close()

    def add(self, data: str, version: str, results: Sequence[Result]) -> int:
        """Store results that are not there yet, and return how many were not.

        Parameters
        ----------
        data : digest of the data they were trained on
        version : of `kernels`, with which they were trained

        Raises
        ------
        FailedError
            If they cannot be stored, as on a full disk: none of them is then, and what was stored
            stays. Also if a result that is there has other bits, though it was computed by the same
            instructions: it stays, and the other results are stored.
        """
        try:
            with self._transaction():
                former = self._database.total_changes
                self._database.executemany(
                    "INSERT OR IGNORE INTO results VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
                    (values(data, version, one) for one in results),
                )
                added = self._database.total_changes - former
                differing = list(self._differing(results)) if added < len(results) else []
        except sqlite3.DatabaseError as error:
            raise FailedError(
                f"results could not be stored in {self.path}: {error}; what was stored before "
                "stays, and the same command goes on from there"
            ) from None
        if differing:
            raise FailedError("; ".join(differing))
        return added

    def _differing(self, results: Iterable[Result]) -> Iterator[str]:
        """A sentence on each result whose stored bits are others, from the same instructions."""
        for one in results:
            theta, instructions, score = self._database.execute(
                "SELECT theta, instructions, score FROM results WHERE key = ?", (one.key,)
            ).fetchone()
            if instructions == one.instructions and theta != one.theta:
                yield (
                    f"two trainings of {one.setting}, seed {one.seed} differ: the stored one has "
                    f"score {score} and parameters {theta[:12]}, the new one {one.score} and "
                    f"{one.theta[:12]}; {self.path} keeps the stored one (key {one.key[:12]})"
                )

    def seeds(self, data: str, version: str, setting: Setting) -> set[int]:
        """The seeds of a setting whose results are there."""
        rows = self._select("seed", data, version, setting)
        return {seed for (seed,) in rows}

    def count(self, data: str, version: str, setting: Setting, seeds: int) -> int:
        """How many results of a setting are there, of seeds from 0 to below `seeds`."""
        ((found,),) = self._select("count(*)", data, version, setting, seeds)
        return int(str(found))

    def results(self, data: str, version: str, setting: Setting, seeds: int) -> list[Result]:
        """The results of a setting with seeds from 0 to below `seeds`, in their order."""
        columns = "key, seed, score, cost, seconds, theta, instructions"
        rows = self._select(columns, data, version, setting, seeds)
        return [
            Result(
                key,
                setting,
                seed,
                math.nan if score is None else score,
                math.nan if cost is None else cost,
                seconds,
                theta,
                instructions,
            )
            for key, seed, score, cost, seconds, theta, instructions in rows
        ]

    def _select(
        self, columns: str, data: str, version: str, setting: Setting, below: int | None = None
    ) -> list[tuple[Any, ...]]:
        """Columns of a setting's results, in the order of the seeds."""
        limit = 2**62 if below is None else below
        try:
            return self._database.execute(
                f"SELECT {columns} FROM results WHERE data = ? AND version = ? AND setting = ? "
                "AND seed < ? ORDER BY seed",
                (data, version, text_of(setting), limit),
            ).fetchall()
        except sqlite3.OperationalError as error:
            raise FailedError(f"{self.path} cannot be read: {error}") from None
        except sqlite3.DatabaseError as error:
            raise self._damaged(str(error)) from None


def text_of(setting: Setting) -> str:
    """A setting as the store has it."""
    return json.dumps(setting.description(), sort_keys=True)


def values(data: str, version: str, result: Result) -> tuple[object, ...]:
    """A row of the table; SQLite makes NaN of a training that diverged NULL."""
    return (
        result.key,
        data,
        version,
        text_of(result.setting),
        result.seed,
        result.score,
        result.cost,
        result.seconds,
        result.theta,
        result.instructions,
    )
