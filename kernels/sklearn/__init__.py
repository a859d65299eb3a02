"""Estimators that train compiled, and compiled versions of fitted ones.

`MLPClassifier` and `MLPRegressor` are scikit-learn's own with compiled training. Importing
this package does not import scikit-learn; asking for them does.
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from kernels.sklearn.training.mlps import MLPClassifier, MLPRegressor

__all__ = ["MLPClassifier", "MLPRegressor"]


if not TYPE_CHECKING:

    def __getattr__(name: str) -> Any:
        if name in __all__:
            return getattr(importlib.import_module("kernels.sklearn.training.mlps"), name)
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")


def __dir__() -> list[str]:
    return __all__
