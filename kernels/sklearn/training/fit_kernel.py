"""The specialized rung for scikit-learn's way of training."""

from __future__ import annotations

from kernels.rungs.specialized import Kernel


class FitKernel(Kernel):
    """Code for training networks as scikit-learn does (`Architecture.clipped`)."""

    def prepare(self) -> None:
        self.architecture = self.architecture._replace(clipped=True)
        super().prepare()
