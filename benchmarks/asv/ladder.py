"""Times of every rung: one sample, a batch, a gradient, an iteration of training.

A batch is the first 32 samples of the workload, so that a call is short enough to fit between two
disturbances; `looped` and `vectorized`, which go sample by sample in Python, get one sample.
"""

from __future__ import annotations

from .common import Operation


class Forward(Operation):
    operation = "forward"

    def time_forward(self, kernel: str, network: str) -> None:
        self.measure()

    time_forward.pretty_name = "forward, one sample"  # type: ignore[attr-defined]


class ForwardBatch(Operation):
    operation = "forward_batch"

    def time_forward_batch(self, kernel: str, network: str) -> None:
        self.measure()

    time_forward_batch.pretty_name = "forward, batch"  # type: ignore[attr-defined]


class GradientOfBatch(Operation):
    operation = "gradient"

    def time_gradient(self, kernel: str, network: str) -> None:
        self.measure()

    time_gradient.pretty_name = "gradient, batch"  # type: ignore[attr-defined]


class Train(Operation):
    operation = "train"

    def time_train_iteration(self, kernel: str, network: str) -> None:
        self.measure()

    time_train_iteration.pretty_name = "training, one iteration"  # type: ignore[attr-defined]
