"""The steps of the optimizers for tensors of a library that has its own square root.

`Optimizer.step` itself serves NumPy's arrays, with NumPy's square root. These compute the same.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from kernels.parts.optimizer import Step
from kernels.parts.optimizers.adam import adam
from kernels.parts.optimizers.adamw import adamw
from kernels.parts.optimizers.sgd import momentum, nesterov, plain


def step(known: Step, root: Callable[[Any], Any]) -> Step | None:
    """The same step with this square root; None if it is no optimizer's of this package."""
    if known in (plain, momentum, nesterov):
        return known  # without a root
    if known not in (adam, adamw):
        return None

    def moved(theta: Any, g: Any, slots: Any, rates: Any) -> tuple[Any, ...]:
        m = rates[2] * slots[0] + rates[3] * g
        v = rates[4] * slots[1] + rates[5] * (g * g)
        kept = rates[6] * theta if known is adamw else theta
        return kept - rates[0] * m / (root(v) + rates[1]), m, v

    return moved
