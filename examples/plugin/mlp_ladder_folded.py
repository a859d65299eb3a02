"""Example of a kernel in another package: the bias is one more column of the weights.

With [W b] in one matrix and a 1 below h, a layer is a single matrix product: f([W b] [h; 1]). It
saves the sum of W h and b, one of three NumPy steps per layer, and pays with a copy of h.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from kernels import Plan


class Kernel(Plan):
    """NumPy, with the bias folded into the weights."""

    name = "folded"
    operations = ("forward", "forward_batch")  # others are refused, with an explanation
    uses_blas = True  # BLAS gets as many threads as the plan
    max_threads = None

    def pack(self, theta: Any) -> Any:
        # called by `kernels.plan` and `update`; what it returns comes back as `parameters`
        weights, biases = super().pack(theta)
        return [np.column_stack(pair) for pair in zip(weights, biases, strict=True)]

    def sample_forward(self, parameters: Any, x: Any, out: Any) -> None:
        self.batch_forward(parameters, x[np.newaxis], out[np.newaxis])

    def batch_forward(self, parameters: Any, X: Any, out: Any) -> None:
        ones = np.ones((len(X), 1), self.dtype)
        H = X
        with np.errstate(over="ignore", invalid="ignore"):  # exp(-z) may be infinite, f(z) then 0
            for weights in parameters:
                H = 1 / (1 + np.exp(-(np.hstack([H, ones]) @ weights.T)))
        out[:] = H
