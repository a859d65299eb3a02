"""Rules for the whole repository: which folder may import which, where tests lie, versions."""

from __future__ import annotations

import ast
import subprocess
import sys
from graphlib import TopologicalSorter
from pathlib import Path

import pytest

import kernels
from benchmarks.measure import stored, workloads
from benchmarks.measure.environment import ROOT
from benchmarks.show.figures import catalogue
from benchmarks.show.pictures.catalogue import pictures


def imports(path: Path) -> set[str]:
    """Return the full names of all modules that a file imports, also inside functions."""
    found = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module:
            found |= {node.module} | {f"{node.module}.{alias.name}" for alias in node.names}
    return found


def files(*folders: str) -> list[Path]:
    return sorted(path for folder in folders for path in (ROOT / folder).rglob("*.py"))


@pytest.mark.parametrize("path", files("kernels"), ids=lambda p: str(p.relative_to(ROOT)))
def test_kernels_import_nothing_of_the_benchmarks_or_tests(path: Path) -> None:
    assert not {name for name in imports(path) if name.split(".")[0] in ("benchmarks", "tests")}


@pytest.mark.parametrize("path", files("benchmarks"), ids=lambda p: str(p.relative_to(ROOT)))
def test_benchmarks_import_nothing_of_the_tests(path: Path) -> None:
    assert not {name for name in imports(path) if name.split(".")[0] == "tests"}


LEVELS = {
    "kernels": {
        "support": {"support"},
        "parts": {"parts", "support"},
        "codegen": {"codegen", "parts", "support", "top"},
        "c": {"c", "codegen", "parts", "support", "top"},
        "cpp": {"cpp", "c", "codegen", "parts", "support", "top"},
        "general": {"general", "parts", "support", "top"},
        "rungs": {"codegen", "general", "parts", "support", "top"},
        "exchange": {"exchange", "parts", "sklearn", "support", "top"},
        "peers": {"peers", "c", "cpp", "exchange", "parts", "support", "top"},
        "proof": {"proof", "parts", "support", "top"},
        "sklearn": {"sklearn", "rungs", "parts", "support", "top"},
        "top": {"top", "c", "exchange", "parts", "support", "proof", "sklearn"},
    },
    "benchmarks": {
        "measure": {"measure"},
        "article": {"article", "measure"},
        "experiments": {"experiments", "article", "measure"},
        "show": {"show", "article", "measure"},
        "terminal": {"terminal", "show", "experiments", "measure"},
        "commands": {"commands", "terminal", "show", "experiments", "article", "measure"},
        "suite": {"suite", "measure", "top"},
        "asv": {"measure"},
        "top": {"commands", "terminal", "measure", "top"},
    },
}
"""The folders from which each folder may import; "top" means files beside the folders."""


def folder(package: str, module: str) -> str:
    """Return the folder of a package's module, or "top"."""
    parts = module.split(".")
    return parts[1] if len(parts) > 1 and (ROOT / package / parts[1]).is_dir() else "top"


def upwards(package: str, path: Path) -> list[str]:
    """Return a file's imports from folders of its package that `LEVELS` does not allow."""
    name = ".".join(path.relative_to(ROOT).with_suffix("").parts)
    allowed = LEVELS[package][folder(package, name)]
    used = [one for one in imports(path) if one.startswith(f"{package}.")]
    return [f"{name} imports {one}" for one in used if folder(package, one) not in allowed]


@pytest.mark.parametrize("package", ["kernels", "benchmarks"])
def test_folders_import_downwards_only(package: str) -> None:
    wrong = [line for path in files(package) for line in upwards(package, path)]
    assert not wrong, "\n".join(sorted(wrong))


@pytest.mark.parametrize("package", ["kernels", "benchmarks"])
def test_every_folder_has_a_level_that_allows_what_there_is(package: str) -> None:
    found = {folder(package, ".".join(path.relative_to(ROOT).parts)) for path in files(package)}
    assert set(LEVELS[package]) == found
    assert set().union(*LEVELS[package].values()) <= found


def test_an_import_upwards_is_found(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("measure", "show"):
        (tmp_path / "benchmarks" / name).mkdir(parents=True)
    path = tmp_path / "benchmarks" / "measure" / "made_up.py"
    path.write_text("from benchmarks.measure import rows\nimport benchmarks.show.pages\n")
    monkeypatch.setitem(globals(), "ROOT", tmp_path)
    assert upwards("benchmarks", path) == [
        "benchmarks.measure.made_up imports benchmarks.show.pages"
    ]


STARTED = {"kernels", "benchmarks/asv", "benchmarks/commands", "benchmarks/suite"}
"""Folders whose tests may reach their subject by starting a process or a command."""


def with_code(*packages: str) -> list[str]:
    """Return all folders of these packages that contain modules."""
    found = {path.parent for path in files(*packages) if path.name != "__init__.py"}
    return sorted(str(one.relative_to(ROOT)) for one in found)


@pytest.mark.parametrize(
    "name", [one for one in with_code("kernels", "benchmarks") if one != "benchmarks"]
)
def test_every_folder_has_tests_in_the_folder_that_mirrors_it(name: str) -> None:
    assert list((ROOT / "tests" / name).glob("test_*.py"))


@pytest.mark.parametrize(
    "path",
    [path for path in files("tests/kernels", "tests/benchmarks") if path.name.startswith("test_")],
    ids=lambda path: str(path.relative_to(ROOT)),
)
def test_tests_lie_where_their_subject_lies(path: Path) -> None:
    """Each test file's folder mirrors a folder with code, and the file uses that folder."""
    mirrored = str(path.parent.relative_to(ROOT / "tests"))
    assert mirrored in with_code("kernels", "benchmarks")
    package = mirrored.replace("/", ".")
    used = imports(path)
    assert (
        any(f"{name}.".startswith(f"{package}.") for name in used)
        or ("kernels" in used and package.startswith("kernels"))  # any kernel's plan is got there
        or ("tests.running" in used and mirrored in STARTED)
    )


@pytest.mark.parametrize("rung", kernels.LADDER)
def test_a_rung_imports_no_other_rung(rung: str) -> None:
    used = imports(ROOT / "kernels" / "rungs" / f"{rung}.py")
    assert not {name for name in used if name.startswith("kernels.rungs")}


def packages(*names: str) -> list[Path]:
    """The folders of these packages, at every level, that have folders of their own."""
    found = {path.parent for path in files(*names)}
    return sorted(path for path in found if any(one.parent == path for one in found))


@pytest.mark.parametrize(
    "parent", packages("kernels", "benchmarks"), ids=lambda p: str(p.relative_to(ROOT))
)
def test_folders_beside_each_other_import_in_no_circle(parent: Path) -> None:
    """At every level: a circle fails with its folders."""
    name = ".".join(parent.relative_to(ROOT).parts)
    siblings = [one.name for one in parent.iterdir() if one.is_dir()]
    used = {
        one: {
            module.removeprefix(f"{name}.").split(".")[0]
            for path in (parent / one).rglob("*.py")
            for module in imports(path)
            if module.startswith(f"{name}.")
        }
        & set(siblings) - {one}
        for one in siblings
    }
    assert list(TopologicalSorter(used).static_order())


NO_KERNELS = {
    "kernels.parts.activations.ACTIVATIONS": "the table of activations",
    "kernels.parts.losses.LOSSES": "the table of losses",
    "kernels.parts.optimizers.OPTIMIZERS": "the table of optimizers",
    "kernels.LADDER": "the names of the rungs: columns of tables, colours of charts",
    "kernels.PEERS": "the names of the peers: dashes and markers of charts",
    "kernels.network.parameter_count": "the size of a network, from its sizes alone",
}
"""What `show` imports of `kernels`, each with the reason why it is no kernel."""


def imported_names(path: Path) -> set[str]:
    """What a file imports when it runs, each name with its module; a module alone ends in a dot."""
    tree = ast.parse(path.read_text(encoding="utf-8"))
    typing = {
        id(inner)
        for node in ast.walk(tree)
        if isinstance(node, ast.If) and ast.unparse(node.test) == "TYPE_CHECKING"
        for inner in ast.walk(node)
    }
    found = set()
    for node in ast.walk(tree):
        if id(node) in typing:
            continue
        if isinstance(node, ast.Import):
            found |= {f"{alias.name}." for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            found |= {f"{node.module}.{alias.name}" for alias in node.names}
    return found


@pytest.mark.parametrize(
    "path", files("benchmarks/show"), ids=lambda p: str(p.relative_to(ROOT / "benchmarks/show"))
)
def test_show_reads_rows_and_imports_no_kernel(path: Path) -> None:
    used = {name for name in imported_names(path) if name.split(".")[0] == "kernels"}
    assert used <= NO_KERNELS.keys()


def test_no_kernel_is_needed_to_draw(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(kernels, "plan", lambda *_, **__: pytest.fail("a plan was made"))
    for picture in pictures():
        assert picture.is_measured
    assert all(chart.panels for chart in catalogue.charts(stored.load))


def test_importing_kernels_imports_nothing_heavier_than_numpy() -> None:
    code = (
        "import sys, numpy; before = set(sys.modules); import kernels; "
        "print(*sorted({name.split('.')[0] for name in set(sys.modules) - before}))"
    )
    result = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True, cwd=ROOT
    )
    heavy = {"numba", "llvmlite", "sklearn", "scipy", "pandas", "threadpoolctl", "joblib"}
    assert "kernels" in result.stdout.split()
    assert not heavy & set(result.stdout.split())


def test_asv_s_list_of_rungs_is_the_ladder() -> None:
    assert sorted(workloads.RUNGS) == sorted(kernels.LADDER)


def test_names_are_unique_and_found() -> None:
    assert len(set(kernels.names())) == len(kernels.names())
    assert [kernels.find(name).name for name in kernels.names()] == list(kernels.names())
    names = [workload.name for workload in workloads.WORKLOADS]
    assert len(set(names)) == len(names)


def test_every_module_says_what_it_is() -> None:
    for path in files("kernels", "benchmarks"):
        assert ast.get_docstring(ast.parse(path.read_text(encoding="utf-8"))), path


def test_peers_are_measured_with_the_same_versions_as_the_rungs() -> None:
    def pins(name: str) -> dict[str, str]:
        lines = (ROOT / name).read_text(encoding="utf-8").splitlines()
        return dict(line.split("==") for line in lines)

    ours = pins("constraints.txt")
    # PyTorch's sympy wants an older mpmath, PyTensor an older Numba
    older = {"peers": {"mpmath"}, "tensorflow": set(), "pytensor": {"numba", "llvmlite"}}
    needed = {
        "peers": {"jax", "onnx", "onnxruntime", "torch"},
        "tensorflow": {"tensorflow_cpu"},
        "pytensor": {"pytensor"},
    }
    for name, allowed in older.items():
        theirs = pins(f"constraints-{name}.txt")
        differing = {one for one in ours.keys() & theirs.keys() if ours[one] != theirs[one]}
        assert differing <= allowed, name
        assert needed[name] <= theirs.keys()
