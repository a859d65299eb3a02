"""All optimizers, one file each."""

from __future__ import annotations

from kernels.parts.optimizer import Optimizer
from kernels.parts.optimizers.adam import Adam
from kernels.parts.optimizers.adamw import AdamW
from kernels.parts.optimizers.sgd import SGD

__all__ = ["OPTIMIZERS", "SGD", "Adam", "AdamW"]

OPTIMIZERS: dict[str, type[Optimizer]] = {one.name: one for one in (SGD, Adam, AdamW)}
"""The class of every optimizer, by name."""
