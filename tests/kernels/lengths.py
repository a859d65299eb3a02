"""How much is tried: little in `make test`, much in `make test-long`."""

from __future__ import annotations

import os

import pytest

from kernels.support.checks import DTYPES

EXAMPLES = int(os.environ.get("MLP_LADDER_EXAMPLES", "20"))
LONG = EXAMPLES >= 100
"""True for `make test-long`."""
SOME_DTYPES = DTYPES if LONG else DTYPES[:1]
"""Dtypes of tests that compile much, and find faults of arguments or references in either."""
ONLY_LONG = pytest.mark.skipif(not LONG, reason="one of the tests of make test-long")
"""Mark of tests that take seconds each and look for what other tests would also show in part."""
