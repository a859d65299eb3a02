"""Times of every rung: one sample forward and back, and a sample of a batch, gradient or iteration.

A batch has the first 32 samples of the workload, so that a call is short enough to fit between two
disturbances; `looped` and `vectorized`, which loop over samples in Python, get one sample. Recorded
is the time per sample, so that one page can show all rungs.

asv identifies a history by the names of class and method: a name never gets another meaning.
"""

from __future__ import annotations

from .common import Operation, of_adam, prepared


class Forward(Operation):
    operation = "forward"

    def time_forward(self, kernel: str, network: str) -> None:
        self.measure()

    time_forward.pretty_name = "forward, one sample"  # type: ignore[attr-defined]


class Backpropagation(Operation):
    operation = "gradient"

    def setup(self, kernel: str, network: str) -> None:
        self.loop = prepared(self.operation, kernel, network, rows=1)

    def time_backpropagation(self, kernel: str, network: str) -> None:
        self.measure()

    time_backpropagation.pretty_name = "backpropagation, one sample"  # type: ignore[attr-defined]


class ForwardPerSample(Operation):
    operation = "forward_batch"

    def time_forward_per_sample(self, kernel: str, network: str) -> None:
        self.measure()

    time_forward_per_sample.pretty_name = "forward of a batch, per sample"  # type: ignore[attr-defined]


class GradientPerSample(Operation):
    operation = "gradient"

    def time_gradient_per_sample(self, kernel: str, network: str) -> None:
        self.measure()

    time_gradient_per_sample.pretty_name = "gradient over a batch, per sample"  # type: ignore[attr-defined]


class TrainPerSample(Operation):
    operation = "train"

    def time_iteration_per_sample(self, kernel: str, network: str) -> None:
        self.measure()

    time_iteration_per_sample.pretty_name = "training, one iteration, per sample"  # type: ignore[attr-defined]


class AdamPerSample(Operation):
    def setup(self, kernel: str, network: str) -> None:
        self.loop = of_adam(kernel, network)

    def time_adam_per_sample(self, kernel: str, network: str) -> None:
        self.measure()

    time_adam_per_sample.pretty_name = "a step of Adam, per sample"  # type: ignore[attr-defined]
