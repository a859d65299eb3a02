"""`pytest --benchmark-only`: its report, its collection, and the gate before each timing."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path

import pytest

import kernels
from benchmarks.experiments import compare
from benchmarks.measure import header, workloads
from benchmarks.measure.networks import Asked, digest
from benchmarks.measure.sizes import Named
from benchmarks.suite.cases import LISTED, cases, name, offers
from tests.running import python
from tests.wrong_kernels import SPOIL_VECTORIZED


def suite(*arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
    plugins = ("no:cacheprovider", "no:hypothesispytest", "tests.benchmarks.suite.quick")
    options = (f"-p{name}" for name in plugins)
    return python("-m", "pytest", "-q", *options, *arguments, **environment)


def only_run(folder: Path) -> Path:
    """Return the one run in a folder; it is complete."""
    (one,) = folder.iterdir()
    assert one.name.endswith("-suite")
    about = header.read(one / header.HEADER)
    assert (about.command, about.state) == ("suite", header.COMPLETE)
    assert str(about.started) < str(about.finished)
    return one


def test_benchmarks_are_timed_grouped_and_described(tmp_path: Path) -> None:
    path = tmp_path / "suite.json"
    chosen = "batched-3-3-1 or floor-3-3-1 or (looped-64-30-10 and forward_batch)"
    drawn = f"--benchmark-histogram={tmp_path / 'histogram'}"
    written = f"--benchmark-json={path}"
    result = suite("benchmarks/suite", "--benchmark-only", "-k", chosen, written, drawn)
    assert result.returncode == 0, result.stdout
    assert "benchmark 'forward 3-3-1'" in result.stdout
    assert (tmp_path / "histogram-forward_3-3-1.svg").is_file()
    assert "benchmark 'gradient of one sample 3-3-1'" in result.stdout
    report = json.loads(path.read_text())
    assert "node" not in report["machine_info"]
    assert {"processor", "numpy", "blas", "numba", "llvm", "threads"} <= set(report["machine_info"])
    assert set(report["commit_info"]) <= {"id", "time", "dirty"}
    timed = [bench for bench in report["benchmarks"] if "floor" not in bench["name"]]
    assert {bench["extra_info"]["kernel"] for bench in timed} >= {"looped", "batched"}
    for bench in timed:
        info = bench["extra_info"]
        assert info["kernel"] in bench["fullname"]
        assert info["workload"] in bench["fullname"]
        assert info["operation"] in bench["fullname"]
        assert info["flops"] > 0
        assert info["bytes"] > 0
        assert info["error"] < 1e-9
        assert info["build_seconds"] > 0
        assert (info["dtype"], info["threads"]) == ("float64", 1)
        iterations = 1 if info["training"] else workloads.named(info["workload"]).iterations
        assert info["iterations"] == (iterations if info["operation"] == "train" else None)
        assert (info["training"] == "adam, batch 32") == ("with_adam" in bench["name"])
    of_one = [b for b in timed if "one_sample" in b["name"] and "[batched-" in b["name"]]
    assert [bench["extra_info"]["samples"] for bench in of_one] == [1]
    run = compare.read(path)
    assert run["extrapolated_from"].notna().sum() == 1
    assert run.loc[run["operation"] == "train", "iterations"].notna().all()
    batched = run.query("kernel == 'batched' and operation == 'gradient'")
    assert sorted(batched["rows"]) == [1, 1024]
    flops = {b["extra_info"]["samples"]: b["extra_info"]["flops"] for b in timed
             if b["group"].startswith("gradient")}  # fmt: skip
    assert flops[1024] == 1024 * flops[1]
    scaled = [bench for bench in timed if bench["extra_info"]["extrapolated_from"]]
    assert scaled
    assert all(bench["name"].endswith("extrapolated") for bench in scaled)


def collected(*arguments: str, **environment: str) -> tuple[list[str], list[str]]:
    """Return the tests that pytest collects, and the kernels it reports as not collected."""
    lines = suite("--collect-only", *arguments, **environment).stdout.splitlines()
    told = [line for line in lines if line.startswith("not collected: ")]
    names = [name for line in told for name in line[15:].partition(" (")[0].split(", ")]
    return [line for line in lines if "::" in line], names


def test_benchmarks_are_collected_alone_when_only_they_are_asked_for(tmp_path: Path) -> None:
    everything, named = collected("tests/benchmarks/suite/test_suite.py", "benchmarks")
    benchmarks = [name for name in everything if name.startswith("benchmarks/suite/")]
    assert 0 < len(benchmarks) < len(everything)
    assert collected("--benchmark-only", MLP_LADDER_LOCAL=str(tmp_path))[0] == benchmarks
    assert not list(tmp_path.iterdir())  # collecting alone leaves no run
    assert collected("--benchmark-only", "tests")[0] == []
    missing = {name for name in kernels.names() if kernels.missing(name)}
    assert sorted(named) == sorted(missing)
    assert not [one for one in benchmarks for name in missing if f"[{name}-" in one]


def test_a_wrong_kernel_gets_no_time(tmp_path: Path) -> None:
    plugin = tmp_path / "spoil.py"
    plugin.write_text(SPOIL_VECTORIZED)
    code = (
        f"import sys, pytest; sys.path.insert(0, {str(tmp_path)!r}); import spoil; "
        "sys.exit(pytest.main(['-q', '-p', 'no:cacheprovider', '--benchmark-only', '-k', "
        "'test_forward and vectorized-3-3-1', 'benchmarks/suite']))"
    )
    result = python("-c", code)
    assert result.returncode == 1
    assert "GateError" in result.stdout
    assert "Rounds" not in result.stdout


def test_deprecations_inside_a_peers_library_do_not_fail_its_benchmarks() -> None:
    found = cases("forward", LISTED)
    lenient = {case.values[0]: bool(case.marks) for case in found}
    assert lenient["scikit-learn"]
    assert not any(lenient[rung] for rung in kernels.LADDER)


def test_every_kernel_is_timed_on_what_it_offers() -> None:
    listed = {name(one): one for one in LISTED}
    assert list(listed) == [workload.name for workload in workloads.REPEATED]
    found = {tuple(case.values) for case in cases("gradient", LISTED)}
    for kernel in kernels.LADDER:
        assert {network for one, network in found if one == kernel} == set(LISTED)
    assert not [one for one, _ in found if "gradient" not in kernels.find(one).operations]
    log = Asked(Named((3, 3, 1), None, "log"))
    assert offers("scikit-learn", "forward", log)
    mixed = Asked(Named((3, 3, 3, 1), ("tanh", "relu", "identity"), None))
    assert not offers("scikit-learn", "forward", mixed)
    assert not offers("onnx-runtime", "gradient", log)
    assert offers("specialized", "gradient", log)


CHOSEN = ("benchmarks", "--benchmark-only", "-k", "batched or floor")


def test_networks_are_chosen_by_options(tmp_path: Path) -> None:
    """Their names are in tests, groups and rows; a forward pass has no loss."""
    arguments = ("--sizes", "5-4-3", "--activations", "relu", "--output", "softmax",
                 "--loss", "log")  # fmt: skip
    result = suite(*CHOSEN, *arguments, MLP_LADDER_LOCAL=str(tmp_path))
    assert result.returncode == 0, result.stdout
    assert "benchmark 'gradient 5-4-3-relu-softmax-log'" in result.stdout
    assert "benchmark 'forward 5-4-3-relu-softmax'" in result.stdout
    run = compare.read(only_run(tmp_path))
    assert set(run["workload"]) == {"5-4-3-relu-softmax", "5-4-3-relu-softmax-log"}
    assert set(run["loss"].dropna()) == {"log"}
    assert set(run["kernel"]) == {"batched"}


def test_a_network_of_a_file_is_timed(tmp_path: Path) -> None:
    """Without a folder, as users type it: pytest also reads the tests' settings."""
    network = kernels.Network.centred((5, 4, 3), 7, ("tanh", "identity"))
    network.save(tmp_path / "my.npz")
    path = tmp_path / "suite.json"
    arguments = (f"--network={tmp_path / 'my.npz'}", f"--benchmark-json={path}")
    result = suite(*CHOSEN[1:], *arguments, MLP_LADDER_LOCAL=str(tmp_path / "local"))
    assert result.returncode == 0, result.stdout
    for run in (compare.read(only_run(tmp_path / "local")), compare.read(path)):
        assert set(run["weights"]) == {digest(network)}
        assert set(run["workload"]) == {"5-4-3-tanh-identity"}
    named = f"5-4-3-tanh-identity (weights {digest(network)})"
    assert f"benchmark 'gradient {named}'" in result.stdout


@pytest.mark.parametrize(
    ("where", "arguments", "message"),
    [
        (CHOSEN, ("--sizes", "5-4-3", "--sizes", "4-2", "--activations", "relu",
                  "--output", "softmax"), "--activations relu does not fit 4-2"),
        (CHOSEN, ("--network", "missing.npz"), "missing.npz: No such file"),
        (("--benchmark-only",), ("--sizes", "3-1-nope"), "networks are written like"),
        (("--collect-only", "benchmarks"), ("--loss", "log"), "no network is named"),
    ],
)  # fmt: skip
def test_networks_that_do_not_fit_are_explained_in_one_line(
    where: tuple[str, ...], arguments: tuple[str, ...], message: str, tmp_path: Path
) -> None:
    result = suite(*where, *arguments, MLP_LADDER_LOCAL=str(tmp_path))
    assert result.returncode == 4
    told = [line for line in (result.stdout + result.stderr).splitlines() if "ERROR" in line]
    assert len(told) == 1
    assert told[0].startswith(f"ERROR: {message}")
    assert not list(tmp_path.iterdir())
