"""The description of the machine and the software that every run stores."""

from __future__ import annotations

import json
import re
from pathlib import Path

from benchmarks.measure.environment import ROOT, environment


def test_the_environment_names_versions_and_no_host() -> None:
    import getpass
    import platform

    found = environment()
    for key in ("processor", "numpy", "numba", "llvm", "blas", "python", "commit", "cores"):
        assert found[key] not in (None, ""), key
    text = json.dumps(found)
    for private in (platform.node(), getpass.getuser(), str(Path.home())):
        assert not re.search(rf"(?<!\w){re.escape(private)}(?!\w)", text)


def test_committed_results_name_no_host_or_path() -> None:
    for path in (ROOT / "results").rglob("*"):
        if path.is_file() and "local" not in path.relative_to(ROOT).parts:
            text = path.read_text(encoding="utf-8")
            assert not re.search(r"/(home|root|work|Users|tmp)/", text), path
