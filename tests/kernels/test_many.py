"""Training of many networks at once: `kernels.train_many`."""

from __future__ import annotations

import itertools
import signal
import time
from collections.abc import Iterator
from typing import Any

import numpy as np
import pytest

import kernels
from kernels import Adam, Network, Training, train_many
from kernels.support import cores
from kernels.support.checks import Array
from tests.running import started

SIZES = (4, 6, 3)
ENDS = ("relu", "softmax")
RANDOM = np.random.default_rng(1)
X, LABELS = RANDOM.standard_normal((50, 4)), RANDOM.integers(0, 3, 50)
OPTIONS: dict[str, Any] = {"iterations": 6, "batch_size": 8, "optimizer": Adam(1e-2), "l2": 1e-3}


def starts(count: int, sizes: tuple[int, ...] = SIZES) -> Iterator[Network]:
    return (Network.centred(sizes, seed, ENDS) for seed in range(count))


def alone(network: Network, seed: int | None, kernel: str | None = None, **more: Any) -> Training:
    """Return what `train` gives for one network."""
    plan = kernels.plan(network, kernel, loss="log")
    return plan.train(X, LABELS, shuffle=seed, **OPTIONS | more)


def same(one: Training, other: Training) -> bool:
    pairs = ((one.network.theta, other.network.theta), (one.cost, other.cost))
    return all(a.tobytes() == b.tobytes() for a, b in (*pairs, (one.error, other.error)))


# --- results ------------------------------------------------------------------------------------


@pytest.mark.parametrize("threads", [1, 2, 5])
@pytest.mark.parametrize("kernel", ["specialized", "jitted", "batched"])
def test_each_result_has_the_bits_of_a_training_alone(kernel: str, threads: int) -> None:
    found = list(
        train_many(
            starts(40), X, LABELS, seeds=range(40), kernel=kernel, loss="log", threads=threads,
            **OPTIONS,
        )
    )  # fmt: skip
    assert len(found) == 40
    for seed, one in enumerate(found):
        assert same(one, alone(Network.centred(SIZES, seed, ENDS), seed, kernel))


def test_networks_of_several_sizes_and_shifts_may_be_mixed() -> None:
    shifted = [
        Network.centred((4, hidden, 3), hidden, ENDS, shift=np.full(4, hidden / 7.0))
        for hidden in range(2, 14)  # more than are kept
    ]
    mixed = [one for pair in zip(shifted, starts(12), strict=True) for one in pair]
    many = train_many(mixed * 2, X, LABELS, seeds=itertools.count(), loss="log", **OPTIONS)
    for seed, (network, one) in enumerate(zip(mixed * 2, many, strict=True)):
        assert same(one, alone(network, seed)), network


def test_the_article_s_descent_is_the_default() -> None:
    networks = [Network.random((4, 3, 1), seed) for seed in range(5)]
    Y = RANDOM.random((50, 1))
    for network, one in zip(networks, train_many(networks, X, Y, 20, 0.5), strict=True):
        assert same(one, kernels.plan(network).train(X, Y, 20, 0.5))
    assert len(next(train_many(networks[:1], X[:3], Y[:3])).cost) == 3000


@pytest.mark.parametrize("dtype", ["float64", "float32"])
def test_data_of_any_kind_are_taken(dtype: str) -> None:
    given = [X.tolist(), X.astype(np.float32), np.asfortranarray(X), X[::-1][::-1]]
    for one in given:
        found = next(train_many(starts(1), one, LABELS, loss="log", dtype=dtype, **OPTIONS))
        plan = kernels.plan(next(starts(1)), dtype=dtype, loss="log")
        assert same(found, plan.train(one, LABELS, **OPTIONS))


def test_one_order_may_be_for_all() -> None:
    order = np.array([RANDOM.permutation(50) for _ in range(6)])
    for shuffle in (7, order):
        found = train_many(starts(3), X, LABELS, shuffle=shuffle, loss="log", **OPTIONS)
        for network, one in zip(starts(3), found, strict=True):
            plan = kernels.plan(network, loss="log")
            assert same(one, plan.train(X, LABELS, shuffle=shuffle, **OPTIONS))


def test_no_networks_give_no_results() -> None:
    assert list(train_many([], X, LABELS)) == []


# --- memory, order, progress ----------------------------------------------------------------------


def test_networks_are_read_only_as_far_as_they_are_needed() -> None:
    read = 0

    def endless() -> Iterator[Network]:
        nonlocal read
        while True:
            read += 1
            yield Network.centred(SIZES, 0, ENDS)

    many = train_many(
        endless(), X, LABELS, loss="log", threads=2, seeds=itertools.count(), **OPTIONS
    )
    for given, _ in enumerate(itertools.islice(many, 500), start=1):
        assert read - given <= 2 * 2 * 64 + 64
    many.close()  # type: ignore[attr-defined]
    before = read
    time.sleep(0.05)
    assert read == before


def test_data_are_not_copied(monkeypatch: pytest.MonkeyPatch) -> None:
    taken: list[Array] = []
    kind = kernels.find("batched")
    inner = kind.train

    def train(self: Any, X: Array, Y: Array, *rest: Any, **more: Any) -> Training:
        taken.extend((X, Y))
        return inner(self, X, Y, *rest, **more)

    monkeypatch.setattr(kind, "train", train)
    Y = np.eye(3)[LABELS]
    list(train_many(starts(8), X, Y, 1, kernel="batched", threads=3))
    assert all(one is X or one is Y for one in taken)
    taken.clear()
    list(train_many(starts(8), X.tolist(), LABELS, 1, kernel="batched", threads=3))
    assert len({id(one) for one in taken}) == 2  # converted once for all threads


def test_progress_tells_each_result_in_order() -> None:
    told: list[tuple[int, float, float]] = []
    many = train_many(
        starts(30), X, LABELS, progress=lambda *one: told.append(one), loss="log", **OPTIONS
    )
    found = list(many)
    assert told == [(k, one.cost[-1], one.error[-1]) for k, one in enumerate(found, start=1)]
    told.clear()
    list(train_many(starts(1), X, LABELS, 0, progress=lambda *one: told.append(one), loss="log"))
    assert np.isnan(told[0][1:]).all()


def test_the_threads_are_as_many_as_asked_for(monkeypatch: pytest.MonkeyPatch) -> None:
    import threading

    names: set[str] = set()
    kind = kernels.find("batched")
    inner = kind.train

    def train(self: Any, *given: Any, **more: Any) -> Training:
        names.add(threading.current_thread().name)
        return inner(self, *given, **more)

    monkeypatch.setattr(kind, "train", train)
    for threads, most in ((1, 1), (3, 3), (None, cores.usable())):
        names.clear()
        list(train_many(starts(20), X, LABELS, 9, kernel="batched", loss="log", threads=threads))
        assert 1 <= len(names) <= most
    before = threading.active_count()
    list(train_many(starts(20), X, LABELS, 9, loss="log", threads=4))
    assert threading.active_count() == before


# --- ends -----------------------------------------------------------------------------------------


def test_results_before_an_error_are_handed_over_and_the_network_is_named() -> None:
    wrong = [*starts(5), Network.centred((5, 3), 0), *starts(5)]
    many = train_many(wrong, X, LABELS, 1, loss="log", threads=2)
    found = [next(many) for _ in range(5)]
    assert all(isinstance(one, Training) for one in found)
    with pytest.raises(ValueError, match="shape") as caught:
        next(many)
    assert caught.value.__notes__ == ["in the training of network 5, counted from 0"]
    assert list(many) == []


def test_an_error_of_the_iterator_comes_after_the_results_before_it() -> None:
    def broken() -> Iterator[Network]:
        yield from starts(7)
        raise OSError("no more")

    many = train_many(broken(), X, LABELS, 1, loss="log")
    assert len(list(itertools.islice(many, 7))) == 7
    with pytest.raises(OSError, match="no more"):
        next(many)


def test_a_diverging_training_warns() -> None:
    with pytest.warns(RuntimeWarning, match="diverged"):
        (one,) = train_many(starts(1), np.full((5, 4), np.nan), LABELS[:5], 3, loss="log")
    assert np.isnan(one.cost).all()


LONG = """
import sys, time
import numpy as np
import kernels
networks = [kernels.Network.random((64, 30, 10), seed) for seed in range(8)]
X, Y = np.zeros((1000, 64)), np.zeros((1000, 10))
many = kernels.train_many(networks, X, Y, 100_000, kernel=sys.argv[1], threads=2)
print("begun", flush=True)
try:
    next(many)
except KeyboardInterrupt:
    print("interrupted", flush=True)
"""


@pytest.mark.parametrize("kernel", ["specialized", "batched"])
def test_ctrl_c_ends_long_trainings(kernel: str) -> None:
    with started("-c", LONG, kernel) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == "begun\n"
        time.sleep(0.5)
        process.send_signal(signal.SIGINT)
        assert process.communicate(timeout=30)[0] == "interrupted\n"
    assert process.returncode == 0


def test_an_iterator_that_is_dropped_ends_its_trainings() -> None:
    many = train_many(starts(9), X, LABELS, 10_000_000, kernel="batched", loss="log", threads=2)
    short = train_many(starts(3), X, LABELS, 1, loss="log")
    next(short)
    del short

    def interrupt(*_: Any) -> None:
        raise TimeoutError

    # a generator that waits can only be ended from inside: by its progress, or by a signal
    before = signal.signal(signal.SIGALRM, interrupt)
    try:
        signal.setitimer(signal.ITIMER_REAL, 0.3)
        with pytest.raises(TimeoutError):
            next(many)
    finally:
        signal.signal(signal.SIGALRM, before)


# --- arguments ----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("more", "error", "text"),
    [
        ({"networks": Network.random((4, 3), 0)}, TypeError, "an iterable of kernels.Network"),
        ({"networks": 3}, TypeError, "an iterable of kernels.Network, got int"),
        ({"seeds": 3}, TypeError, "seeds must be an iterable"),
        ({"seeds": "123"}, TypeError, "seeds must be an iterable"),
        ({"seeds": [1], "shuffle": 1}, ValueError, "not both"),
        ({"shuffle": np.random.default_rng(0)}, TypeError, "give seeds"),
        ({"threads": 0}, ValueError, "threads must be at least 1"),
        ({"threads": 1.5}, TypeError, "threads must be an integer"),
        ({"kernel": "specialised"}, ValueError, "is specialized meant"),
        ({"dtype": "float16"}, ValueError, "dtype must be"),
    ],
)
def test_wrong_arguments_are_refused_at_once(
    more: dict[str, Any], error: type[Exception], text: str
) -> None:
    given: dict[str, Any] = {"networks": starts(2), "X": X, "Y": LABELS} | more
    with pytest.raises(error, match=text):
        train_many(**given)


@pytest.mark.parametrize(
    ("more", "error", "text"),
    [
        ({"seeds": [0]}, ValueError, "network 1, counted from 0, has no seed"),
        ({"seeds": [0.5, 1]}, TypeError, "a seed must be an integer"),
        ({"networks": [SIZES]}, TypeError, "networks must hold kernels.Network, got tuple"),
        ({"optimizer": "adam"}, TypeError, "optimizer must be"),
        ({"iterations": -1}, ValueError, "iterations"),
        ({"loss": "hinge"}, ValueError, "loss"),
        ({"kernel": "onnx-runtime"}, (ValueError, ImportError), "onnx"),
        ({"X": X[:0], "Y": LABELS[:0]}, ValueError, "one sample or more"),
        ({"Y": LABELS + 1}, ValueError, "classes from 0 to 2"),
    ],
)
def test_wrong_arguments_of_a_training_are_refused_there(
    more: dict[str, Any], error: Any, text: str
) -> None:
    given: dict[str, Any] = {"networks": starts(2), "X": X, "Y": LABELS, "loss": "log"}
    given |= {"iterations": 2} | more
    with pytest.raises(error, match=text):
        list(train_many(**given))
