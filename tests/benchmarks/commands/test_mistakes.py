"""Mistakes on the command line: one line on standard error, and a status that is not zero."""

from __future__ import annotations

import pytest

from tests.running import python, run


def test_a_mistake_in_a_terminal_gives_one_line() -> None:
    result = python("-m", "benchmarks", "train", "--hidden", "3-x")
    assert result.returncode == 2
    assert not result.stdout
    assert result.stderr.startswith("error: --hidden is written like")
    assert len(result.stderr.splitlines()) == 1


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("nope",), "No such command"),
        (("train", "--nope"), "No such option"),
        (("train", "--kernel", "nope"), "no kernel is called 'nope'"),
        (("train", "--kernel", "scikit-learn"), "train is not offered"),
        (("train", "--hidden", "3-0-1"), "--hidden is written like 30 or 64-32, got '3-0-1'"),
        (("train", "--hidden", "30x20"), "--hidden is written like 30 or 64-32, got '30x20'"),
        (("compile", "--hidden", "0"), "--hidden is written like 30 or 64-32, got '0'"),
        (("compile", "--loss", ""), "--loss is empty"),
        (("ladder", "--sizes", "3-3-1", "--kernels", ""), "--kernels is empty"),
        (("ladder", "--sizes", "3-3-1", "--json", ""), "--json is empty"),
        (("sweep", "--seeds", "1", "--into="), "--into is empty"),
        (("ladder", "--network", "missing.npz"), "error: missing.npz: No such file"),
        (("ladder", "--sizes", "3-3-1", "--operation", "forwrd"), ": is forward meant?"),
        (("ladder", "--sizes", "3-3-1", "--crossover", "bach"), ": is batch meant?"),
        (("fit", "--task", "iris32"), ": is iris-32 meant?"),
        (("compile", "--data", "digit"), ": is digits meant?"),
        (("compile", "--pipeline", "scalar"), ": is scaler meant?"),
        (("train", "--optimizer", "adan"), ": is adam meant?"),
        (("reference", "forwart"), ": is forward meant?"),
        (("compare", "forwart", "forward"), ": is forward meant?"),
        (("export", "latst"), ": is latest meant?"),
        (("laddr",), "Did you mean 'ladder'?"),
        (("train", "--seeds", "0"), "--seeds"),
        (("train", "--iterations", "many"), "--iterations"),
        (("train", "--alpha", "nan"), "alpha must be finite"),
        (("train", "--dtype", "float16"), "dtype"),
        (("train", "--kernel", "looped", "--threads", "2"), "threads=2 is not offered"),
        (("train", "--start", "README.md"), "does not hold a network"),
        (("train", "--start", "missing.npz"), "error: missing.npz: No such file"),
        (("train", "--start", "tests"), "error: tests: Is a directory"),
        (("train", "--save", "tests"), "error: tests is a directory"),
        (("train", "--save", "tests/x", "--json", "./tests/x"), "are both tests/x"),
        (("article", "--json", "tests"), "error: tests is a directory"),
        (("article", "--json", "README.md/x"), "error: README.md is no folder"),
        (("article", "--json", "README.md/x/y"), "error: README.md/x is no folder"),
        (("report", "--out", "README.md"), "error: README.md is no folder"),
        (("report", "--figures", "README.md/x"), "error: README.md/x is no folder"),
        (("report", "--rows", "README.md"), "there is no folder README.md"),
        (("compare", "tests", "forward"), "error: tests is a directory, not a run"),
        (("compare", "forward", ""), "error: an empty name is no run"),
        (("dashboard", "--port", "0"), "--port"),
    ],
)
def test_mistakes_are_reported_in_one_line(arguments: tuple[str, ...], message: str) -> None:
    result = run(*arguments)
    assert result.returncode == 2
    assert "Traceback" not in result.stderr
    assert len(result.stderr.strip().splitlines()) == 1, result.stderr
    assert message in result.stderr
    assert "[Errno" not in result.stderr


def test_a_failure_is_no_mistake_and_has_another_status() -> None:
    result = run("train", "--hidden", "999999999-999999999")
    assert result.returncode == 1
    assert result.stderr.startswith("error: Unable to allocate")
    assert len(result.stderr.splitlines()) == 1
