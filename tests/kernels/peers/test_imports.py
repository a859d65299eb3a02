"""What a peer imports is imported before its plan is built, so that no build seems longer."""

from __future__ import annotations

import pytest

import kernels
from tests.running import python

NAMES = ("numpy-expert", "scikit-learn", "onnx-runtime", "litert", "pytorch", "tensorflow", "keras")
"""Peers that do not compile: compilers import as they go, and so does PyTorch's `skip_init`."""
CODE = """
import sys
import numpy as np
import kernels

kernel = kernels.find(sys.argv[1])
dtype = kernel.dtypes[0]
kernel.import_requirements()
before = set(sys.modules)
plan = kernels.plan(kernels.Network.random((6, 5, 4), 0), kernel, dtype)
plan.forward(np.zeros(6, dtype))
packages = {package.partition(".")[0] for package in kernel.requires}
late = {name for name in set(sys.modules) - before if name.partition(".")[0] in packages}
print(*sorted(late))
"""


@pytest.mark.parametrize("name", NAMES)
def test_a_plan_imports_nothing_of_its_packages(name: str) -> None:
    if not kernels.is_installed(name):
        pytest.skip(f"{name} is not installed")
    found = python("-c", CODE, name)
    assert found.returncode == 0, found.stderr
    assert found.stdout == "\n"
