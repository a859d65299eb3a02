"""Silence scikit-learn's warning that a fit did not converge: fits in these tests are short."""

from __future__ import annotations

import warnings
from collections.abc import Iterator

import pytest


@pytest.fixture(autouse=True)
def _few_iterations() -> Iterator[None]:
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", "Stochastic Optimizer: Maximum iterations")
        yield
