"""How long calls take, roughly, to decide whether the interpreter's lock is released for them."""

from __future__ import annotations

from typing import Any

from kernels.codegen.emit.layout import Layout
from kernels.codegen.llvm.writing import index

LONG_NANOSECONDS = 20_000
"""Releasing the lock and taking it again costs 0.1 µs, or more where another thread wants it."""
WEIGHTS_A_LANE = 1.5
"""Weights of one sample that are read and used in a nanosecond, for each lane of a vector."""
PRODUCTS_A_LANE = 2.0
"""Multiply-adds of a batch in a nanosecond, for each lane."""
ACTIVATION_NANOSECONDS = 6.0
"""Duration of one vector of activations."""


class Work:
    """Estimated durations of one network's calls, from rates of a current processor."""

    def __init__(self, layout: Layout) -> None:
        weights = sum(layer.inputs * layer.outputs for layer in layout.layers)
        nodes = sum(layout.sizes[1:])
        lanes = layout.lanes
        self.sample_nanoseconds = weights / (WEIGHTS_A_LANE * lanes)
        self.row_nanoseconds = (
            weights / (PRODUCTS_A_LANE * lanes) + nodes * ACTIVATION_NANOSECONDS / lanes
        )

    @property
    def sample_is_long(self) -> bool:
        """True if the lock is released for one sample."""
        return self.sample_nanoseconds > LONG_NANOSECONDS

    def batch_is_long(self, builder: Any, rows: Any) -> Any:
        """Whether the lock is released for a batch of so many samples, an LLVM value."""
        return self._is_long(builder, rows, self.row_nanoseconds)

    def gradient_is_long(self, builder: Any, rows: Any) -> Any:
        """Whether the lock is released for the gradient over so many samples, an LLVM value.

        A gradient takes about three times as long as the forward pass.
        """
        return self._is_long(builder, rows, 3 * max(self.row_nanoseconds, self.sample_nanoseconds))

    def _is_long(self, builder: Any, rows: Any, nanoseconds: float) -> Any:
        most = int(LONG_NANOSECONDS / nanoseconds)
        return builder.icmp_signed(">", rows, index(most))
