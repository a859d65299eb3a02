"""The wheel: it contains `kernels` and its licence, and works outside the repository."""

from __future__ import annotations

import re
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

from benchmarks.measure.environment import ROOT

PROGRAM = """
import pathlib, sys, kernels
assert pathlib.Path(kernels.__file__).is_relative_to(sys.argv[1]), kernels.__file__
for name in kernels.LADDER:
    network = kernels.Network.random((3, 3, 1), seed=0)
    plan = kernels.plan(network, name, operations=["forward"])
    assert plan.forward([1.5, 2, 3]).shape == (1,)
"""


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("wheel")
    command = [
        sys.executable,
        "-m",
        "build",
        "--wheel",
        "--no-isolation",
        "-o",
        str(folder),
        str(ROOT),
    ]
    subprocess.run(command, check=True, capture_output=True)
    return next(folder.glob("*.whl"))


def test_the_wheel_contains_kernels_only(wheel: Path) -> None:
    with zipfile.ZipFile(wheel) as archive:
        names = archive.namelist()
    folders = {name.split("/")[0] for name in names}
    assert folders == {"kernels", f"{wheel.name.split('-py3')[0]}.dist-info"}
    assert "kernels/py.typed" in names
    assert any(name.endswith("LICENSE") for name in names)


def test_a_package_index_gets_the_first_page_without_links_to_files(wheel: Path) -> None:
    with zipfile.ZipFile(wheel) as archive:
        (name,) = (name for name in archive.namelist() if name.endswith("/METADATA"))
        _, _, page = archive.read(name).decode().partition("\n\n")
    assert page.startswith("# mlp-ladder\n")
    assert "how it works" in page  # the words of a link are kept
    assert "| looped |" in page
    assert not re.findall(r"\]\((?!https?:)", page)
    assert "<!--" not in page


def test_the_wheel_works_outside_the_repository(wheel: Path, tmp_path: Path) -> None:
    site = tmp_path / "site"
    command = [sys.executable, "-m", "pip", "install", "-q", "--no-deps", "--no-index"]
    subprocess.run([*command, "--target", site, wheel], check=True, capture_output=True)
    subprocess.run(
        [sys.executable, "-c", f"import sys; sys.path.insert(0, {str(site)!r})\n" + PROGRAM, site],
        check=True,
        cwd=tmp_path,
    )
