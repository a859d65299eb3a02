"""scikit-learn's optimizers, for passes that compiled code has made."""

from __future__ import annotations

import math

from sklearn.neural_network._stochastic_optimizers import AdamOptimizer, SGDOptimizer

from kernels.parts.optimizers import SGD, Adam
from kernels.support.checks import Array


class CompiledSGD(SGDOptimizer):  # type: ignore[misc]
    """scikit-learn's, for passes that were made in compiled code."""

    KEPT = ("velocities",)
    OURS = SGD, ("learning_rate_init", "momentum", "nesterov")
    """The optimizer that does the same, and its settings here."""

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

    KEPT = ("ms", "vs")
    OURS = Adam, ("learning_rate_init", "beta_1", "beta_2", "epsilon")

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
