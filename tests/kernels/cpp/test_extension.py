"""Extension modules of C++: Eigen's headers, what is kept of a build, and the source itself."""

from __future__ import annotations

from pathlib import Path

import pytest

from kernels.c import compiler
from kernels.cpp import extension, source
from kernels.parts.architecture import Architecture
from kernels.peers.eigen import Kernel

NEEDS_EIGEN = pytest.mark.skipif(
    Kernel.missing() is not None, reason=Kernel.missing() or "it is installed"
)


def test_without_headers_it_says_who_has_them(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("EIGEN3_INCLUDE_DIR", str(tmp_path))
    assert extension.missing() == f"EIGEN3_INCLUDE_DIR={tmp_path} has no Eigen/Core"
    monkeypatch.delenv("EIGEN3_INCLUDE_DIR")
    monkeypatch.setattr(extension, "places", lambda: [tmp_path])
    missing = extension.missing()
    assert missing is not None
    assert "cmeel-eigen" in missing


def test_headers_are_found_where_the_environment_says(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "Eigen").mkdir()
    (tmp_path / "Eigen" / "Core").touch()
    monkeypatch.setenv("EIGEN3_INCLUDE_DIR", str(tmp_path))
    assert extension.eigen() == str(tmp_path)


@NEEDS_EIGEN
def test_what_was_built_is_kept_and_a_broken_file_is_built_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("MLP_LADDER_CACHE", str(tmp_path))
    builds = []
    usual = compiler.unlinked

    def counted(*given: object) -> bytes:
        builds.append(given)
        return usual(*given)  # type: ignore[arg-type]

    monkeypatch.setattr(compiler, "unlinked", counted)
    text = source.text(Architecture((1, 1), ("identity",)), "float64", gradients=False)

    def build() -> int:
        extension.library.cache_clear()
        before = len(builds)
        extension.code(compiler.command(compiler.CPP), text)
        return len(builds) - before

    assert build() == 2  # nanobind and the network
    assert build() == 0
    newest = max(tmp_path.iterdir(), key=lambda path: path.stat().st_size)
    for path in tmp_path.iterdir():
        if path != newest:  # but nanobind, whose object code is the largest
            path.write_bytes(path.read_bytes()[:-9])
    assert build() == 1
    assert build() == 0


@NEEDS_EIGEN
def test_compilers_have_nothing_to_complain_of() -> None:
    what = Architecture((4, 6, 3), ("tanh", "softmax"), "log")
    strict = [*extension.FLAGS, "-O0", "-Wall", "-Wextra", "-Werror", "-fsyntax-only"]
    included = [f"-isystem{one}" for one in extension.headers()]
    compiler.run(
        [*compiler.command(compiler.CPP), *strict, *included, "-xc++", "-"],
        source.text(what, "float32", gradients=True),
    )
