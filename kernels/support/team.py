"""Several threads that do one thing together, and end together."""

from __future__ import annotations

import threading
from collections.abc import Callable


class Helper(threading.Thread):
    """A thread for one call, of whose failure others are told."""

    def __init__(self, work: Callable[[], object], call_off: Callable[[], object]) -> None:
        super().__init__()
        self.failure: BaseException | None = None
        self._work, self._call_off = work, call_off
        # `join` takes a thread for ended that goes on, if Ctrl-C interrupts it; and an Event locks
        # itself for ever, if Ctrl-C interrupts who waits for it at the wrong moment
        self._goes_on = threading.Lock()
        self._goes_on.acquire()

    def run(self) -> None:
        """Make the call."""
        try:
            self._work()
        except BaseException as failure:
            self.failure = failure
            self._call_off()
        finally:
            self._goes_on.release()

    def wait(self) -> None:
        """Return once it has ended, if it ever began; Ctrl-C is heard meanwhile."""
        if self.ident is not None:
            with self._goes_on:
                pass
            self.join()


def run(
    work: Callable[[int], object],
    threads: int,
    call_off: Callable[[], object] = lambda: None,
    aside: bool = False,
) -> None:
    """Call work(0) here and work(1) .. work(threads - 1) each in a thread of its own.

    Returns once all have. If anything is raised, as by Ctrl-C, `call_off` is called, upon which
    every `work` must return soon, and it is raised here when they have. Ctrl-C is heard once
    work(0) is done; or at any time if it is done `aside`, in a thread of its own too.
    """
    ranks = range(0 if aside else 1, threads)
    helpers = [Helper(lambda rank=rank: work(rank), call_off) for rank in ranks]  # type: ignore[misc]
    try:
        for helper in helpers:
            helper.start()
        if not aside:
            work(0)
        for helper in helpers:
            helper.wait()
    except BaseException:
        call_off()
        raise
    finally:
        for helper in helpers:
            helper.wait()
    for helper in helpers:
        if helper.failure is not None:
            raise helper.failure
