"""What `update` replaces: the parameters that a plan computes with.

A plan and its native entries share one `Held`, so an update reaches all of them at once.
"""

from __future__ import annotations

from typing import Any

from kernels.network import Network


class Held:
    """A plan's parameters, and memory of its compiled code."""

    __slots__ = ("network", "parameters", "scratch", "spare")

    network: tuple[Any, Network]
    """The parameters, and the network that they belong to.

    Compiled code deletes it when it updates; the plan then makes it anew from the parameters.
    """
    parameters: Any
    """As `pack` returned them."""
    scratch: Any
    """Memory of one call of compiled code; deleted while a call uses it."""
    spare: Any
    """The parameters before the last update; the next one writes there if nobody else uses them."""
