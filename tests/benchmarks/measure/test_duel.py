"""Duels: their statistics, their order, and what happens to contenders that fail."""

from __future__ import annotations

import itertools
import math
import os
import signal
import sys
from collections import Counter
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

import kernels
from benchmarks.measure import contenders, duel, portion, timing, verdicts, worker
from benchmarks.measure.contenders import Contender, ContenderError, Process
from benchmarks.measure.environment import ROOT
from benchmarks.measure.question import Question
from tests.wrong_kernels import SPOIL_VECTORIZED

QUESTION = Question((3, 3, 1), "forward", rows=1)


def sit(*names: str, asked: Question = QUESTION, rounds: int = 2, **options: Any) -> duel.Sitting:
    entries = [Contender(name) for name in names]
    return duel.sit(asked, entries, 0.1, rounds, quiet=False, **options)


def test_the_ratio_is_taken_within_each_round() -> None:
    """A round in which the machine is 10 times slower does not widen the ratio's interval."""
    sitting = duel.Sitting(
        logs={"a": [0.0, 2.3, 0.1, 1.0], "b": [0.101, 2.4, 0.2, 1.1]},
    )
    ratio = sitting.ratio("b", "a")
    assert ratio.low < math.exp(0.10025) < ratio.high
    assert ratio.high / ratio.low < 1.01
    assert duel.verdict(ratio) == verdicts.SLOWER
    assert duel.verdict(sitting.ratio("a", "b")) == verdicts.FASTER


def test_samples_of_quiet_moments_stand_for_a_process() -> None:
    samples = duel.Samples()
    for ns in (20.0, 18.0, 19.0):
        samples.add(ns, quiet=False)
    assert (samples.ns, samples.enough) == (18, False)
    for ns in (10.0, 12.0, 11.0):
        samples.add(ns, quiet=True)
    assert samples.ns == pytest.approx(10.1)  # a twentieth of the way from 10 to 12
    assert not samples.enough
    for _ in range(2):
        samples.add(11.0, quiet=True)
    assert samples.enough
    long = duel.Samples(other=[5e6])
    assert (long.ns, long.enough) == (5e6, True)


def test_one_process_gives_no_verdict() -> None:
    sitting = duel.Sitting(logs={"a": [0.0], "b": [1.0]})
    assert duel.verdict(sitting.ratio("b", "a")) == verdicts.UNCERTAIN


def test_every_contender_takes_every_position_equally_often() -> None:
    turns = list(itertools.islice(duel.orders(list("abcd")), 8))
    for one in "abcd":
        assert Counter(turn.index(one) for turn in turns) == {0: 2, 1: 2, 2: 2, 3: 2}
    for forth, back in zip(turns[::2], turns[1::2], strict=True):
        assert forth == back[::-1]


def test_a_slowed_copy_makes_the_stated_share_of_extra_calls() -> None:
    calls = 0

    def count() -> None:
        nonlocal calls
        calls += 1

    for percent in (1.0, 5.0, 10.0):
        loop = worker.samples_of(timing.Call(count), 1.0, percent)
        calls = 0
        loop()
        slowed = calls
        plain = round(slowed / (1 + percent / 100))
        assert slowed == round(plain * (1 + percent / 100))
        assert slowed > plain >= 100 / percent


def test_the_quickest_kernels_get_loops_of_a_millisecond() -> None:
    calls = 0

    def count() -> None:
        nonlocal calls
        calls += 1

    loop = worker.samples_of(timing.Call(count))
    calls = 0
    per_call = loop()
    assert calls > 1000
    assert per_call > 0


def test_the_environment_limits_threads_and_varies_the_hash_seed() -> None:
    limits = contenders.thread_limits(3)
    assert {limits[name] for name in limits if name.endswith("NUM_THREADS")} == {"3"}
    assert len({contenders.hash_seed()["PYTHONHASHSEED"] for _ in range(20)}) > 10


@pytest.mark.usefixtures("quick_duels")
def test_contenders_do_not_find_what_others_compiled(monkeypatch: pytest.MonkeyPatch) -> None:
    """A kernel and its slowed copy compile the same code: both builds of the first round are cold.

    In the next round each has what it compiled itself.
    """
    folders: list[tuple[str, str | None]] = []

    start = vars(duel)["Process"]

    def recorded(contender: Contender, cache: str | None, **others: Any) -> Any:
        folders.append((contender.label, cache))
        return start(contender, cache=cache, **others)

    monkeypatch.setattr(duel, "Process", recorded)
    entries = [Contender("batched"), Contender("batched", 20.0, "slowed")]
    duel.sit(QUESTION, entries, 0.1, 2, quiet=False)
    assert [label for label, _ in folders] == ["batched", "slowed"] * 2
    assert folders[:2] == folders[2:]
    assert folders[0][1] != folders[1][1]


def test_the_floor_is_called_with_the_arguments_of_the_operation(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    calls: list[timing.Call] = []
    monkeypatch.setattr(worker, "samples_of", calls.append)
    for operation, count in (("forward", 2), ("forward_batch", 2), ("gradient", 3), ("train", 4)):
        asked = replace(QUESTION, operation=operation)
        worker.prepare(asked, "floor")
        plan = kernels.plan(asked.workload.network, "vectorized")
        call = portion.make_call(plan, operation, *asked.workload.samples, 1, asked.alpha)
        assert len(calls[-1].arguments) == len(call.arguments) == count
        assert calls[-1].function(*calls[-1].arguments) is None


def test_a_sitting_times_every_contender(monkeypatch: pytest.MonkeyPatch) -> None:
    """Each keeps its code in a folder of its own, so that the first build is cold."""
    compiled: dict[str, set[str]] = {}

    class Watched(Process):
        def __init__(self, contender: Contender, cache: str, **others: Any) -> None:
            self.cache = Path(cache)
            super().__init__(contender, cache=cache, **others)

        def close(self) -> None:
            compiled[self.kernel] = {path.suffix for path in self.cache.rglob("*")}
            super().close()

    monkeypatch.setattr(duel, "Process", Watched)
    sitting = sit("specialized", "jitted", "floor")
    rounds = {label: len(logs) for label, logs in sitting.logs.items()}
    assert rounds == {"specialized": 2, "jitted": 2, "floor": 2}
    assert not sitting.failures
    for label, suffix in (("specialized", ".code"), ("jitted", ".nbc")):
        assert sitting.time_ns(label).value > 0
        assert sitting.facts[label][0]["error"] < 1e-12
        assert sitting.facts[label][0]["build_seconds"] > 0
        assert suffix in compiled[label]


def test_a_wrong_kernel_gets_no_time(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "sitecustomize.py").write_text(SPOIL_VECTORIZED)
    monkeypatch.setenv("PYTHONPATH", os.pathsep.join((str(tmp_path), str(ROOT))))
    sitting = sit("vectorized", "batched", rounds=1)
    assert sitting.failures["vectorized"][0] == "wrong"
    assert "allowed" in sitting.failures["vectorized"][1]
    assert list(sitting.logs) == ["batched"]


def test_a_peer_without_its_package_is_missing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(
        contenders, "interpreters", lambda: {"jax": None, "batched": Path(sys.executable)}
    )
    sitting = sit("jax", "batched", rounds=1)
    assert sitting.failures["jax"] in (("missing", "jax is not installed"), ("missing", ""))
    assert list(sitting.logs) == ["batched"]


def test_what_installing_a_peer_would_not_help_is_not_called_missing(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(
        contenders,
        "interpreters",
        lambda: dict.fromkeys(("tensorflow", "onnx-runtime", "litert")),
    )
    asked = Question((3, 4, 2), "forward", 1, ("relu", "softmax"))
    refused = Question((3, 4, 2), "forward", 1, ("elu", "exp"), dtype="float32")
    offered, why = contenders.lacking("litert", refused)
    assert (offered, "is not offered by kernel litert" in why) == ("not offered", True)
    assert contenders.lacking("onnx-runtime", asked)[0] == "missing"
    single = Question((3, 4, 2), "forward", 1, ("gelu", "softmax"))
    offered, why = contenders.lacking("onnx-runtime", single)
    assert (offered, "in float64 is not offered" in why) == ("not offered", True)
    assert contenders.lacking("onnx-runtime", replace(single, dtype="float32"))[0] == "missing"
    assert contenders.lacking("tensorflow", Question((3, 4, 2), "forward", 1))[0] == "missing"


def test_a_worker_that_dies_or_hangs_does_not_stop_the_others(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(contenders, "ANSWER_SECONDS", 1.0)
    sample = Process.sample
    strikes = {"looped": signal.SIGKILL, "vectorized": signal.SIGSTOP}

    def strike(self: Process) -> tuple[float, bool]:
        if self.kernel in strikes:
            os.kill(self._process.pid, strikes[self.kernel])
        return sample(self)

    monkeypatch.setattr(Process, "sample", strike)
    sitting = sit("looped", "vectorized", "batched")
    states = {label: state for label, (state, _) in sitting.failures.items()}
    assert states == {"looped": "crashed", "vectorized": "hung"}
    assert list(sitting.logs) == ["batched"]
    assert len(sitting.logs["batched"]) == 2


def test_a_crash_is_reported_with_the_last_line_of_the_process(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "sitecustomize.py").write_text(
        "import os; print('boom', file=__import__('sys').stderr); os._exit(7)"
    )
    monkeypatch.setenv("PYTHONPATH", os.pathsep.join((str(tmp_path), str(ROOT))))
    process = Process(Contender("batched"), QUESTION)
    try:
        with pytest.raises(ContenderError, match="status 7: boom") as caught:
            process.ready()
    finally:
        process.close()
    assert caught.value.state == "crashed"


@pytest.mark.usefixtures("quick_duels")
def test_an_interrupted_sitting_keeps_its_finished_rounds() -> None:
    def interrupt(_what: str, done: int) -> None:
        if done == 1:
            raise KeyboardInterrupt

    sitting = sit("batched", rounds=4, progress=interrupt)
    assert sitting.interrupted
    assert len(sitting.logs["batched"]) == 1


def test_two_contenders_of_one_name_are_refused() -> None:
    with pytest.raises(ValueError, match="same name"):
        sit("batched", "batched")


def test_every_kernel_is_looked_for_in_every_environment() -> None:
    found = contenders.interpreters()
    assert set(found) == set(kernels.names())
    assert found["looped"] == Path(sys.executable)


@pytest.mark.usefixtures("quick_duels")
def test_a_beaten_contender_has_no_further_rounds() -> None:
    result = sit("vectorized", "batched", rounds=3, beaten=lambda _: ["batched"])
    rounds = {label: len(logs) for label, logs in result.logs.items()}
    assert rounds == {"vectorized": 3, "batched": 1}
    assert result.rounds == 3
    assert not result.failures
    ratio = result.ratio("batched", "vectorized")
    assert ratio.value == pytest.approx(
        math.exp(result.logs["batched"][0] - result.logs["vectorized"][0])
    )
    assert duel.verdict(ratio) == verdicts.UNCERTAIN


@pytest.mark.parametrize("operation", ["forward_batch", "gradient", "train"])
def test_every_operation_can_be_asked_for(operation: str) -> None:
    asked = Question((3, 4, 2), operation, rows=5, dtype="float32")
    assert worker.prepare(asked, "looped")[0]() > 0
    sitting = sit("batched", "scikit-learn", asked=asked, rounds=1)
    assert "batched" in sitting.logs
    facts = sitting.facts.get("scikit-learn", [{}])[0]
    assert facts.get("other_loss") == ("the log-loss" if operation == "train" else None)
    if operation == "gradient":
        state, reason = sitting.failures["scikit-learn"]
        assert (state, reason) == (
            "not offered",
            f"{operation} is not offered by kernel scikit-learn",
        )


def test_the_first_call_of_all_is_part_of_the_first_seconds(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """A library that compiles when it is first called does so within them."""
    running: list[bool] = []
    timed: list[bool] = []
    make_call = portion.make_call

    def stopwatch(function: Any) -> tuple[float, Any]:
        running.append(True)
        result = function()
        running.pop()
        return 7e9, result

    def watched(*arguments: Any) -> timing.Call:
        timed.append(bool(running))
        return make_call(*arguments)

    monkeypatch.setattr(worker, "stopwatch", stopwatch)
    monkeypatch.setattr(portion, "make_call", watched)
    _, facts = worker.prepare(QUESTION, "vectorized")
    assert timed[0]
    assert facts["first_seconds"] == 7
