"""Connections to a Dask cluster: a client, checks of the cluster's versions, and silent logs."""

from __future__ import annotations

import importlib
import importlib.util
import logging
import re
import socket
import subprocess
import sys
import time
import warnings
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from benchmarks.experiments.sweep import tasks
from benchmarks.measure.errors import FailedError
from kernels.errors import NotInstalledError

if TYPE_CHECKING:
    from distributed import Client

NAMED = 3
"""Workers that a message names, of all that have the same fault."""
PROBE_SECONDS, IMPORT_SECONDS = 2.0, 5.0
"""How long a connection may take, and the import of Dask beside."""
QUIET = ("distributed", "tornado", "asyncio")
"""Loggers that report each lost connection, some with a traceback."""


class UnreachableError(FailedError):
    """The scheduler does not answer, or has stopped answering."""


def require() -> None:
    """Raise NotInstalledError unless the package `distributed` is installed."""
    if importlib.util.find_spec("distributed") is None:
        raise NotInstalledError(
            "--scheduler needs the package distributed: pip install 'mlp-ladder[cluster]'",
            name="distributed",
        )


@contextmanager
def silent() -> Iterator[None]:
    """Suppress the logs of Dask's client during the block."""
    importlib.import_module("distributed.client")  # so that its loggers are there
    loggers = [
        logger
        for name, logger in list(logging.root.manager.loggerDict.items())
        if isinstance(logger, logging.Logger) and name.partition(".")[0] in QUIET
    ]
    former = [logger.disabled for logger in loggers]
    for logger in loggers:
        logger.disabled = True
    try:
        yield
    finally:
        for logger, disabled in zip(loggers, former, strict=True):
            logger.disabled = disabled


def client(address: str, seconds: float, remark: Callable[[str], object]) -> Client:
    """Return a client of the scheduler at an address.

    Dask's warning about different versions of its packages becomes a remark of one line.

    Raises
    ------
    ValueError
        If the address is none.
    UnreachableError
        If no scheduler answers there within so many seconds.
    """
    require_address(address)
    from distributed import Client
    from distributed.versions import VersionMismatchWarning

    if listens(address) and not is_scheduler(address, seconds):
        raise UnreachableError(
            f"no Dask scheduler answers at {address} (tried for {seconds:g} s), but something "
            "listens there"
        )
    with warnings.catch_warnings(record=True) as seen:
        warnings.simplefilter("always")
        try:
            found = Client(address, timeout=seconds, set_as_default=False)
        except OSError:
            raise UnreachableError(
                f"no Dask scheduler answers at {address} (tried for {seconds:g} s)"
            ) from None
    for warning in seen:
        if issubclass(warning.category, VersionMismatchWarning):
            remark(differing(str(warning.message)))
    return found


def require_address(address: str) -> None:
    """Raise ValueError unless an address has a host, a port, and a scheme that Dask knows.

    Dask itself would leave a thread behind after such an address.
    """
    from distributed.comm.registry import backends

    try:
        parts = urlsplit(address if "://" in address else f"tcp://{address}")
        valid = bool(parts.scheme in backends and parts.hostname and parts.port)
    except ValueError:  # the port is no number
        valid = False
    if not valid:
        raise ValueError(
            f"{address!r} is no address of a Dask scheduler, as tcp://127.0.0.1:8786 is"
        )


def listens(address: str) -> bool:
    """True if a TCP connection to an address of Dask's can be made at once."""
    found = re.fullmatch(r"(?:tcp|tls)://(.+):(\d+)", address)
    if found is None:
        return False
    try:
        socket.create_connection((found[1].strip("[]"), int(found[2])), PROBE_SECONDS).close()
    except (OSError, OverflowError):
        return False
    return True


def is_scheduler(address: str, seconds: float) -> bool:
    """True if a scheduler answers at an address at which something listens.

    A process of its own asks: a client of something else may never return.
    """
    code = "import sys; from distributed import Client; Client(sys.argv[1], timeout=sys.argv[2])"
    try:
        found = subprocess.run(
            [sys.executable, "-c", code, address, f"{seconds:g} s"],
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            timeout=seconds + IMPORT_SECONDS,
            check=False,
        )
    except subprocess.TimeoutExpired:
        return False
    return found.returncode == 0


def differing(table: str) -> str:
    """A line that names the packages in Dask's table of different versions."""
    rows = [
        [cell.strip() for cell in line.split("|")[1:-1]]
        for line in table.splitlines()
        if line.startswith("|")
    ]
    found = "; ".join(f"{package} {', '.join(versions)}" for package, *versions in rows[1:])
    return f"versions of client, scheduler and workers differ: {found}"


def wait_for_workers(of: Client, seconds: float) -> int:
    """Return the number of the workers' threads, once there is a worker.

    Raises FailedError if none has connected after so many seconds; OSError if the scheduler dies.
    """
    end = time.monotonic() + seconds
    while not (threads := of.nthreads()):
        if time.monotonic() > end:
            raise FailedError(
                f"the scheduler {of.scheduler.address} has no worker (waited {seconds:g} s): start "
                "some with `dask worker`"
            )
        time.sleep(0.1)
    return sum(threads.values())


def check_versions(of: Client) -> None:
    """Raise FailedError that names workers which lack this package, or have another version.

    OSError if the scheduler dies.
    """
    ours = tasks.version()
    found = of.run(tasks.version, on_error="return")
    faults = {
        address: answer
        for address, answer in found.items()
        if answer != ours and not isinstance(answer, OSError)  # an OSError: lost meanwhile
    }
    if faults:
        raise unfit(faults, ours)


def unfit(workers: Mapping[str, object], ours: str) -> FailedError:
    """The error that names workers with what they have instead: a version, or an exception."""
    named = [f"worker {address}: {described(has)}" for address, has in workers.items()]
    more = f" and {len(named) - NAMED} more" if len(named) > NAMED else ""
    return FailedError(
        f"{', '.join(named[:NAMED])}{more}; but this sweep is of kernels {ours}: start workers in "
        "the same checkout, with its packages"
    )


def described(has: object) -> str:
    """A worker's version, or the exception that was raised instead."""
    return f"{type(has).__name__}: {has}" if isinstance(has, Exception) else f"kernels {has}"
