"""`python -m benchmarks costs`: its mistakes; what it measures is tested with the experiment."""

from __future__ import annotations

import pytest

from tests.running import run


@pytest.mark.parametrize("arguments", [("--seeds", "1"), ("--rounds", "1"), ("--rounds", "x")])
def test_mistakes_are_reported_in_one_line(arguments: tuple[str, ...]) -> None:
    result = run("costs", *arguments)
    assert result.returncode == 2
    assert len(result.stderr.strip().splitlines()) == 1, result.stderr
    assert arguments[0] in result.stderr
