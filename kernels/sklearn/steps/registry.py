"""The steps that can be compiled, by class name, and the application of one to a `Table`."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from kernels.sklearn.overridden import (
    TRANSFORM_METHODS,
    known_base,
    refuse_overridden,
    shown_name,
)
from kernels.sklearn.table import StepError, Table

Step = Callable[[Any, Table], Table]
STEPS: dict[str, Step] = {}
"""What each step makes of a table, by the name of its class in scikit-learn."""


def step(*names: str) -> Callable[[Step], Step]:
    """Register a function for the steps of these classes."""

    def register(function: Step) -> Step:
        STEPS.update(dict.fromkeys(names, function))
        return function

    return register


def apply(one: Any, table: Table) -> Table:
    """The table after a fitted step.

    Raises
    ------
    StepError
        If the step cannot be compiled, with its name.
    TypeError
        If it overrides a method by which scikit-learn transforms.
    sklearn.exceptions.NotFittedError
        If it has not been fitted.
    """
    from sklearn.utils.validation import check_is_fitted

    if one is None or (isinstance(one, str) and one == "passthrough"):
        return table
    name = shown_name(one)
    base = known_base(one, STEPS)
    if base is None:
        raise StepError(f"step {name} cannot be compiled: there is no code for it")
    refuse_overridden(one, base, TRANSFORM_METHODS)
    check_is_fitted(one)
    try:
        return STEPS[base.__name__](one, table)
    except StepError as error:
        if str(error).startswith("step "):
            raise
        raise StepError(f"step {name} cannot be compiled: {error}") from None
