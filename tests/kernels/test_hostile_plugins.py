"""Hostile plug-ins, which exit, raise unusual exceptions or declare nonsense, do no harm."""

from __future__ import annotations

import importlib.metadata
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

import kernels
from benchmarks.measure import contenders, rows
from kernels.interface import Plan
from tests import running
from tests.kernels.test_plugins import broken_package, forget, installed, run

MODULES = {
    "exits": "import sys\nsys.exit(3)",
    "stops": "raise GeneratorExit",
    "own": "class Own(BaseException): pass\nraise Own('of my own')",
    "mute": "class Mute(Exception):\n    def __str__(self): raise RuntimeError\nraise Mute",
    "deep": "def f(): f()\nf()",
    "attribute": "def __getattr__(name): raise SystemExit('no ' + name)",
    "meta": """
from kernels import Plan
class Meta(type(Plan)):
    def __getattribute__(cls, name):
        if name == "operations": raise SystemExit(4)
        return super().__getattribute__(name)
class Kernel(Plan, metaclass=Meta):
    name = "meta"
""",
    "instance": "Kernel = 3",
    "asks": """
from kernels import Plan
class Kernel(Plan):
    name = "asks"
    @classmethod
    def missing(cls): raise SystemExit("ask me not")
""",
    "answers": """
from kernels import Plan
class Kernel(Plan):
    name = "answers"
    @classmethod
    def missing(cls): return 3
""",
    "builds": """
import sys
from kernels import find
class Kernel(find("vectorized")):
    name = "builds"
    def build(self): sys.exit("not built")
""",
    "computes": """
import sys
from kernels import find
class Kernel(find("vectorized")):
    name = "computes"
    def sample_forward(self, parameters, x, out): sys.exit(5)
""",
}
LIES = {
    "operations": ("'forward'", "('sideways',)", "()", "None", "[['forward']]"),
    "dtypes": ("'float64'", "('float16',)", "3"),
    "requires": ("'numpy'", "(3,)", "None", "('',)"),
    "modules": ("'numpy.linalg'", "None", "('',)"),
    "max_threads": ("'2'", "0", "True"),
    "general": ("1", "None"),
    "compiles_shapes": ("3",),
    "name": ("3", "'another'", "None"),
}
LYING = {f"{name}-{number}": (name, value) for name, values in LIES.items()
         for number, value in enumerate(values)}  # fmt: skip


@pytest.fixture(scope="module")
def hostile(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with a package of hostile kernels."""
    site = tmp_path_factory.mktemp("hostile")
    for name, text in MODULES.items():
        (site / f"hostile_{name}.py").write_text(f"print('noise of {name}')\n{text}\n")
    points = [f"{name} = hostile_{name}:Kernel" for name in MODULES]
    for key, (name, value) in LYING.items():
        module = f"lying_{key.replace('-', '_')}"
        own = "" if name == "name" else f"    name = {key!r}\n"
        text = f"from kernels import Plan\nclass Kernel(Plan):\n{own}    {name} = {value}\n"
        (site / f"{module}.py").write_text(text)
        points.append(f"{key} = {module}:Kernel")
    offer(site, "hostile", ("[mlp_ladder.kernels]\n" + "\n".join(points)).encode())
    return site


def offer(site: Path, name: str, points: bytes) -> None:
    """Install a package that consists of entry points only."""
    info = site / f"{name}-1.0.dist-info"
    info.mkdir()
    (info / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {name}\nVersion: 1.0\n")
    (info / "entry_points.txt").write_bytes(points)


REASONS = {
    "exits": "cannot be imported: SystemExit: 3",
    "stops": "cannot be imported: GeneratorExit",
    "own": "cannot be imported: Own: of my own",
    "mute": "cannot be imported: Mute",
    "deep": "cannot be imported: RecursionError",
    "attribute": "cannot be imported: SystemExit: no ",
    "meta": "cannot be used: SystemExit: 4",
    "instance": "is not a subclass of kernels.Plan",
    "asks": "cannot say what it lacks: SystemExit: ask me not",
    "answers": "cannot say what it lacks: TypeError: missing() returned 3",
}


def unfolded(result: subprocess.CompletedProcess[str]) -> str:
    """Return a table's text without borders and line breaks."""
    return " ".join(result.stdout.replace("│", " ").split())


def test_hostile_plugins_are_listed_with_the_reason(hostile: Path) -> None:
    result = run("-m", "benchmarks", "list", sites=(hostile,))
    assert result.returncode == 0, result.stderr
    assert "Traceback" not in result.stderr
    text = unfolded(result)
    for name, reason in REASONS.items():
        assert f"hostile_{name}:Kernel {reason}" in text, name
    for key, (name, _) in LYING.items():
        attribute = {"name": "calls itself", "requires": "requires"}.get(name, f"has {name}")
        assert f"{key}: lying_{key.replace('-', '_')}:Kernel {attribute} " in text, key
    for name in (*kernels.LADDER, "100-100-50-10"):
        assert name in text


def test_packages_whose_metadata_cannot_be_read_hide_no_other(tmp_path: Path) -> None:
    offer(tmp_path, "damaged", b"[mlp_ladder.kernels]\nno equals sign")
    offer(tmp_path, "binary", b"\xff\xfe\x00")
    offer(tmp_path, "whole", b"[mlp_ladder.kernels]\nwhole = hostile_exits:Kernel")
    (tmp_path / "hostile_exits.py").write_text(MODULES["exits"])
    result = run("-m", "benchmarks", "list", sites=(tmp_path,))
    assert result.returncode == 0, result.stderr
    text = unfolded(result)
    assert "whole: hostile_exits:Kernel cannot be imported: SystemExit: 3" in text
    for name in ("damaged", "binary"):
        assert f"{name}-1.0.dist-info cannot be read: " in text


def test_a_ladder_goes_on_without_hostile_and_broken_plugins(hostile: Path, tmp_path: Path) -> None:
    path = tmp_path / "rows.jsonl"
    missing = {"absent", "raising", "misnamed", "homeless", "number"}
    names = ",".join(["vectorized", *MODULES, "operations-1", "crashes", "wrong", *missing])
    ladder = ["ladder", "--sizes", "3-3-1", "--kernels", names, "--time", "0.1", "--rounds", "2"]
    with installed(hostile, broken_package(tmp_path)):
        result = running.run(*ladder, "--json", str(path))
    assert result.returncode == 0, result.stderr
    assert "Traceback" not in result.stderr
    found = {r["kernel"]: r for r in rows.read(path) if r["quantity"] == "time"}
    assert found.pop("vectorized")["median_ns"] > 0
    assert found.pop("builds")["reason"] == "SystemExit: not built"
    assert found.pop("computes")["reason"] == "SystemExit: 5"
    assert found.pop("crashes")["state"] == "crashed"
    assert found.pop("wrong")["state"] == "wrong"
    assert {one["state"] for one in found.values()} == {"missing"}
    assert found.keys() == {*REASONS, "operations-1", *missing}
    assert "not today" in found["raising"]["reason"]
    assert "not today" in result.stdout


def test_tests_and_suite_are_collected_without_hostile_plugins(hostile: Path) -> None:
    collect = ["pytest", "-q", "--collect-only", "-p", "no:cacheprovider"]
    folders = ("tests/kernels/test_contract.py", "benchmarks/suite")
    result = run("-m", *collect, *folders, sites=(hostile,))
    assert result.returncode == 0, result.stdout[-2000:]
    assert "test_contract[vectorized-float64" in result.stdout
    assert "test_contract[exits" not in result.stdout


@pytest.mark.parametrize("name", ["exits", "asks", "operations-0"])
def test_training_with_a_hostile_plugin_is_an_error_of_one_line(hostile: Path, name: str) -> None:
    with installed(hostile):
        result = running.run("train", "--kernel", name, "--iterations", "1")
    assert result.returncode in (1, 2)
    (line,) = result.stderr.strip().splitlines()
    assert line.startswith("error: ")


# --- within this process ------------------------------------------------------------------------


@pytest.fixture
def _fresh() -> Iterator[None]:
    """Forget the plug-ins that were found, before and after a test."""
    forget()
    yield
    forget()


@pytest.mark.usefixtures("_fresh")
def test_ctrl_c_while_a_plugin_is_imported_reaches_the_caller(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    class Entry:
        name, value = "interrupted", "module:Kernel"

        def load(self) -> type[Plan]:
            raise KeyboardInterrupt

    monkeypatch.setattr(importlib.metadata, "entry_points", lambda **_: [Entry()])
    assert kernels.names()[-1] == "interrupted"
    for ask in (kernels.find, kernels.missing, kernels.is_installed):
        with pytest.raises(KeyboardInterrupt):
            ask("interrupted")


@pytest.mark.usefixtures("_fresh")
def test_a_plugin_is_imported_only_once(monkeypatch: pytest.MonkeyPatch) -> None:
    tried = []

    class Entry:
        name, value = "slow", "module:Kernel"

        def load(self) -> type[Plan]:
            tried.append(self)
            raise SystemExit

    monkeypatch.setattr(importlib.metadata, "entry_points", lambda **_: [Entry()])
    for _ in range(3):
        with pytest.raises(kernels.PluginError, match="SystemExit"):
            kernels.find("slow")
    assert len(tried) == 1


@pytest.mark.parametrize(
    ("output", "names"),
    [('noise\n["a", "b"]\n', ["a", "b"]), ("", []), ("noise\n", []), ('[3, "a"]', ["a"])],
)
def test_names_from_another_interpreter_are_read_from_its_last_line(
    output: str, names: list[str]
) -> None:
    assert contenders.listed_names(output) == names
