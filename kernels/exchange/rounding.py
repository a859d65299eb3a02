"""Parameters of a network in the dtype in which it goes out."""

from __future__ import annotations

from typing import Any

import numpy as np

from kernels.network import Network
from kernels.support import checks
from kernels.support.checks import Array


def theta_in(dtype: np.dtype[Any], network: Network) -> Array:
    """A copy of all parameters; raises ValueError if one is not finite in this dtype."""
    with np.errstate(over="ignore"):
        theta = network.theta.astype(dtype)
    checks.parameters(theta, theta.size, f"theta in {dtype.name}")
    return theta
