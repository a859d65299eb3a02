"""Training in batches, pass by pass: for early stopping, schedules of one's own, and new data."""

from __future__ import annotations

import math
import time
import warnings
from collections.abc import Callable
from dataclasses import replace
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from kernels.network import Network
from kernels.pace import grown
from kernels.parts.optimizer import Optimizer
from kernels.passes import SUMS, Passes
from kernels.rates import Rates
from kernels.support import aligned, batches, callers, checks
from kernels.support.checks import Array

if TYPE_CHECKING:
    from kernels.interface import Plan

Progress = Callable[[int, float, float], object]
MOST_STEPS = 1 << 14
"""Steps for which rates are computed at once, at most, if they are of several passes."""


class Place(NamedTuple):
    """Where a training is; replaced as a whole, so that no interruption leaves a part of it."""

    theta: Array
    slots: Array
    steps: int


class Trainer:
    """The parameters of a network while they are trained; made by `plan.trainer`.

    Parameters
    ----------
    plan : its parameters are where the training begins; they stay as they are
    optimizer : SGD, Adam or AdamW
    l2 : the penalty on weights, scikit-learn's alpha: each batch's cost grows by l2/2 times the sum
        of all squared weights divided by its samples

    It may be pickled and copied, and is then at the same point of the same training. Threads must
    not share one.
    """

    def __init__(self, plan: Plan, optimizer: Optimizer, l2: float = 0.0) -> None:
        if not isinstance(optimizer, Optimizer):
            raise TypeError(f"optimizer must be kernels.SGD, Adam or AdamW, got {optimizer!r}")
        self._plan, self.optimizer = plan, optimizer
        self.l2 = checks.real(l2, "l2", plan.dtype)
        if self.l2 < 0:
            raise ValueError(f"l2 must be at least 0, got {l2}")
        self.learning_rate = optimizer.learning_rate
        theta = aligned.copy(plan.network.theta, plan.dtype)
        self._at = Place(theta, np.zeros((optimizer.slots, theta.size), plan.dtype), 0)
        self._rates = Rates(optimizer, plan.dtype)

    # --- training ---------------------------------------------------------------------------------

    def epoch(
        self,
        X: Any,
        Y: Any,
        batch_size: int | None = None,
        order: Any = None,
        sample_weight: Any = None,
    ) -> float:
        """A pass over the data: one step for each batch.

        Parameters
        ----------
        X, Y : as for `Plan.train`
        batch_size : samples a step; the last batch may be smaller. None: all
        order : (m,) integers, the indices of the samples in the order in which they are taken;
            None: 0, 1, 2 ...
        sample_weight : (m,) finite numbers >= 0: how much each sample counts; None: 1. Each batch
            needs one above 0.

        Returns
        -------
        float
            The mean over all samples of their loss, each before the step of its batch, with the
            penalty. Weights count in the mean of a batch.

        Raises
        ------
        TypeError, ValueError
            If an argument is of the wrong kind or shape; nothing has changed then.

        Warns
        -----
        UserWarning
            If batch_size is above m: it is m then.
        RuntimeWarning
            If the cost is NaN or infinite; the parameters are not finite then.

        After a KeyboardInterrupt some steps have been made, and none by half.
        """
        X, Y = self._plan._inputs.pair(X, Y, "train")
        m = len(X)
        size = batches.of_batches(batch_size, m)
        orders = None if order is None else batches.in_order(order, m)[np.newaxis]
        weights = None if sample_weight is None else batches.of_samples(sample_weight, m, X.dtype)
        found = np.zeros((1, len(SUMS)))
        require_weights(weights, orders, size)
        self._make(X, Y, orders, weights, size, found)
        cost = float((found[0, 0] + found[0, 2]) / m)
        if not math.isfinite(cost):
            text = "the cost is not finite: the training diverged, or X or Y is not finite"
            warnings.warn(text, RuntimeWarning, stacklevel=callers.stack_level())
        return cost

    def step(self, X: Any, Y: Any, sample_weight: Any = None) -> float:
        """One step over all of these samples; their cost before it."""
        return self.epoch(X, Y, sample_weight=sample_weight)

    def _make(
        self,
        X: Array,
        Y: Array,
        orders: Array | None,
        weights: Array | None,
        size: int,
        found: Array,
    ) -> None:
        """A pass for each row of `found`, to which its `SUMS` are added.

        The arrays are as `Passes` has them, unchecked.
        """
        passes, made = self._plan.pass_over, self._at.steps
        steps = len(found) * -(-len(X) // size)
        settings = self._rates.following(made, steps, self._rate), made, self._rate
        pace = self._plan._pace
        done, part = 0, pace.steps(self.optimizer, size)
        while done < steps:
            end = min(done + part, steps)
            start = time.perf_counter()
            # copies: Ctrl-C may come in the middle of a step, a second one while threads compute on
            theta, slots = aligned.copy(self._at.theta), aligned.copy(self._at.slots)
            one = Passes(X, Y, orders, weights, size, self.l2, self.optimizer, slots, *settings)
            self._plan._limited(passes, theta, one, done, end, found)
            self._at = Place(theta, slots, made + end)
            part = pace.learn(self.optimizer, size, end - done, time.perf_counter() - start)
            done = end

    def run(
        self,
        X: Array,
        Y: Array,
        orders: batches.Take,
        batch_size: int | None,
        cost: Array,
        error: Array,
        progress: Progress | None,
    ) -> None:
        """A pass in each of these orders, for each entry of cost and error."""
        m, passes = len(X), len(cost)
        size = batches.of_batches(batch_size, m)
        most = max(1, MOST_STEPS * size // m)
        done, part = 0, max(1, self._plan._pace.steps(self.optimizer, size) * size // m)
        while done < passes:
            part = min(part, most, passes - done)
            start = time.perf_counter()
            found = np.zeros((part, len(SUMS)))
            self._make(X, Y, orders(part), None, size, found)
            done, made = done + part, slice(done, done + part)
            cost[made], error[made] = (found[:, 0] + found[:, 2]) / m, found[:, 1] / m
            part = grown(part, time.perf_counter() - start)
            if progress is not None:
                progress(done, float(cost[done - 1]), float(error[done - 1]))

    # --- where it is ------------------------------------------------------------------------------

    @property
    def theta(self) -> Array:
        """A copy of the parameters, laid out as `Network.theta`, in the plan's dtype."""
        return self._at.theta.copy()

    @property
    def network(self) -> Network:
        """The network with these parameters."""
        return self._plan._snapshot(self._at.theta.astype(np.float64))

    @property
    def learning_rate(self) -> float:
        """The learning rate of the next pass."""
        return self._rate

    @learning_rate.setter
    def learning_rate(self, value: float) -> None:
        rate = checks.real(value, "learning_rate", self._plan.dtype)
        if rate < 0:
            raise ValueError(f"learning_rate must be at least 0, got {rate}")
        self._rate = rate

    @property
    def state(self) -> dict[str, Any]:
        """All that a training needs to go on with the same bits: theta, slots, steps, rate.

        A copy: it may be kept, changed, pickled, and assigned to a trainer of the same plan and
        optimizer.
        """
        return {
            "theta": self._at.theta.copy(),
            "slots": self._at.slots.copy(),
            "steps": self._at.steps,
            "learning_rate": self._rate,
        }

    @state.setter
    def state(self, value: dict[str, Any]) -> None:
        if not isinstance(value, dict):
            raise TypeError(f"a state is what Trainer.state returned, got {value!r}")
        missing = [name for name in self.state if name not in value]
        if missing:
            raise ValueError(f"a state needs {', '.join(missing)}")
        dtype, at = self._plan.dtype, self._at
        theta = checks.array(value["theta"], dtype, at.theta.shape, "theta")
        if np.shape(value["slots"]) != at.slots.shape:
            raise ValueError(f"the state is not of a trainer with {self.optimizer.name}")
        slots = checks.array(value["slots"], dtype, at.slots.shape, "slots")
        steps = checks.integer(value["steps"], "steps", minimum=0)
        self.learning_rate = value["learning_rate"]
        self._at = Place(aligned.copy(theta, dtype), slots.copy(), steps)

    def __getstate__(self) -> tuple[Any, ...]:
        return self._plan, self.optimizer, self.l2, self.state

    def __setstate__(self, value: tuple[Any, ...]) -> None:
        plan, optimizer, l2, state = value
        self.__init__(plan, optimizer, l2)  # type: ignore[misc]
        self.state = state

    def __repr__(self) -> str:
        optimizer = replace(self.optimizer, learning_rate=self._rate)
        return f"<Trainer {self._plan.name}: {optimizer!r}, l2={self.l2}, {self._at.steps} steps>"


def require_weights(weights: Array | None, orders: Array | None, batch_size: int) -> None:
    """Refuse batches the sum of whose weights is 0 or no normal number."""
    if weights is None:
        return
    taken = weights if orders is None else weights[orders[0]]
    starts = np.arange(0, len(taken), batch_size)
    with np.errstate(over="ignore"):
        sums = np.add.reduceat(taken, starts)
    range_of = np.finfo(taken.dtype)
    wrong = np.flatnonzero((sums < range_of.tiny) | np.isinf(sums))
    if wrong.size:
        least, k = float(range_of.tiny), int(wrong[0])
        raise ValueError(
            f"the sum of each batch's sample_weight must be finite and at least {least:.3g}, got "
            f"{sums[k]} in batch {k}"
        )
