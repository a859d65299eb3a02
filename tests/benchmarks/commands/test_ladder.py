"""`python -m benchmarks ladder`: its options, its rows, its output."""

from __future__ import annotations

import os
import re
from pathlib import Path

import pandas as pd
import pytest

from benchmarks.commands import ladder as command
from benchmarks.experiments import ladder as experiment
from benchmarks.measure import duel, frames, header, rows, worker
from benchmarks.measure.contenders import Contender
from benchmarks.measure.networks import digest
from benchmarks.measure.stored import load
from benchmarks.show.tables import ladder_table, numbers
from benchmarks.terminal import noise
from kernels import LADDER, PEERS, Adam, Network
from tests.benchmarks.made_up import sitting
from tests.running import Outcome, run

pytestmark = pytest.mark.usefixtures("quick_duels")


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("--crossover", "depth"), "batch, width, threads"),
        (("--crossover", "batch", "--batch", "3"), "leave --batch out"),
        (("--crossover", "width", "--sizes", "3-3"), "one network"),
        (("--crossover", "batch", "--sizes", "1-1"), "one network"),
    ],
)
def test_contradictory_options_are_refused(arguments: tuple[str, ...], message: str) -> None:
    result = run("ladder", "--sizes", "3-3-1", *arguments)
    assert result.returncode != 0
    assert message in result.stderr
    assert len(result.stderr.strip().splitlines()) == 1


@pytest.mark.usefixtures("made_up_limits")
@pytest.mark.skipif((os.cpu_count() or 1) < 2, reason="there is one core only")
def test_a_crossover_is_measured_stored_and_shown(tmp_path: Path) -> None:
    path = tmp_path / "rows.jsonl"
    result = run("ladder", "--sizes", "3-3-1", "--crossover", "threads", "--kernels",
                 "batched,vectorized", "--time", "0.1", "--rounds", "2",
                 "--json", str(path))  # fmt: skip
    assert result.returncode == 0, result.stderr
    assert "Fastest by threads: 3-3-1 (logistic)" in result.stdout
    times = [r for r in rows.read(path) if r["quantity"] == "time" and r["median_ns"]]
    assert {r["threads"] for r in times} >= {1, 2}


def test_several_networks_are_shown_side_by_side_too(capsys: pytest.CaptureFixture[str]) -> None:
    frame = load("forward")
    command.show(frame)
    _, _, table = capsys.readouterr().out.partition("Time per call (times the fastest)")
    cells = [re.split(r"\s{2,}", line.strip()) for line in table.splitlines()[3:]]
    lines = {line[0]: line[1:] for line in cells if len(line) > 1}
    pivot = frames.timed(frame).pivot(index="kernel", columns="workload", values="median_ns")
    assert len(lines) == len(pivot) + 2
    for kernel, times in pivot[list(frame["workload"].unique())].iterrows():
        told = [cell.partition(" (")[0] for cell in lines[str(kernel)]]
        scale = dict(numbers.UNITS)
        found = [float(number) * scale[unit] for number, unit in map(str.split, told)]
        assert found == pytest.approx(list(times), rel=0.05)
    command.show(frame[frame["workload"] == "3-3-1"])
    assert "Time per call (times" not in capsys.readouterr().out


@pytest.mark.usefixtures("made_up_limits")
@pytest.mark.parametrize(
    "arguments",
    [
        ("--sizes", "3-x"),
        ("--sizes", "3"),
        ("--sizes", "3-3-1", "--operation", "sideways"),
        ("--sizes", "3-3-1", "--kernels", "nope"),
        ("--sizes", "3-3-1", "--dtype", "float16"),
        ("--sizes", "3-3-1", "--batch", "0"),
        ("--sizes", "3-3-1", "--rounds", "1"),
        ("--sizes", "3-3-1", "--threads", "2", "--kernels", "looped", "--rounds", "2"),
        (),
    ],
)
def test_wrong_options_are_explained_in_one_line(
    arguments: tuple[str, ...], tmp_path: Path
) -> None:
    arguments = (*arguments, "--time", "0.1", "--json", str(tmp_path / "rows.jsonl"))
    result = run("ladder", *arguments)
    assert result.returncode != 0
    last = result.stderr.strip().splitlines()[-1]
    assert last.startswith("error: ")
    assert "Traceback" not in result.stderr


def test_the_command_ranks_stores_and_advises(tmp_path: Path) -> None:
    path = tmp_path / "rows.jsonl"
    result = run(
        "ladder", "--sizes", "3-3-1", "--sizes", "4-5-2", "--kernels", "batched,jitted",
        "--batch", "16", "--time", "0.1", "--rounds", "2", "--json", str(path),
    )  # fmt: skip
    assert result.returncode == 0, result.stderr
    assert "4-5-2 (logistic), a batch of 16 samples, float64, 1 thread" in result.stdout
    assert "3-3-1 (logistic): " in result.stdout  # the advice
    advice = [result.stdout.count(text) for text in ("Use ", "Too uncertain to recommend")]
    assert sum(advice) == 2  # of so short a run either may come out
    frame = load(path)
    assert set(frame["kernel"]) == {"batched", "jitted"}
    times = frame[frame["quantity"] == "time"]
    assert (times["processes"] == 2).all()
    assert (times["limit_ns"] > times["floor_ns"]).all()
    assert "commit" in frame
    assert "node" not in frame


QUICK = ("--kernels", "batched", "--time", "0.1", "--rounds", "2")


def asked(tmp_path: Path, *arguments: str) -> tuple[Outcome, pd.DataFrame]:
    """What the command prints, and the rows that it stores."""
    path = tmp_path / "rows.jsonl"
    result = run("ladder", *arguments, *QUICK, "--json", str(path))
    assert result.returncode == 0, result.stderr
    return result, load(path)


@pytest.mark.usefixtures("made_up_limits")
@pytest.mark.parametrize(
    ("arguments", "name", "loss"),
    [
        (("--activations", "relu", "--output", "softmax"), "5-4-4-3-relu-softmax", None),
        (("--activations", "relu,tanh,identity"), "5-4-4-3-relu-tanh-identity", None),
        (("--operation", "gradient", "--batch", "2", "--activations", "relu", "--output",
          "softmax", "--loss", "log"), "5-4-4-3-relu-softmax-log", "log"),
        (("--operation", "gradient", "--batch", "2", "--loss", "log"), "5-4-4-3-log", "log"),
    ],
)  # fmt: skip
def test_titles_rows_and_advice_name_activations_and_loss(
    arguments: tuple[str, ...], name: str, loss: str | None, tmp_path: Path
) -> None:
    result, frame = asked(tmp_path, "--sizes", "5-4-4-3", *arguments)
    assert set(frame["workload"]) == {name}
    assert set(frames.values(frame["loss"])) == {loss}
    shown = name if "-relu" in name else f"{name} (logistic)"
    assert f"{shown}, " in result.stdout
    assert f"{shown}: " in result.stdout
    assert name in result.stdout.partition(f"{shown}: ")[0]


@pytest.mark.usefixtures("made_up_limits")
def test_a_loss_that_a_forward_pass_does_not_compute_is_remarked(tmp_path: Path) -> None:
    arguments = ("--sizes", "5-4-3", "--activations", "relu", "--output", "softmax")
    result, frame = asked(tmp_path, *arguments, "--loss", "log")
    assert set(frame["workload"]) == {"5-4-3-relu-softmax"}
    assert "--loss log changes nothing here" in result.stderr


@pytest.mark.usefixtures("made_up_limits")
def test_a_network_from_a_file_is_timed_with_its_own_weights(tmp_path: Path) -> None:
    networks = [Network.centred((5, 4, 3), seed, ("relu", "softmax")) for seed in (1, 2)]
    for seed, network in enumerate(networks):
        network.save(tmp_path / f"my-{seed}.npz")
    files = [word for seed in (0, 1) for word in ("--network", str(tmp_path / f"my-{seed}.npz"))]
    result, frame = asked(tmp_path, *files)
    digests = [digest(network) for network in networks]
    assert list(frame["weights"].unique()) == digests
    assert set(frame["workload"]) == {"5-4-3-relu-softmax"}
    for seed, weights in enumerate(digests):
        named = f"5-4-3-relu-softmax (weights {weights})"
        assert f"my-{seed}.npz is {named}\n" in result.stderr
        assert f"{named}, one sample at a time" in result.stdout
        assert f"{named}: " in result.stdout
    about = header.read(tmp_path / header.HEADER)
    assert about.arguments is not None
    assert not [word for word in about.arguments if "npz" in word or "network" in word]


def test_a_crossover_does_not_widen_the_network_of_a_file(tmp_path: Path) -> None:
    Network.centred((5, 4, 3), 1, ("relu", "softmax")).save(tmp_path / "my.npz")
    result = run("ladder", "--network", str(tmp_path / "my.npz"), "--crossover", "width")
    assert result.returncode == 2
    assert result.stderr == (
        "error: --crossover width varies the sizes, which a file of weights fixes\n"
    )


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ((), "no network is named"),
        (("--sizes", "24-64-64-4", "--activations", "relu,relu"), "it takes 3, one for each layer"),
        (("--sizes", "24-64-64-4", "--activations", "nope"), "has one of logistic, "),
        (("--sizes", "24-4", "--output", "identity", "--loss", "log"), "log-loss needs"),
        (("--sizes", "24-4", "--loss", "nope"), "loss is one of squared, "),
        (("--sizes", "24-4", "--network", "x.npz"), "leave --sizes out"),
        (("--network", "missing.npz"), "error: missing.npz: No such file"),
        (("--network", "README.md"), "README.md does not hold a network"),
        (("--network", "tests"), "error: tests: Is a directory"),
    ],
)
def test_networks_that_do_not_fit_are_explained_in_one_line(
    arguments: tuple[str, ...], message: str
) -> None:
    result = run("ladder", *arguments)
    assert result.returncode == 2
    assert message in result.stderr
    assert len(result.stderr.strip().splitlines()) == 1


ADAM = ("--operation", "train", "--batch", "40", "--optimizer", "adam", "--batch-size", "16")


@pytest.mark.usefixtures("made_up_limits")
def test_trainings_in_batches_are_ranked_by_a_step(tmp_path: Path) -> None:
    path = tmp_path / "rows.jsonl"
    result = run("ladder", "--sizes", "4-16-3", "--activations", "relu", "--output", "softmax",
                 "--loss", "log", *ADAM, "--l2", "0.1", "--kernels", "batched,scikit-learn",
                 "--time", "0.1", "--rounds", "2", "--json", str(path))  # fmt: skip
    assert result.returncode == 0, result.stderr
    told = "4-16-3-relu-softmax-log, training (adam, batch 16, l2 0.1), a step, float64"
    assert told in " ".join(result.stdout.split())
    frame = load(path)
    assert set(frame["training"]) == {"adam, batch 16, l2 0.1"}
    times = frame[frame["quantity"] == "time"].set_index("kernel")
    assert set(times.index) == {"batched", "scikit-learn"}
    assert (times["median_ns"] > times["limit_ns"]).all()
    assert times["error"]["batched"] < 1e-9


@pytest.mark.usefixtures("made_up_limits")
@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("--operation", "train", "--optimizer", "adan"), "is adam meant?"),
        (("--operation", "train", "--batch-size", "0"), "batch"),
        (("--operation", "train", "--optimizer", "adam", "--learning-rate", "-1"), "at least 0"),
        (("--operation", "gradient", "--optimizer", "adam"), "train"),
    ],
)
def test_wrong_optimizers_are_explained_in_one_line(
    arguments: tuple[str, ...], message: str
) -> None:
    result = run("ladder", "--sizes", "3-3-1", *arguments)
    assert result.returncode != 0
    assert message in result.stderr
    assert "Traceback" not in result.stderr


def test_a_row_names_a_kernels_own_form_of_the_optimizer() -> None:
    asked = Adam()
    own = Adam(epsilon_after_correction=True)
    assert worker.difference(asked, asked) is None
    assert worker.difference(asked, own) == "epsilon_after_correction=True"
    row = {"kernel": "jax", "form": worker.difference(asked, own), "reason": None}
    assert ladder_table.name(row | {"extrapolated_from": None}) == (
        "jax (epsilon_after_correction=True)"
    )


@pytest.mark.parametrize(
    ("given", "rounds", "peers"),
    [
        (("--quick",), command.QUICK_ROUNDS, False),
        (("--quick", "--peers"), command.QUICK_ROUNDS, True),
        (("--quick", "--rounds", "5"), 5, False),
        ((), duel.ROUNDS, True),
        (("--no-peers",), duel.ROUNDS, False),
    ],
)
@pytest.mark.usefixtures("made_up_limits")
def test_quick_means_fewer_rounds_and_no_peers_unless_they_are_asked_for(
    given: tuple[str, ...],
    rounds: int,
    peers: bool,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    asked: list[tuple[int, set[str]]] = []

    def sit(_asked: object, entries: list[Contender], _s: float, number: int, _p: object) -> object:
        asked.append((number, {one.kernel for one in entries}))
        return sitting(0.01, number, batched=1e5, jitted=2e5, floor=1.0)

    monkeypatch.setattr(experiment, "sit", sit)
    monkeypatch.setattr(noise, "announce", lambda: None)
    result = run("ladder", "--sizes", "3-3-1", *given, "--json", str(tmp_path / "r.jsonl"))
    assert result.returncode == 0, result.stderr
    ((number, names),) = asked
    assert number == rounds
    assert names >= set(LADDER)
    assert (PEERS[0] in names) == peers
    assert ("rougher" in result.stderr) == ("--quick" in given)
    assert f"rows are in {tmp_path}" in result.stderr
