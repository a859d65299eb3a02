"""Exceptions of this package, besides TypeError and ValueError."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from kernels.parts.architecture import Architecture
    from kernels.supplied import Supplied


class NotOfferedError(ValueError):
    """A kernel was asked for an operation, dtype, thread count or network it does not offer."""


class NotInstalledError(ImportError):
    """A kernel or a conversion needs a package that is not installed."""


class ChangedError(ImportError):
    """A package is not as a kernel knows it, perhaps in a later version; the message names both."""


class PluginError(ImportError):
    """Another package's kernel cannot be used; the message says why."""


def not_offered(
    what: str, kernel: type[Supplied], offers: Callable[[type[Supplied]], bool]
) -> NotOfferedError:
    """The error to raise where a kernel lacks something; it names the kernels that have it.

    Parameters
    ----------
    what : the thing that is lacking, with which the message begins
    kernel : the kernel that was asked
    offers : function that is True for a kernel that has it
    """
    from kernels import installed

    others = [other.name for other in installed() if offers(other)]
    instead = f"but by {', '.join(others)}" if others else "nor by another that is installed"
    return NotOfferedError(f"{what} is not offered by kernel {kernel.name}, {instead}")


def not_offered_network(what: Architecture, dtype: str, kernel: type[Supplied]) -> NotOfferedError:
    """The error to raise where a kernel does not offer a network in a dtype."""
    # told apart: another dtype may help, or not
    where = f" in {dtype}" if kernel.offers_network(what) else ""
    return not_offered(
        f"a network such as {what}{where}", kernel, lambda other: other.offers(what, dtype)
    )
