"""scikit-learn's optimizers, for passes that compiled code has made."""

from __future__ import annotations

import math
from operator import attrgetter

from sklearn.neural_network._stochastic_optimizers import AdamOptimizer, SGDOptimizer

from kernels.parts.optimizers import SGD, Adam
from kernels.support.checks import Array


class CompiledSGD(SGDOptimizer):  # type: ignore[misc]
    """scikit-learn's, for passes that were made in compiled code."""

    OURS = SGD, attrgetter("learning_rate_init", "momentum", "nesterov")
    """The optimizer that does the same, and its settings here."""

    def kept(self) -> tuple[list[Array], ...]:
        """What it keeps of the parameters."""
        return (self.velocities,)

    def keep(self, velocities: list[Array] | None = None) -> None:
        """Keep these arrays instead, if there are any."""
        if velocities is not None:
            self.velocities: list[Array] = velocities

    def update_params(self, params: list[Array], grads: list[Array]) -> None:
        if grads:  # none after a pass in compiled code, which has moved the parameters
            super().update_params(params, grads)

    def steps_made(self) -> int:
        """Steps made before: they change nothing here."""
        return 0

    def make_steps(self, count: int) -> None:
        """Note that so many steps have been made."""

    def rate(self) -> float:
        """The learning rate of the next pass."""
        return float(self.learning_rate)


class CompiledAdam(AdamOptimizer):  # type: ignore[misc]
    """scikit-learn's, for passes that were made in compiled code."""

    OURS = Adam, attrgetter("learning_rate_init", "beta_1", "beta_2", "epsilon")

    def kept(self) -> tuple[list[Array], ...]:
        """What it keeps of the parameters."""
        return self.ms, self.vs

    def keep(self, ms: list[Array], vs: list[Array]) -> None:
        """Keep these arrays instead."""
        self.ms, self.vs = ms, vs

    def update_params(self, params: list[Array], grads: list[Array]) -> None:
        if grads:
            super().update_params(params, grads)

    def steps_made(self) -> int:
        """Steps made before."""
        return int(self.t)

    def make_steps(self, count: int) -> None:
        """Note that so many steps have been made."""
        self.t += count
        if self.t:
            root = math.sqrt(1 - self.beta_2**self.t)
            self.learning_rate = self.learning_rate_init * root / (1 - self.beta_1**self.t)

    def rate(self) -> float:
        """The learning rate of the next pass, before what depends on the step."""
        return float(self.learning_rate_init)


COMPILED = {SGDOptimizer: CompiledSGD, AdamOptimizer: CompiledAdam}
"""By scikit-learn's own classes."""
