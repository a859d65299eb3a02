"""A kernel of one's own: the bias as one more column of the weights.

With [W b] in one matrix and a 1 below h, a layer is a single matrix product: f([W b] [h; 1]). It
saves the sum of z and b, one of three NumPy calls a layer, and pays with a copy of h.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from kernels import Plan
from kernels.network import views
from kernels.parts.sigmoid import quiet, sigmoid


class Kernel(Plan):
    """NumPy, with the bias folded into the weights."""

    name = "folded"
    operations = ("forward", "forward_batch")  # what is not listed is reported as not offered
    uses_blas = True  # so that `threads` is imposed on it
    max_threads = None

    def pack(self, theta: Any) -> Any:
        # called by `kernels.plan` and `update`; what it returns comes back as `parameters`
        return [np.column_stack(pair) for pair in zip(*views(theta, self.sizes), strict=True)]

    def sample_forward(self, parameters: Any, x: Any, out: Any) -> None:
        self.batch_forward(parameters, x[np.newaxis], out[np.newaxis])

    def batch_forward(self, parameters: Any, X: Any, out: Any) -> None:
        ones = np.ones((len(X), 1), self.dtype)
        H = X
        with quiet():  # exp may overflow, to a sigmoid of 0
            for weights in parameters:
                H = sigmoid(np.hstack([H, ones]) @ weights.T)
        out[:] = H
