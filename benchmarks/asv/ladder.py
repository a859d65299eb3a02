"""Times of every rung: one sample, a batch, a gradient, an iteration of training.

A batch is the workload's (1024 samples, 1078 digits); `looped` and `vectorized`, which go sample
by sample, get two samples.
"""

from __future__ import annotations

from .common import Operation


class Forward(Operation):
    operation = "forward"

    def time_forward(self, kernel: str, network: str) -> None:
        self.loop()

    time_forward.pretty_name = "forward, one sample"  # type: ignore[attr-defined]


class ForwardBatch(Operation):
    operation = "forward_batch"

    def time_forward_batch(self, kernel: str, network: str) -> None:
        self.loop()

    time_forward_batch.pretty_name = "forward, batch"  # type: ignore[attr-defined]


class GradientOfBatch(Operation):
    operation = "gradient"

    def time_gradient(self, kernel: str, network: str) -> None:
        self.loop()

    time_gradient.pretty_name = "gradient, batch"  # type: ignore[attr-defined]


class Train(Operation):
    operation = "train"

    def time_train_iteration(self, kernel: str, network: str) -> None:
        self.loop()

    time_train_iteration.pretty_name = "training, one iteration"  # type: ignore[attr-defined]
