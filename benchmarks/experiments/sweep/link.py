"""The connection of a sweep to a Dask cluster, made anew when the scheduler comes back."""

from __future__ import annotations

import pickle
import time
from collections.abc import Callable
from contextlib import ExitStack, suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING

from benchmarks.experiments.sweep import connecting, remote
from benchmarks.experiments.sweep.connecting import UnreachableError
from benchmarks.experiments.sweep.data import Data
from benchmarks.measure.errors import FailedError

if TYPE_CHECKING:
    from distributed import Client

LOOK_SECONDS = 1.0
"""Interval between looks at which workers there are."""
AGAIN_SECONDS = 0.5
"""Interval between attempts to reach the scheduler again."""
STAYS = "what is stored stays, and the same command goes on from there"


@dataclass(frozen=True)
class Patience:
    """How many seconds an engine waits before it gives up.

    Parameters
    ----------
    scheduler : for the scheduler to answer at the start
    workers : for a first worker, and for another after all have gone
    again : for a scheduler that was lost to come back
    """

    scheduler: float = 10.0
    workers: float = 30.0
    again: float = 60.0


class Link:
    """A client of the cluster, all of whose workers have been sent the data.

    Parameters
    ----------
    data, address, remark, patience : as of `cluster.ClusterEngine`

    Attributes
    ----------
    client : Dask's, of the scheduler that is there now
    digest : identifies the data in tasks
    threads : of all workers that were there at the last look

    Raises
    ------
    NotInstalledError, ValueError, FailedError
        As `cluster.ClusterEngine`.
    """

    client: Client

    def __init__(
        self, data: Data, address: str, remark: Callable[[str], object], patience: Patience
    ) -> None:
        connecting.require()
        self.digest, self._pickled = data.digest, pickle.dumps(data, protocol=5)
        self._address, self._remark, self._patience = address, remark, patience
        self._sent: dict[str, float] = {}
        self.threads, self._looked, self._seen = 0, 0.0, 0.0
        with ExitStack() as stack:
            stack.enter_context(connecting.silent())
            self._connect(self._patience.scheduler)
            self._closing = stack.pop_all()

    def _connect(self, seconds: float) -> None:
        """Connect, check the workers' versions, and send them the data."""
        self.client = connecting.client(self._address, seconds, self._remark)
        try:
            self.threads = connecting.wait_for_workers(self.client, self._patience.workers)
            self._looked = self._seen = time.monotonic()
            connecting.check_versions(self.client)
            self._send(None)
        except OSError as error:
            self._disconnect()
            raise UnreachableError(f"the scheduler at {self._address} was lost: {error}") from None
        except BaseException:
            self._disconnect()
            raise

    def _disconnect(self) -> None:
        """Close the client, even one whose scheduler is dead."""
        with suppress(OSError, RuntimeError):
            self.client.close(timeout=2)

    def connect_again(self) -> None:
        """Connect to the scheduler that takes the address of a lost one.

        Raises FailedError if none does in time, or its workers are missing or unfit.
        """
        self._disconnect()
        wait = self._patience.again
        self._remark(f"the scheduler at {self._address} was lost: trying again for {wait:g} s")
        end = time.monotonic() + wait
        while True:
            try:
                self._connect(max(end - time.monotonic(), AGAIN_SECONDS))
            except UnreachableError:
                if time.monotonic() > end:
                    raise FailedError(
                        f"the scheduler at {self._address} was lost and has not come back within "
                        f"{wait:g} s; {STAYS}"
                    ) from None
                time.sleep(AGAIN_SECONDS)
            else:
                self._remark(f"connected to {self._address} again")
                return

    def look(self) -> None:
        """Count the workers' threads, unless that was just done.

        Raises OSError if the scheduler is lost; FailedError if there was no worker for too long.
        """
        if self.client.status != "running":
            raise ConnectionError
        if time.monotonic() - self._looked < LOOK_SECONDS:
            return
        self.threads = sum(self.client.nthreads().values())
        self._looked = time.monotonic()
        if self.threads:
            self._seen = self._looked
        elif self._looked - self._seen > self._patience.workers:
            raise FailedError(
                f"all workers were lost, and none has come for {self._patience.workers:g} s; "
                f"{STAYS}"
            )

    def send_to(self, absent: remote.Absent, asked: float) -> None:
        """Send the data to a worker that lacked them for a task of the time `asked`.

        Unless they were sent since, for another task that this worker had at the same time.
        """
        if self._sent.get(absent.process, 0.0) <= asked:
            self._send([absent.worker])

    def _send(self, workers: list[str] | None) -> None:
        """Send the data to some workers, or to all; one that has died meanwhile is passed over."""
        found = self.client.run(
            remote.keep, self.digest, self._pickled, workers=workers, on_error="return"
        )
        now = time.monotonic()
        self._sent.update((answer, now) for answer in found.values() if isinstance(answer, str))

    def close(self) -> None:
        """Close the connection; the cluster stays."""
        self._disconnect()
        self._closing.close()
