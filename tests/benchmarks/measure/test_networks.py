"""Networks asked for by options, or as files: what fits is taken, what does not is explained."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from benchmarks.measure import networks, worker
from benchmarks.measure.contenders import Contender, ContenderError, Process
from benchmarks.measure.networks import Asked, Options, asked_for
from benchmarks.measure.question import Question
from benchmarks.measure.sizes import Named
from kernels import Network

RELU = ("relu", "relu", "softmax")


def options(*sizes: str, **more: Any) -> Options:
    return Options(sizes or ("24-64-64-4",), **more)


@pytest.mark.parametrize(
    ("asked", "named"),
    [
        (options(), Named((24, 64, 64, 4))),
        (options(loss="log"), Named((24, 64, 64, 4), None, "log")),
        (options(activations="relu,relu,softmax"), Named((24, 64, 64, 4), RELU)),
        (options(activations="relu, relu ,softmax"), Named((24, 64, 64, 4), RELU)),
        (options(activations="relu", output="softmax"), Named((24, 64, 64, 4), RELU)),
        (options(activations="relu,relu", output="softmax"), Named((24, 64, 64, 4), RELU)),
        (options(activations="relu,tanh", output="identity"),
         Named((24, 64, 64, 4), ("relu", "tanh", "identity"))),
        (options(activations="tanh"), Named((24, 64, 64, 4), ("tanh", "tanh", "logistic"))),
        (options(output="softmax"), Named((24, 64, 64, 4), ("logistic", "logistic", "softmax"))),
        (options(activations="logistic", output="logistic"), Named((24, 64, 64, 4))),
        (options(activations="relu", output="softmax", loss="log"),
         Named((24, 64, 64, 4), RELU, "log")),
        (options(activations="relu", output="softmax", loss="squared"),
         Named((24, 64, 64, 4), RELU)),
        (options("24-64-64-4-relu-softmax", loss="log"), Named((24, 64, 64, 4), RELU, "log")),
        (options("24-64-64-4-log", activations="relu", output="softmax"),
         Named((24, 64, 64, 4), RELU, "log")),
        (options("24-8-2", activations="tanh,identity"), Named((24, 8, 2), ("tanh", "identity"))),
        (options("5-2", activations="identity"), Named((5, 2), ("identity",))),
        (options("5-2", output="softmax"), Named((5, 2), ("softmax",))),
    ],
)  # fmt: skip
def test_options_name_the_activations_of_every_layer(asked: Options, named: Named) -> None:
    assert asked_for(asked) == [Asked(named)]


def test_options_hold_for_every_network() -> None:
    found = asked_for(options("3-3-1", "3-4-5-1", activations="relu", output="identity"))
    assert [one.named.activations for one in found] == [
        ("relu", "identity"),
        ("relu", "relu", "identity"),
    ]


@pytest.mark.parametrize(
    ("asked", "message"),
    [
        (Options(), "no network is named: give --sizes, such as 24-64-64-4, or --network FILE"),
        (Options(activations="relu"), "no network is named"),
        (options(activations="nope", output="softmax"), "hidden layer has one of logistic, "),
        (options(activations="softmax"), "hidden layer has one of .*that is for the output layer"),
        (options(output="nope"), "output layer has one of logistic, "),
        (options(activations="relu,,softmax"), "hidden layer has one of"),
        (options(activations=""), "hidden layer has one of"),
        (options(loss="nope"), "loss is one of squared, "),
        (options(loss="mse"), "that is called squared here"),
        (options(activations="relu", output="identity", loss="log"), "log-loss needs .*softmax"),
        (options(activations="relu,relu"),
         "relu,relu does not fit 24-64-64-4: it takes 3, one for each layer after the inputs, or 1 "
         "for all hidden layers$"),
        (options(activations="relu,relu,relu,softmax"), "does not fit 24-64-64-4: it takes 3"),
        (options(activations="relu,relu,softmax", output="softmax"),
         "it takes 2, one for each hidden layer, or 1 for all hidden layers beside --output"),
        (options("5-2", activations="relu", output="softmax"), "5-2: it takes none beside --out"),
        (options("5-2", activations="relu,softmax"), "5-2: it takes 1, one for each layer"),
        (options("5-4-2", activations="relu,tanh", output="softmax"),
         "5-4-2: it takes 1 for all hidden layers beside --output"),
        (options("24-64-64-4-relu-softmax", activations="tanh"), "leave --activations and"),
        (options("24-64-64-4-relu-softmax", output="identity"), "already names its activations"),
        (options("3-3-1-log", loss="squared"), "already names its loss: leave --loss"),
        (options("3-x"), "networks are written like"),
        (Options(sizes=("3-1",), files=(Path("x.npz"),)), "leave --sizes out, or --network"),
        (Options(activations="relu", output="identity", files=(Path("x.npz"),)),
         "leave --activations and --output out, or --network"),
    ],
)  # fmt: skip
def test_options_that_do_not_fit_are_explained(asked: Options, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        asked_for(asked)


def saved(path: Path, **more: Any) -> Network:
    usual: dict[str, Any] = {"sizes": (5, 4, 3), "seed": 3, "activations": ("relu", "softmax")}
    network = Network.centred(**usual | more)
    network.save(path)
    return network


def test_a_file_has_its_own_weights_and_activations(tmp_path: Path) -> None:
    network = saved(tmp_path / "a.npz")
    (one,) = asked_for(Options(files=[tmp_path / "a.npz"], loss="log"))
    assert one.named == Named((5, 4, 3), ("relu", "softmax"), "log")
    assert one.file == str(tmp_path / "a.npz")
    assert one.weights == networks.digest(network)
    assert networks.load(one.file, networks.digest(network)) == network


def test_weights_are_told_apart_by_their_digest_not_by_their_file(tmp_path: Path) -> None:
    shifted = {"shift": [1.0, 0, 0, 0, 0]}
    cases: list[dict[str, Any]] = [{}, {"seed": 4}, shifted, {"shift": [0, 1.0, 0, 0, 0]}]
    digests = []
    for number, more in enumerate(cases):
        saved(tmp_path / f"{number}.npz", **more)
        saved(tmp_path / f"again-{number}.npz", **more)
        files = [tmp_path / f"{number}.npz", tmp_path / f"again-{number}.npz"]
        one, again = asked_for(Options(files=files))
        assert one.weights == again.weights
        digests.append(one.weights)
    assert len(set(digests)) == len(cases)
    assert all(len(str(one)) == 12 for one in digests)


def test_a_file_that_holds_no_network_is_explained(tmp_path: Path) -> None:
    network = saved(tmp_path / "right.npz")
    (tmp_path / "text.npz").write_text("text")
    with pytest.raises(ValueError, match=r"does not hold a network: it is no \.npz file"):
        asked_for(Options(files=[tmp_path / "text.npz"]))
    with pytest.raises(FileNotFoundError):
        asked_for(Options(files=[tmp_path / "missing.npz"]))
    theta = network.theta.copy()
    theta[3] = np.nan
    with np.load(tmp_path / "right.npz") as archive:
        np.savez(tmp_path / "nan.npz", **{**archive, "theta": theta})
    with pytest.raises(ValueError, match=r"nan\.npz does not hold a network: .*finite"):
        asked_for(Options(files=[tmp_path / "nan.npz"]))
    saved(tmp_path / "identity.npz", activations=("relu", "identity"))
    with pytest.raises(ValueError, match=r"log-loss needs .*softmax"):
        asked_for(Options(files=[tmp_path / "identity.npz"], loss="log"))


def question(path: Path, operation: str, **more: Any) -> Question:
    (one,) = asked_for(Options(files=[path]))
    sizes, activations, _ = one.named
    return Question(
        sizes, operation, 1, activations, weights=one.weights, file=one.file, **more
    )  # fmt: skip


@pytest.mark.parametrize("operation", ["forward", "gradient"])
def test_a_worker_times_the_weights_of_the_file(operation: str, tmp_path: Path) -> None:
    network = saved(tmp_path / "a.npz")
    asked = question(tmp_path / "a.npz", operation)
    plan = worker.plan_for(asked, "batched")
    assert plan.network == network
    process = Process(Contender("batched"), asked, quiet=False)
    try:
        assert process.ready()["error"] < 1e-12
        assert process.sample()[0] > 0
    finally:
        process.close()


def test_a_file_that_changed_is_not_timed(tmp_path: Path) -> None:
    saved(tmp_path / "a.npz")
    asked = question(tmp_path / "a.npz", "forward")
    saved(tmp_path / "a.npz", seed=4)
    process = Process(Contender("batched"), asked, quiet=False)
    try:
        with pytest.raises(ContenderError, match=r"a\.npz has other weights than it had at first"):
            process.ready()
    finally:
        process.close()


def test_a_network_of_a_stored_row_is_known_by_its_digest_alone(tmp_path: Path) -> None:
    saved(tmp_path / "a.npz")
    asked = question(tmp_path / "a.npz", "forward")
    found = Question.of_row(asked.columns())
    assert found == asked
    assert found.file is None
    with pytest.raises(ValueError, match=f"the file of the weights {asked.weights} is not known"):
        _ = found.network


@pytest.mark.parametrize("dtype", ["float64", "float32"])
def test_samples_lie_around_a_network_s_shift(dtype: str, tmp_path: Path) -> None:
    """Rounded to float32 they would all be the same."""
    shift = [3e8, 0.0, -3e8, 1.0, 0.0]
    network = saved(tmp_path / "a.npz", shift=shift)
    asked = question(tmp_path / "a.npz", "gradient", dtype=dtype)
    X, Y = asked.samples(network)
    assert (X.dtype.name, Y.dtype.name) == ("float64", dtype)
    assert ((X - shift >= 0) & (X - shift <= 1)).all()
    sample, facts = worker.prepare(asked, "batched")
    assert facts["error"] < 1e-5
    assert sample() > 0
    plain, _ = Question((5, 4, 3), "gradient", 2, dtype=dtype).samples(Network.random((5, 4, 3)))
    assert plain.dtype.name == dtype
