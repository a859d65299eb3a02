"""Several threads that do one thing together, and end together."""

from __future__ import annotations

import threading
from collections.abc import Callable


def run(
    work: Callable[[int], object], threads: int, call_off: Callable[[], object] = lambda: None
) -> None:
    """Call work(0) here and work(1) .. work(threads - 1) each in a thread of its own.

    Returns once all have. If anything is raised, as by Ctrl-C, `call_off` is called, upon which
    every `work` must return soon, and it is raised here when they have.
    """
    if threads == 1:
        work(0)
        return
    failures: list[BaseException] = []

    def attempt(rank: int) -> None:
        try:
            work(rank)
        except BaseException as failure:
            failures.append(failure)
            call_off()

    helpers = [threading.Thread(target=attempt, args=(rank,)) for rank in range(1, threads)]
    try:
        for helper in helpers:
            helper.start()
        work(0)
    except BaseException:
        call_off()
        raise
    finally:
        for helper in helpers:
            if helper.ident is not None:
                helper.join()
    if failures:
        raise failures[0]
