"""`python -m benchmarks limits`."""

from __future__ import annotations

import json
import re
from pathlib import Path

from tests.benchmarks.made_up import FOUND
from tests.running import run


def test_the_command_prints_and_stores_every_limit(tmp_path: Path) -> None:
    path = tmp_path / "l.json"
    result = run("limits", "--json", str(path))
    assert result.returncode == 0, result.stderr
    found = json.loads(path.read_text())
    for key in FOUND:
        assert found[key] > 0
        assert re.sub("_(gflops|ns|gbytes_per_s)$", "", key).replace("_", " ") in result.stdout
    for count in (0, 1, 3, 5):
        assert found[f"call_floor_{count}_arrays_ns"] > 0
