"""Compiled code on disk: never outdated, and no failure where it cannot be read or written."""

from __future__ import annotations

import ast
import importlib.util
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

import kernels
from kernels.codegen import compiled

ROOT = Path(kernels.__file__).parents[1]
RELU = """
import sys
import numpy as np
import kernels
network = kernels.Network.centred((4, 3, 2), seed=1, activations=("relu", "logistic"))
x = np.arange(4.0)
for rung in ("batched", "specialized"):
    print(kernels.plan(network, rung, operations=["forward"]).forward(x).round(12))
"""
SWAP = """
from kernels.parts import architecture
architecture.HIDDEN = ("logistic", "relu", "tanh", "identity")
architecture.ACTIVATIONS = (*architecture.HIDDEN, "softmax")
"""
CALLS = """
import warnings
import kernels
network = kernels.Network.random((3, 3, 1), seed=0)
with warnings.catch_warnings(record=True) as caught:
    warnings.simplefilter("always")
    for rung in RUNGS:
        print(kernels.plan(network, rung, operations=["forward"]).forward([1, 2, 3]))
    from kernels.codegen import probes
    probes.nothing()(1, 2, 3)
print([str(one.message) for one in caught if "compiled code cannot be" in str(one.message)])
"""
SPECIALIZED = "RUNGS = ['specialized']" + CALLS
BOTH = "RUNGS = ['jitted', 'specialized']" + CALLS
NO_FOLDER = """
from numba.core import caching
for kind in vars(caching).values():
    if isinstance(kind, type) and hasattr(kind, "_locator_classes"):
        kind._locator_classes = []
"""
FULL_DISK = """
import resource
resource.setrlimit(resource.RLIMIT_FSIZE, (0, 0))
"""


def run(code: str, cache: Path, root: Path = ROOT) -> list[str]:
    """Return the lines that `code` prints in a process with this cache folder."""
    result = subprocess.run(
        [sys.executable, "-c", code],
        capture_output=True,
        text=True,
        check=False,
        cwd=root,
        env=os.environ | {"NUMBA_CACHE_DIR": str(cache), "PYTHONPATH": str(root)},
    )
    assert result.returncode == 0, result.stderr
    return result.stdout.splitlines()


# --- never stale --------------------------------------------------------------------------------


def imported(path: Path) -> set[Path]:
    """Return the files of `kernels` that a file imports, without `__init__.py` files."""
    found = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        names = []
        if isinstance(node, ast.Import):
            names = [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom) and node.module:
            names = [node.module, *(f"{node.module}.{alias.name}" for alias in node.names)]
        for name in names:
            file = ROOT.joinpath(*name.split(".")).with_suffix(".py")
            if name.startswith("kernels.") and file.exists():
                found.add(file)
    return found


def test_the_cache_key_depends_on_every_file_that_determines_the_code() -> None:
    """Files that only the probes import do not count: code of probes is not cached."""
    reached: set[Path] = set()
    entry = Path(compiled.__file__)
    waiting = [entry.with_name("intrinsics.py"), entry.with_name("barrier.py")]
    while waiting:
        path = waiting.pop()
        if path not in reached:
            reached.add(path)
            waiting += imported(path)
    assert len(reached) > 10
    assert reached <= set(compiled.sources())


@pytest.fixture(scope="module")
def package(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a folder with a copy of the package that tests may edit."""
    root = tmp_path_factory.mktemp("package")
    shutil.copytree(
        ROOT / "kernels", root / "kernels", ignore=shutil.ignore_patterns("__pycache__")
    )
    return root


def version_in(root: Path) -> int:
    """Return the version of the sources in `root`, of which only one file is imported."""
    path = root / "kernels" / "codegen" / "compiled.py"
    spec = importlib.util.spec_from_file_location("compiled_elsewhere", path)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module  # needed by dataclasses
    try:
        spec.loader.exec_module(module)
    finally:
        del sys.modules[spec.name]
    version: int = module.version()
    return version


@pytest.mark.parametrize(
    "name", [str(path.relative_to(ROOT)) for path in compiled.sources()], ids=lambda name: name
)
def test_an_edit_of_any_source_changes_the_cache_key(package: Path, name: str) -> None:
    before = version_in(package)
    path = package / name
    text = path.read_text(encoding="utf-8")
    path.write_text(text + "\n# edited\n", encoding="utf-8")
    assert version_in(package) != before
    path.write_text(text, encoding="utf-8")
    assert version_in(package) == before


def test_cached_code_is_found_by_the_names_of_activations(package: Path, tmp_path: Path) -> None:
    """Swapping two activations in their list, at run time or in the file, changes no result."""
    batched, specialized = run(RELU, tmp_path, package)
    assert specialized == batched
    assert run(SWAP + RELU, tmp_path, package) == [batched, specialized]
    path = package / "kernels" / "parts" / "architecture.py"
    text = path.read_text(encoding="utf-8")
    swapped = text.replace('"tanh", "relu"', '"relu", "tanh"')
    assert swapped != text
    path.write_text(swapped, encoding="utf-8")
    assert run(RELU, tmp_path, package) == [batched, specialized]
    path.write_text(text, encoding="utf-8")


def test_code_of_sources_edited_after_import_is_not_cached(package: Path, tmp_path: Path) -> None:
    """A process that imports an edited file compiles after the edit was undone."""
    path = package / "kernels" / "codegen" / "activations.py"
    text = path.read_text(encoding="utf-8")
    edited = text.replace('if name == "relu":', 'if name == "relu" and False:', 1)
    assert edited != text
    path.write_text(edited, encoding="utf-8")
    take_back = (
        "import pathlib, kernels; kernels.find('specialized')\n"
        f"pathlib.Path({str(path)!r}).write_text({text!r}, encoding='utf-8')\n"
    )
    batched, of_the_edit = run(take_back + RELU, tmp_path, package)
    assert of_the_edit != batched
    assert run(RELU, tmp_path, package) == [batched, batched]


# --- where it cannot be kept or read ------------------------------------------------------------


@pytest.fixture(scope="module")
def kept(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, list[str]]:
    """Return a cache with all code that `BOTH` compiles, and the lines it prints."""
    cache = tmp_path_factory.mktemp("cache")
    return cache, run(BOTH, cache)


def test_every_network_has_cache_files_of_its_own(tmp_path: Path) -> None:
    """With one index for all, two processes could write different code to the same file."""
    code = (
        "import kernels\n"
        "for sizes in ((3, 3, 1), (3, 2, 1)):\n"
        "    for dtype in ('float64', 'float32'):\n"
        "        network = kernels.Network.random(sizes, seed=0)\n"
        "        kernels.plan(network, 'specialized', dtype, operations=['forward'])\n"
        "        kernels.plan(network, 'jitted', dtype)\n"
    )
    run(code, tmp_path)
    indices = [path.name for path in files(tmp_path) if path.suffix == ".nbi"]
    kept = [path.name for path in files(tmp_path) if path.suffix == ".nbc"]
    # forward and forward_batch of each network, in each dtype; all of the loops, in each dtype
    assert len(indices) == 2 * 2 * 2 + 2 * 4
    assert len(kept) == len(indices)


def files(cache: Path) -> list[Path]:
    return [path for path in cache.rglob("*") if path.suffix in (".nbi", ".nbc")]


def test_a_working_cache_gives_no_warning(kept: tuple[Path, list[str]]) -> None:
    cache, lines = kept
    assert len(files(cache)) >= 10
    assert lines[-1] == "[]"
    assert run(BOTH, cache) == lines


@pytest.mark.parametrize(
    ("suffix", "size", "code"),
    [
        pytest.param(".nbi", 0, SPECIALIZED, id="empty index"),
        pytest.param(".nbi", 10, SPECIALIZED, id="truncated index"),
        pytest.param(".nbc", 0, SPECIALIZED, id="empty code"),
        pytest.param(".nbc", 10, BOTH, id="truncated code"),
    ],
)
def test_damaged_cache_files_cost_a_warning_and_nothing_else(
    kept: tuple[Path, list[str]], tmp_path: Path, suffix: str, size: int, code: str
) -> None:
    cache, lines = kept
    shutil.copytree(cache, tmp_path / "cache")
    for path in files(tmp_path / "cache"):
        if path.suffix == suffix:
            path.write_bytes(path.read_bytes()[:size])
    *values, warned = run(code, tmp_path / "cache")
    assert values == lines[-1 - len(values) : -1]
    assert_explained(warned, str(tmp_path / "cache"))


@pytest.mark.skipif(sys.platform == "win32", reason="no limit on the size of files")
def test_a_full_disk_costs_a_warning_and_nothing_else(
    kept: tuple[Path, list[str]], tmp_path: Path
) -> None:
    *values, warned = run(FULL_DISK + SPECIALIZED, tmp_path)
    assert values == kept[1][1:-1]
    assert_explained(warned, str(tmp_path))


def test_a_missing_cache_folder_costs_a_warning_and_nothing_else(
    kept: tuple[Path, list[str]], tmp_path: Path
) -> None:
    *values, warned = run(NO_FOLDER + SPECIALIZED, tmp_path)
    assert values == kept[1][1:-1]
    assert_explained(warned, "NUMBA_CACHE_DIR")
    assert not files(tmp_path)


def assert_explained(warned: str, what: str) -> None:
    """Assert that there is one warning, with a remedy."""
    messages = ast.literal_eval(warned)
    assert len(messages) == 1
    assert "set NUMBA_CACHE_DIR to a folder that can be written" in messages[0]
    assert what in messages[0]


def test_a_disabled_compiler_is_reported() -> None:
    code = (
        "import kernels; network = kernels.Network.random((3, 3, 1))\n"
        "for rung in ('jitted', 'specialized'):\n"
        "    try: kernels.plan(network, rung)\n"
        "    except kernels.NotInstalledError as error: print(error)\n"
    )
    environment = os.environ | {"NUMBA_DISABLE_JIT": "1"}
    result = subprocess.run(
        [sys.executable, "-c", code], env=environment, capture_output=True, text=True, check=True
    )
    lines = result.stdout.splitlines()
    assert [line.partition(":")[0] for line in lines] == ["jitted", "specialized"]
    assert all("NUMBA_DISABLE_JIT" in line for line in lines)
