"""What tests of estimators share.

Short fits need not converge, no worker is left behind, and code is compiled without optimisation.
"""

from __future__ import annotations

import threading
import warnings
from collections.abc import Iterator

import pytest
from joblib.externals.loky import get_reusable_executor

from tests.kernels.levels import unoptimised


@pytest.fixture(autouse=True)
def _few_iterations() -> Iterator[None]:
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", "Stochastic Optimizer: Maximum iterations")
        yield


@pytest.fixture(autouse=True, scope="module")
def _no_workers_are_left() -> Iterator[None]:
    """joblib keeps its processes, and threads that watch them, for later calls."""
    before = threading.active_count()
    yield
    if threading.active_count() > before:
        get_reusable_executor().shutdown(wait=True)


@pytest.fixture(autouse=True, scope="module")
def _unoptimised() -> Iterator[None]:
    """Tests of code that only estimators have replace this fixture."""
    with unoptimised():
        yield
