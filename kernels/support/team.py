"""Fork and join: one function called by a team of threads, and all of them joined.

Python's own pools do not fit: the caller computes too, an exception in one thread must end the
others, and Ctrl-C must neither be lost nor leave a thread behind.
"""

from __future__ import annotations

import threading
from collections.abc import Callable


class Worker(threading.Thread):
    """A thread that makes one call; if that raises, it stores the exception and calls `abort`."""

    def __init__(self, work: Callable[[], object], abort: Callable[[], object]) -> None:
        super().__init__()
        self.exception: BaseException | None = None
        self._work, self._abort = work, abort
        # A lock, since Ctrl-C breaks the alternatives: `join`, interrupted, takes a running thread
        # for a finished one, and an Event can deadlock if a waiting thread is interrupted.
        self._running = threading.Lock()
        self._running.acquire()
        self._decided: dict[str, str] = {}

    def run(self) -> None:
        """Make the call, unless `wait` has returned already."""
        try:
            if self._decide("called") == "called":
                self._work()
        except BaseException as exception:
            self.exception = exception
            self._abort()
        finally:
            self._running.release()

    def wait(self) -> None:
        """Return when the call has been made, or will never be made; Ctrl-C interrupts.

        Without an `ident`, the thread was never started, or Ctrl-C interrupted `start` before the
        thread ran: it may still begin, but then does nothing.
        """
        if self.ident is None and self._decide("skipped") == "skipped":
            return
        with self._running:
            pass
        self.join()

    def _decide(self, what: str) -> str:
        """Settle whether the call is "called" or "skipped"; the first to decide does so for all."""
        return self._decided.setdefault("call", what)  # one step, which Ctrl-C cannot interrupt


def run(
    work: Callable[[int], object],
    threads: int,
    abort: Callable[[], object] = lambda: None,
    in_background: bool = False,
) -> None:
    """Call work(0) .. work(threads - 1) at the same time, and return when all have returned.

    Parameters
    ----------
    work : takes the rank of its thread
    threads : the number of calls; the calling thread makes work(0) itself
    abort : called if a call raises or Ctrl-C is pressed; every other call must then return soon
    in_background : make work(0) in a new thread too. Python handles Ctrl-C in the main thread only,
        between two bytecodes, so compiled code in that thread would delay it until work(0) returns.

    Raises
    ------
    BaseException
        The first exception that a call raised, by rank, or KeyboardInterrupt.
    """
    ranks = range(0 if in_background else 1, threads)
    workers = [Worker(lambda rank=rank: work(rank), abort) for rank in ranks]  # type: ignore[misc]
    try:
        for worker in workers:
            worker.start()
        if not in_background:
            work(0)
        for worker in workers:
            worker.wait()
    except BaseException:
        abort()
        raise
    finally:
        for worker in workers:
            worker.wait()
    for worker in workers:
        if worker.exception is not None:
            raise worker.exception
