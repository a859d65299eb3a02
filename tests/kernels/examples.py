"""How many examples hypothesis tries, and settings for it."""

from __future__ import annotations

from hypothesis import HealthCheck, settings

from tests.kernels.lengths import EXAMPLES

RELAXED = settings(max_examples=EXAMPLES, deadline=None, suppress_health_check=list(HealthCheck))
COMPILING = settings(RELAXED, max_examples=max(3, EXAMPLES // 10), derandomize=EXAMPLES < 100)
"""Settings for tests that compile for every example: fewer, in `make test` always the same."""
