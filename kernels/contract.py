"""Contract of a kernel: checks run by `failures(kernel)` or `python -m kernels.contract NAME`.

The checks are in `kernels.proof`, one file per subject. Each takes a kernel (a subclass of `Plan`)
and a dtype. If the kernel breaks the contract, the check raises `ContractError` or `GateError`, or
passes the kernel's own exception on. The tests run every check on every rung, every installed peer
and every dtype they offer.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from typing import Any

import kernels
from kernels.interface import NotOfferedError, Plan
from kernels.proof import arguments, batches, data, options, plans, results, trainings
from kernels.proof.guards import GateError, OverrunError
from kernels.proof.results import ARTICLE, EXAMPLE, EXAMPLE_INPUT, EXAMPLE_OUTPUT, ODD
from kernels.proof.tools import Check, Checks, ContractError
from kernels.support import checks

__all__ = [
    "ARTICLE",
    "CHECKS",
    "EXAMPLE",
    "EXAMPLE_INPUT",
    "EXAMPLE_OUTPUT",
    "ODD",
    "Check",
    "ContractError",
    "GateError",
    "failures",
]

CHECKS = Checks(
    results.CHECKS
    | data.CHECKS
    | trainings.CHECKS
    | batches.CHECKS
    | plans.CHECKS
    | arguments.CHECKS
    | options.CHECKS
)


def failures(kernel: str | type[Plan], dtype: Any = "float64") -> dict[str, str]:
    """Hold a kernel to the contract.

    Parameters
    ----------
    kernel : one of `kernels.names()`, or a subclass of `kernels.Plan`
    dtype : "float64" or "float32"

    Returns
    -------
    dict of str to str
        The checks that failed, by title, each with what went wrong; empty if the contract holds.
        A check fails by any exception; only KeyboardInterrupt is passed on.

    Raises
    ------
    TypeError
        If `kernel` is neither a name nor a kernel, or `dtype` is no dtype.
    ValueError
        If no kernel has that name, or it does not offer the dtype (NotOfferedError).
    ImportError
        NotInstalledError if the kernel needs a package that is not installed, PluginError if
        another package's kernel cannot be imported.
    """
    found = resolve(kernel)
    name = checks.dtype(dtype).name
    if name not in found.dtypes:
        raise NotOfferedError(f"dtype {name} is not offered by kernel {found.name}")
    return {title: message for title, message in outcomes(found, name) if message is not None}


def resolve(kernel: str | type[Plan]) -> type[Plan]:
    """The kernel, after importing what it needs; raises as `failures` does."""
    found = kernels.find(kernel) if isinstance(kernel, str) else kernel
    if not (isinstance(found, type) and issubclass(found, Plan)):
        raise TypeError(f"a kernel is a name or a subclass of kernels.Plan, got {found!r}")
    if not isinstance(getattr(found, "name", None), str):
        raise TypeError(f"a kernel has a name, {found.__name__}.name is not a string")
    with found.naming_packages():
        found.import_requirements()
    return found


def outcomes(kernel: type[Plan], dtype: str) -> Iterator[tuple[str, str | None]]:
    """Each check's title with what went wrong, or with None.

    Once a kernel has written outside its arrays no more checks are run: memory is corrupt, and the
    process may crash.
    """
    overran = False
    for title, function in CHECKS.items():
        if overran:
            yield title, "not run: the kernel writes outside its arrays"
            continue
        message = None
        try:
            function(kernel, dtype)
        except KeyboardInterrupt:
            raise
        except OverrunError as error:
            overran = True
            message = f"{type(error).__name__}: {error}"
        except BaseException as error:  # SystemExit too: a kernel may call sys.exit
            message = f"{type(error).__name__}: {' '.join(str(error).split())}"
        yield title, message


def main(arguments: list[str]) -> int:
    """Check one kernel and print one line per check; the exit status is 1 if a check failed."""
    if len(arguments) != 1 or arguments[0].startswith("-"):
        print(f"usage: python -m kernels.contract NAME    ({', '.join(kernels.names())})")
        return 2
    try:
        kernel = resolve(arguments[0])
    except (ValueError, ImportError) as error:
        print(f"error: {error}", file=sys.stderr)
        return 2
    failed = 0
    for dtype in kernel.dtypes:
        for title, message in outcomes(kernel, dtype):
            if message is None:
                print(f"ok      {dtype}  {title}", flush=True)
            else:
                failed += 1
                print(f"FAILED  {dtype}  {title}: {message}", flush=True)
    print(f"{kernel.name}: " + (f"failed checks: {failed}" if failed else "the contract holds"))
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
