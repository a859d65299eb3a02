"""The cases of each benchmark: networks, listed or requested, and the kernels for each."""

from __future__ import annotations

from dataclasses import fields
from pathlib import Path
from typing import Any

import pytest

import kernels
from benchmarks.measure import networks, workloads
from benchmarks.measure.networks import Asked, Options
from benchmarks.measure.question import Question
from benchmarks.measure.sizes import Named

LISTED = [Asked(Named(one.sizes, one.activations)) for one in workloads.REPEATED]
"""The networks that are timed where no option asks for others."""
LENIENT = pytest.mark.filterwarnings("ignore")
"""Mark that ignores the warnings of a peer's library about its own deprecated parts."""
NETWORKS = pytest.StashKey[list[Asked]]()
"""The networks that a session times."""


def asked_for(config: pytest.Config) -> list[Asked]:
    """The networks that the options of `pytest` ask for; without such options, the listed ones.

    Raises UsageError if they describe no valid network.
    """
    given = {one.name: config.getoption(f"network_{one.name}") for one in fields(Options)}
    options = Options(**given | {"files": [Path(file) for file in given["files"]]})
    try:
        return networks.asked_for(options) if options else LISTED
    except (TypeError, ValueError, OSError) as error:
        from benchmarks.__main__ import message_of  # needs packages that tests lack

        raise pytest.UsageError(message_of(error)) from None


def cases(operation: str, asked: list[Asked]) -> list[Any]:
    """Parameters for every network and every installed kernel that offers the operation on it."""
    return [
        pytest.param(
            kernel,
            network,
            id=f"{kernel}-{name(network)}",
            marks=LENIENT if kernel in kernels.PEERS else (),
        )
        for network in asked
        for kernel in kernels.names()
        if not kernels.missing(kernel) and offers(kernel, operation, network)
    ]


def offers(kernel: str, operation: str, network: Asked) -> bool:
    """True if a kernel offers the operation on a network with these activations and loss."""
    found, (sizes, activations, loss) = kernels.find(kernel), network.named
    asked = Question(sizes, operation, 1, activations, loss or "")
    return operation in found.operations and found.offers(asked.architecture, asked.dtype)


def name(network: Asked) -> str:
    """The network's name, followed by the digest of weights from a file."""
    found = workloads.name_of(*network.named)
    return found if network.weights is None else f"{found}-weights-{network.weights}"
