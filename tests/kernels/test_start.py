"""The start of a process that plans and calls `specialized`: what it imports, and what not."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.running import python

IMPORTED = "\nimport json, sys\nprint(json.dumps(sorted(sys.modules)))"
FORWARD = """
import numpy as np
import kernels
network = kernels.Network([np.ones((30, 64)), np.ones((10, 30))], [np.zeros(30), np.zeros(10)])
kernels.plan(network, operations=["forward"]).forward(np.zeros(64))
"""
EVERYTHING = """
import numpy as np
import kernels
network = kernels.Network.random((7, 13, 5), seed=0)
for dtype in ("float64", "float32"):
    plan = kernels.plan(network, dtype=dtype)
    X, Y = np.ones((9, 7), dtype), np.ones((9, 5), dtype)
    plan.forward(X[0]), plan.forward_batch(X), plan.gradient(X[0], Y[0]), plan.gradient(X, Y)
    plan.forward([1] * 7), plan.forward_batch(X.tolist()), plan.gradient(X.tolist(), Y)
    plan.update(plan.train(X, Y, 3).network.theta)
    assert plan.name == "specialized"
"""
SCIKIT_LEARN = """
from sklearn.neural_network import MLPClassifier
generator = np.random.default_rng(0)
X = generator.random((40, 4))
model = MLPClassifier((6,), max_iter=20, random_state=0, tol=1.0).fit(X, np.arange(40) % 3)
fast = kernels.compile(model)
fast.one(X[0]), fast.predict(X[:1]), fast.predict(X), fast.predict_proba(X[:1])
fast.predict_proba(X), fast.predict_log_proba(X)
"""
BLOCKED = """
import sys
class Blocked:
    def find_spec(self, name, *_):
        if name == "numba":
            sys.modules["numba"] = None  # shows that it was asked for
            raise ImportError(name)
sys.meta_path.insert(0, Blocked())
"""


def modules(code: str, cache: Path) -> set[str]:
    """Return the modules that a process has imported after running some code."""
    result = python("-c", code + IMPORTED, MLP_LADDER_CACHE=str(cache))
    assert result.returncode == 0, result.stderr
    return set(json.loads(result.stdout.splitlines()[-1]))


def test_everything_works_where_numba_cannot_be_imported_and_nothing_tries(tmp_path: Path) -> None:
    """No operation, and no method of a compiled scikit-learn network; cold and warm."""
    for _ in range(2):
        found = modules(BLOCKED + EVERYTHING + SCIKIT_LEARN, tmp_path / "code")
        assert {"llvmlite", "sklearn"} <= found
        assert "numba" not in found
        assert len(list((tmp_path / "code").iterdir())) > 2


@pytest.fixture(scope="module")
def cache(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a folder for object code."""
    return tmp_path_factory.mktemp("cache")


def test_a_start_with_code_from_disk_imports_only_what_it_needs(cache: Path) -> None:
    """No emitters, as nothing is compiled; no metadata of other packages; a few small modules."""
    modules(FORWARD, cache)
    found = modules(FORWARD, cache)
    found -= modules("import numpy, llvmlite.binding", cache)
    assert "kernels.codegen.loading" in found
    assert not found & {"kernels.codegen.program", "kernels.codegen.emit.sample"}
    others = {name for name in found if not name.startswith("kernels")}
    packages = {"numba", "sklearn", "scipy", "threadpoolctl", "email", "numpy.random", "numpy.ma"}
    assert not others & {*packages, "importlib.metadata", "inspect", "tempfile"}
    assert len(others) < 20


def test_code_that_is_on_disk_is_not_compiled(cache: Path) -> None:
    modules(FORWARD, cache)
    failing = (
        "from kernels.codegen.llvm import compiler\n"
        "def object_code(*_): raise AssertionError('compiled')\n"
        "compiler.object_code = object_code\n"
    )
    modules(failing + FORWARD, cache)
