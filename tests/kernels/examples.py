"""Number of examples that Hypothesis draws: few in `make test`, many in `make test-long`."""

from __future__ import annotations

import os

from hypothesis import HealthCheck, settings

EXAMPLES = int(os.environ.get("MLP_LADDER_EXAMPLES", "20"))
RELAXED = settings(max_examples=EXAMPLES, deadline=None, suppress_health_check=list(HealthCheck))
COMPILING = settings(RELAXED, max_examples=max(3, EXAMPLES // 10), derandomize=EXAMPLES < 100)
"""Settings for tests that compile for every example: fewer, in `make test` always the same."""
