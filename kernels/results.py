"""What a plan's gradient and training give."""

from __future__ import annotations

from dataclasses import dataclass

from kernels.network import Network, views
from kernels.support.checks import Array


@dataclass(frozen=True, slots=True)
class Gradient:
    """The gradient of the cost J over m samples.

    `cost` is J = 1/m sum 1/2 ||y - h||^2 before any step; `theta` is dJ/dtheta, flat, laid out
    as `Network.theta`; `W[l]` and `b[l]` are its parts, views into `theta`.
    """

    cost: float
    theta: Array
    sizes: tuple[int, ...]

    @property
    def W(self) -> tuple[Array, ...]:  # noqa: N802  # the article's letter
        """dJ/dW[l], shape (s_{l+1}, s_l)."""
        return views(self.theta, self.sizes)[0]

    @property
    def b(self) -> tuple[Array, ...]:
        """dJ/db[l], shape (s_{l+1},)."""
        return views(self.theta, self.sizes)[1]


@dataclass(frozen=True, slots=True)
class Training:
    """What a training gave.

    `network` has the parameters after the last iteration. `cost[k]` is J and `error[k]` the mean
    of ||y - h||, which we take for the average cost that the article plots (§5.4); both are taken
    before update k.
    """

    network: Network
    cost: Array
    error: Array
