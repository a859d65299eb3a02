"""The C compiler: which one, what it refuses, what is kept, and what it must not change."""

from __future__ import annotations

import ctypes
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest

import kernels
from kernels.c import compiler
from tests.kernels.c.building import NEEDS_COMPILER

SEVEN = "int seven(void) { return 7; }"


def test_the_environment_names_the_compiler(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CC", "no-such-compiler -O2")
    assert compiler.missing() == "CC=no-such-compiler -O2 is not installed"
    with pytest.raises(LookupError, match="no-such-compiler"):
        compiler.command()


def test_a_blank_name_is_none(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("CC", raising=False)
    usual = compiler.missing()
    monkeypatch.setenv("CC", " ")
    assert compiler.missing() == usual


def test_what_cannot_be_read_or_compiles_nothing_is_not_installed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("CC", "gcc 'x")
    assert compiler.missing() == "CC=gcc 'x cannot be read: No closing quotation"
    broken = tmp_path / "cc"
    broken.write_text("#!/bin/sh\necho 'error: no tgmath.h' >&2; exit 1\n")
    broken.chmod(0o755)
    monkeypatch.setenv("CC", str(broken))
    assert compiler.missing() == "no C can be compiled: cc failed: error: no tgmath.h"
    assert kernels.missing("c") == compiler.missing()


def test_without_a_compiler_it_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("CC", raising=False)
    monkeypatch.setenv("PATH", "")
    assert compiler.missing() == "no C compiler (gcc, clang) is installed"


@NEEDS_COMPILER
def test_options_in_the_environment_are_passed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("MLP_LADDER_CACHE", str(tmp_path))
    (program, *_) = compiler.command()
    monkeypatch.setenv("CC", f"{program} -DSEVEN=8")
    text = "int seven(void) { return SEVEN; }"
    assert compiler.library(text, ("-O1",)).seven() == 8


@NEEDS_COMPILER
def test_what_was_compiled_is_kept(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MLP_LADDER_CACHE", str(tmp_path / "kept"))
    found = compiler.library(SEVEN, ("-O1",))
    assert found.seven() == 7
    assert compiler.library(SEVEN, ("-O1",)) is found  # mapped once

    def refuse(*_: Sequence[str]) -> bytes:
        raise AssertionError("compiled again")

    monkeypatch.setattr(compiler, "compiled", refuse)
    compiler.loaded.cache_clear()
    assert compiler.library(SEVEN, ("-O1",)).seven() == 7
    with pytest.raises(AssertionError, match="again"):
        compiler.library(SEVEN.replace("7", "8"), ("-O1",))
    with pytest.raises(AssertionError, match="again"):
        compiler.library(SEVEN, ("-O2",))


@NEEDS_COMPILER
def test_what_it_refuses_is_one_line() -> None:
    with pytest.raises(RuntimeError, match=r"failed: .*error") as caught:
        compiler.library("int f(void) { return x; }", ("-O1",))
    assert "\n" not in str(caught.value)


@NEEDS_COMPILER
def test_what_cannot_be_loaded_is_not_kept(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (program, *_) = compiler.command()
    bad = tmp_path / "bad"
    bad.write_text(
        f'#!/bin/sh\ncase "$*" in *-shared*) for last; do :; done; echo none > "$last";; '
        f'*) exec {program} "$@";; esac\n'
    )
    bad.chmod(0o755)
    monkeypatch.setenv("MLP_LADDER_CACHE", str(tmp_path / "kept"))
    monkeypatch.setenv("CC", str(bad))
    with pytest.raises(RuntimeError, match="bad made no library"):
        compiler.library(SEVEN, ("-O1",))
    assert not list((tmp_path / "kept").rglob("*.*"))


@NEEDS_COMPILER
def test_options_of_the_environment_do_not_reach_the_whole_process(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (program, *_) = compiler.command()
    monkeypatch.setenv("MLP_LADDER_CACHE", str(tmp_path))
    monkeypatch.setenv("CC", f"{program} -Ofast")
    assert compiler.library(SEVEN, ("-O1",)).seven() == 7
    assert np.float64(5e-324) * np.float64(1.0) > 0


@NEEDS_COMPILER
def test_denormal_numbers_stay_what_they_are() -> None:
    """Linked with -ffast-math, a library makes them zero in the whole process."""
    found = compiler.library("double half(double x) { return x / 2; }", compiler.FAST)
    found.half.restype, found.half.argtypes = ctypes.c_double, [ctypes.c_double]
    assert found.half(4e-323) == 2e-323
    assert np.float64(5e-324) * np.float64(1.0) > 0
