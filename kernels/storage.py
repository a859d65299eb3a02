"""Files of networks, written completely or not at all; .npz files are read without unpickling."""

from __future__ import annotations

import errno
import os
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any, BinaryIO, TypeVar

import numpy as np

from kernels.support import checks

if TYPE_CHECKING:
    from kernels.network import Network

FORMAT = 3
"""Format of saved files. Format 2 had no shift; format 1 had no activations, all were logistic."""
ESTIMATOR = "estimator_format"
"""The entry that only files of compiled estimators have (`kernels.sklearn.files.keeping`)."""
MODULE = "module_format"
"""The entry that files of compiled modules have besides a network's (`kernels.exchange.compiled`).
"""

Made = TypeVar("Made")


def save(network: Network, path: str | os.PathLike[str]) -> None:
    """Write a network to `path`, without checks; raises OSError, naming `path`."""
    write(path, lambda file: np.savez(file, **contents(network)))


def contents(network: Network) -> dict[str, Any]:
    """The entries of a network's file."""
    return {
        "format": np.array(FORMAT),
        "sizes": np.array(network.sizes),
        "activations": np.array(network.activations),
        "theta": network.theta,
        "shift": np.zeros(network.sizes[0]) if network.shift is None else network.shift,
    }


def write(path: str | os.PathLike[str], fill: Callable[[BinaryIO], object]) -> None:
    """Write a file as a whole or not at all; raises OSError, naming `path`."""
    target = Path(path)
    if target.is_dir():
        raise IsADirectoryError(errno.EISDIR, os.strerror(errno.EISDIR), str(target))
    unfinished = target.with_name(f".{os.urandom(8).hex()}")  # short: a name has a greatest length
    try:
        with unfinished.open("wb") as file:
            fill(file)
        unfinished.replace(target)
    except OSError as error:
        if error.errno is None:
            raise
        # the user knows nothing of the unfinished file
        raise OSError(error.errno, error.strerror, str(target)) from None
    finally:
        with suppress(OSError):
            unfinished.unlink()


def load(path: str | os.PathLike[str], make: Callable[..., Network]) -> Network:
    """The network that `make(sizes, theta, activations, shift)` gives for what a file holds.

    Raises as `read` does.
    """
    return read(path, "a network", lambda archive: make(*parameters(archive)))


def read(path: str | os.PathLike[str], what: str, make: Callable[[Any], Made]) -> Made:
    """What `make(archive)` gives for the archive in a file; `what` names it in messages.

    Raises
    ------
    TypeError
        If `path` is no path.
    OSError
        If the file cannot be read.
    ValueError
        If it is no .npz archive, or `make` raises, whatever it is.
    """
    if not isinstance(path, str | os.PathLike):
        raise TypeError(f"expected the path of a file that holds {what}, got {path!r}")
    with Path(path).open("rb") as file:
        try:
            archive = np.load(file, allow_pickle=False)
            if not isinstance(archive, np.lib.npyio.NpzFile):
                raise ValueError("it is no .npz file")
            with archive:
                return make(archive)
        except Exception as error:  # zipfile and NumPy raise anything for a damaged file
            if isinstance(error, OSError) and error.errno != errno.EINVAL:
                raise  # EINVAL: a damaged offset points before the file's start
            # NumPy takes a file that is no archive for a pickle
            text = str(error) or type(error).__name__
            reason = "it is no .npz file" if "pickle" in text else text
            raise ValueError(f"{os.fspath(path)} does not hold {what}: {reason}") from None


def parameters(archive: Any) -> tuple[Any, Any, Any, Any]:
    """Sizes, theta, activations and shift in an archive; raises anything if it is damaged."""
    if ESTIMATOR in archive:
        raise ValueError("it holds a compiled estimator, which kernels.load reads")
    number = checks.integer(archive["format"].tolist(), "format", minimum=1)
    if number > FORMAT:
        raise ValueError(f"format {number}, expected 1 to {FORMAT}")
    names = archive["activations"].tolist() if number > 1 else None
    shift = archive["shift"] if number > 2 else None
    return archive["sizes"].tolist(), archive["theta"], names, shift
