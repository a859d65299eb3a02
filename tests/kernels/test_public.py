"""The public face of `kernels`: names, version, the default kernel, what a plan says of itself."""

from __future__ import annotations

import builtins
import importlib.metadata
import re
from pathlib import Path
from typing import Any

import pytest

import kernels
from kernels import contract
from kernels.interface import Plan
from tests.running import python

NETWORK = kernels.Network.random((3, 3, 1), seed=0)
INSTALLED = [kernel.name for kernel in kernels.installed()]


# --- names --------------------------------------------------------------------------------------


def test_dir_lists_the_public_names_and_nothing_else() -> None:
    assert dir(kernels) == sorted({*kernels.__all__, "compile", "contract", "__version__"})
    for name in dir(kernels):
        assert getattr(kernels, name) is not None
    assert kernels.contract is contract


def test_a_star_import_leaves_python_s_own_names_alone() -> None:
    found: dict[str, Any] = {}
    exec("from kernels import *", found)
    found.pop("__builtins__")
    assert set(found) == set(kernels.__all__)
    assert not found.keys() & vars(builtins).keys()


def test_contract_is_imported_when_it_is_asked_for() -> None:
    code = (
        "import sys, kernels; assert 'kernels.contract' not in sys.modules; "
        "print(len(kernels.contract.CHECKS))"
    )
    assert int(python("-c", code).stdout) > 10


def test_an_unknown_name_is_an_attribute_error() -> None:
    with pytest.raises(AttributeError, match="no attribute 'contracts'"):
        _ = kernels.contracts  # type: ignore[attr-defined]


def test_the_version_is_that_of_the_wheel(wheel: Path) -> None:
    (found,) = importlib.metadata.distributions(name="mlp-ladder", path=[str(wheel)])
    assert found.version == kernels.__version__
    assert re.fullmatch(r"\d+\.\d+\.\d+", kernels.__version__)


# --- the default kernel -------------------------------------------------------------------------

PLANNED = "import kernels; print(kernels.plan(kernels.Network.random((3, 3, 1), seed=0)).name)"
BLOCKED = "import sys; sys.modules[{!r}] = None; "


@pytest.mark.parametrize(
    ("code", "environment", "rung"),
    [
        (PLANNED, {}, "specialized"),
        (PLANNED, {"NUMBA_DISABLE_JIT": "1"}, "specialized"),
        (BLOCKED.format("numba") + PLANNED, {}, "specialized"),
        (BLOCKED.format("llvmlite") + PLANNED, {}, "batched"),  # Numba needs it too
    ],
)
def test_a_plan_without_a_kernel_uses_the_last_installed_rung(
    code: str, environment: dict[str, str], rung: str
) -> None:
    result = python("-c", code, **environment)
    assert result.stdout.strip() == rung, result.stderr


def test_the_default_takes_every_other_argument() -> None:
    network = kernels.Network.random((3, 4, 2), 0, ("relu", "softmax"))
    plan = kernels.plan(network, dtype="float32", threads=2, operations=["forward"], loss="log")
    assert (plan.name, plan.dtype.name, plan.threads) == (kernels.LADDER[-1], "float32", 2)
    assert (plan.operations, plan.architecture.loss) == (("forward",), "log")


def test_a_rung_with_a_fault_of_its_own_is_not_taken_for_one_that_is_missing(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def broken(name: str) -> Any:
        raise ImportError(f"no such thing in {name}", name="kernels.codegen")

    monkeypatch.setattr(kernels, "find", broken)
    with pytest.raises(ImportError, match="no such thing in specialized"):
        kernels.plan(NETWORK)


# --- what a plan says of itself -----------------------------------------------------------------


@pytest.mark.parametrize("name", INSTALLED)
def test_repr_says_what_the_plan_is_of(name: str) -> None:
    assert repr(kernels.plan(NETWORK, name)) == (
        f"<Plan {name}: 3-3-1, float64, 1 thread, squared loss>"
    )


def test_repr_says_what_was_asked_for() -> None:
    network = kernels.Network.random((3, 4, 2), 0, ("relu", "softmax"))
    plan = kernels.plan(network, "batched", "float32", 2, loss="log")
    assert repr(plan) == "<Plan batched: 3-4-2 (relu, softmax), float32, 2 threads, log loss>"


@pytest.mark.filterwarnings("ignore::DeprecationWarning", "ignore::FutureWarning")
@pytest.mark.parametrize("name", INSTALLED)
def test_inspect_shows_what_computes(
    name: str, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    plan = kernels.plan(NETWORK, name, operations="forward")
    if name == "jitted":  # one of its functions stands for all, which are compiled again
        from kernels.rungs import jitted

        found = {jitted.forward: jitted.signatures("float64")[jitted.forward]}
        monkeypatch.setattr(jitted, "entry_points", lambda *_: found)
    plan.inspect()
    shown = capsys.readouterr().out
    # its source in Python or C, or LLVM's code
    assert any(word in shown for word in ("class Kernel(", "#include", "define"))
    compiles = type(plan).inspect is not Plan.inspect
    if compiles:
        plan.inspect(assembly=True)
        assert re.search(r"\bretq?\b", capsys.readouterr().out)
    else:
        with pytest.raises(kernels.NotOfferedError, match=f"kernel {name} compiles nothing"):
            plan.inspect(assembly=True)


def test_inspect_says_where_there_is_no_source(capsys: pytest.CaptureFixture[str]) -> None:
    made: dict[str, Any] = {"__name__": "nowhere"}
    code = (
        "from kernels import Plan\nclass Mine(Plan):\n    name = 'mine'\n"
        "    def sample_forward(self, parameters, x, out): out[:] = 0\n"
    )
    exec(code, made)
    kernels.plan(NETWORK, made["Mine"]).inspect()
    assert capsys.readouterr().out == "The source of kernel mine is in no file.\n"


# --- the example of a plug-in -------------------------------------------------------------------


def test_the_example_plug_in_imports_public_names_only() -> None:
    import ast

    source = Path(__file__).parents[2] / "examples" / "plugin" / "mlp_ladder_folded.py"
    for node in ast.walk(ast.parse(source.read_text(encoding="utf-8"))):
        if isinstance(node, ast.ImportFrom) and (node.module or "").startswith("kernels"):
            assert node.module in ("kernels", "kernels.contract")
            assert {alias.name for alias in node.names} <= set(dir(kernels))
        if isinstance(node, ast.Import):
            for alias in node.names:
                assert not alias.name.startswith("kernels.") or alias.name == "kernels.contract"
        if isinstance(node, ast.Attribute):  # of what it inherits, nothing private
            assert not node.attr.startswith("_"), node.attr


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The metadata that hatchling writes for this tree, as a folder with a dist-info."""
    from hatchling import build

    folder = tmp_path_factory.mktemp("metadata")
    root = Path(kernels.__file__).parents[1]
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(root)
        build.prepare_metadata_for_build_wheel(str(folder))
    return folder
