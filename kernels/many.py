"""Training of many networks on the same data, each on one thread, as many at once as asked for.

A thread has a plan of its own for each architecture, and gives it the parameters of one network
after the other. So a result is what `Plan.train` returns, bit by bit, and nothing is compiled or
converted twice. Compiled passes release Python's lock, so the threads compute at the same time; a
kernel in Python gives the same results without a gain.

Networks come from an iterator and results leave by one. Only a few networks a thread are on their
way at any time, so a million of them need no more memory than ten.
"""

from __future__ import annotations

import itertools
import math
import threading
import time
from collections import OrderedDict, deque
from collections.abc import Callable, Iterable, Iterator
from typing import Any, NamedTuple, TypeVar

import numpy as np

import kernels
from kernels.interface import USUAL_ALPHA, Plan
from kernels.network import Network
from kernels.pace import grown
from kernels.parts.optimizer import Optimizer
from kernels.results import Training
from kernels.support import checks, cores
from kernels.trainer import Progress

PART_SECONDS = 0.02
"""The duration of the work that a thread takes at once, approximately: long beside handing it over.
"""
MOST_AT_ONCE = 64
"""Networks that a thread takes at once, at most."""
KEPT = 8
"""Architectures whose plans and converted data are kept; the least recently used goes first."""

Key = tuple[Any, ...]
Found = TypeVar("Found")


class Item(NamedTuple):
    """A network to train: its number, counted from 0, and the order of its samples."""

    number: int
    network: Network
    shuffle: Any


class Done(NamedTuple):
    """What became of some networks: their trainings, the first error, and the duration."""

    trainings: list[Training]
    error: BaseException | None
    seconds: float


class StoppedError(Exception):
    """Raised inside a training to end it, after Ctrl-C or when nobody asks for results any more."""


class Cache(OrderedDict[Key, Found]):
    """The `KEPT` values that were used last."""

    def get_or_make(self, key: Key, make: Callable[[], Found]) -> Found:
        """The value of this key, made now if it is not there."""
        if key not in self:
            self[key] = make()
            if len(self) > KEPT:
                self.popitem(last=False)
        self.move_to_end(key)
        return self[key]


class Crew:
    """What the threads of one `train_many` share.

    Parameters
    ----------
    plan : makes the plan of a network
    X, Y : the data, as `Plan.train` takes them
    options : the other arguments of `Plan.train`
    """

    def __init__(
        self, plan: Callable[[Network], Plan], X: Any, Y: Any, options: dict[str, Any]
    ) -> None:
        self.stopped = threading.Event()
        self._plan, self._data, self._options = plan, (X, Y), options
        self._own = threading.local()
        self._ready: Cache[tuple[Any, Any]] = Cache()
        self._lock = threading.Lock()

    def train(self, items: list[Item]) -> Done:
        """Train these networks one after the other, until one fails."""
        start, found = time.perf_counter(), []
        for item in items:
            try:
                found.append(self._trained(item))
            except BaseException as error:
                error.add_note(f"in the training of network {item.number}, counted from 0")
                return Done(found, error, time.perf_counter() - start)
        return Done(found, None, time.perf_counter() - start)

    def _trained(self, item: Item) -> Training:
        self._go_on()
        network = item.network
        if not isinstance(network, Network):
            raise TypeError(f"networks must hold kernels.Network, got {type(network).__name__}")
        shift = None if network.shift is None else network.shift.tobytes()
        key = (network.sizes, network.activations, shift)
        plans: Cache[Plan] = self._own.__dict__.setdefault("plans", Cache())
        plan = plans.get_or_make(key, lambda: self._plan(network))
        with self._lock:
            X, Y = self._ready.get_or_make(key, lambda: self._converted(plan))
        plan.update(network.theta)
        return plan.train(X, Y, **self._options, shuffle=item.shuffle, progress=self._go_on)

    def _converted(self, plan: Plan) -> tuple[Any, Any]:
        """The data as the plan takes them without a copy; with a shift, as they are."""
        plan._require("train")
        X, Y = plan._inputs.pair(*self._data, "train")
        return self._data if plan._inputs.shift is not None else (X, Y)

    def _go_on(self, *_: Any) -> None:
        if self.stopped.is_set():
            raise StoppedError


def train_many(
    networks: Iterable[Network],
    X: Any,
    Y: Any,
    iterations: int = 3000,
    alpha: float = USUAL_ALPHA,
    progress: Progress | None = None,
    *,
    batch_size: int | None = None,
    optimizer: Optimizer | None = None,
    l2: float = 0.0,
    shuffle: Any = None,
    seeds: Iterable[int] | None = None,
    kernel: str | type[Plan] | None = None,
    dtype: Any = "float64",
    loss: str = "squared",
    threads: int | None = None,
) -> Iterator[Training]:
    """Train many networks on the same data, on every core.

    Each result has the bits that `Plan.train` gives for that network, whatever the threads are and
    however many networks there are.

    Parameters
    ----------
    networks : the networks to start from, of any sizes that fit the data; an iterator is read only
        as far as threads need more work
    X, Y, iterations, alpha, batch_size, optimizer, l2 : as for `Plan.train`
    progress : called when a result is handed over, with the number of results so far, and the last
        cost and error of this one (NaN without iterations)
    shuffle : as for `Plan.train`, the same for every network; a Generator or RandomState, which
        would go on from network to network, is refused
    seeds : instead of `shuffle`, one seed for each network: the `shuffle` of its training. More
        than there are networks, as `itertools.count()` has, are left over.
    kernel, dtype, loss : as for `kernels.plan`
    threads : networks that are trained at once, each on one thread; None: one for each core that
        this process may use

    Returns
    -------
    iterator of Training
        In the order of the networks. Work begins with the first `next`. Ctrl-C, or the end of the
        iterator before its last result, ends what is being computed within a fraction of a second.

    Raises
    ------
    TypeError, ValueError
        At once, for arguments of its own; as the iterator comes to a network, what `kernels.plan`
        and `Plan.train` raise for it, with a note that says which network it is. The results before
        it are handed over first.
    """
    if isinstance(networks, Network) or not isinstance(networks, Iterable):
        raise TypeError(
            f"networks must be an iterable of kernels.Network, got {type(networks).__name__}"
        )
    if seeds is not None and shuffle is not None:
        raise ValueError("give shuffle, for all networks, or seeds, one for each, not both")
    if isinstance(shuffle, np.random.Generator | np.random.RandomState):
        raise TypeError(f"shuffle must not be a {type(shuffle).__name__}: give seeds")
    if seeds is not None and (isinstance(seeds, str) or not isinstance(seeds, Iterable)):
        raise TypeError(f"seeds must be an iterable of integers, got {seeds!r}")
    count = cores.usable() if threads is None else checks.integer(threads, "threads", minimum=1)
    if not (isinstance(kernel, type) or kernel is None):
        kernels.find(kernel)
    checks.dtype(dtype)

    def plan(network: Network) -> Plan:
        return kernels.plan(network, kernel, dtype, operations=("train",), loss=loss)

    options = {
        "iterations": iterations,
        "alpha": alpha,
        "batch_size": batch_size,
        "optimizer": optimizer,
        "l2": l2,
    }
    items = itemised(networks, shuffle, seeds)
    return results(Crew(plan, X, Y, options), items, count, progress)


def itemised(
    networks: Iterable[Network], shuffle: Any, seeds: Iterable[int] | None
) -> Iterator[Item]:
    """The networks with their numbers and seeds; ValueError if there are too few seeds."""
    given = None if seeds is None else iter(seeds)
    for index, network in enumerate(networks):
        if given is None:
            yield Item(index, network, shuffle)
            continue
        try:
            seed = next(given)
        except StopIteration:
            raise ValueError(f"network {index}, counted from 0, has no seed") from None
        yield Item(index, network, checks.integer(seed, "a seed", minimum=0))


def results(
    crew: Crew, items: Iterator[Item], threads: int, progress: Progress | None
) -> Iterator[Training]:
    """Trainings in the order of the items, of which a few a thread are on their way."""
    from concurrent.futures import Future, ThreadPoolExecutor

    pool = ThreadPoolExecutor(threads, "train_many")
    waiting: deque[Future[Done]] = deque()
    size, given, failure = 1, 0, None
    try:
        while True:
            while len(waiting) < 2 * threads and failure is None:
                some, failure = taken(items, size)
                if not some:
                    break
                waiting.append(pool.submit(crew.train, some))
            if not waiting:
                break
            done = waiting.popleft().result()
            for training in done.trainings:
                given += 1
                if progress is not None:
                    progress(given, *last(training))
                yield training
            if done.error is not None:
                raise done.error
            count = len(done.trainings)
            size = min(MOST_AT_ONCE, grown(count, done.seconds, most=4, part=PART_SECONDS))
        if failure is not None:
            raise failure
    finally:
        crew.stopped.set()
        pool.shutdown(wait=True, cancel_futures=True)


def taken(items: Iterator[Item], most: int) -> tuple[list[Item], BaseException | None]:
    """The next items, at most so many, and what their iterator raised."""
    found: list[Item] = []
    try:
        for item in itertools.islice(items, most):
            found.append(item)  # noqa: PERF402  # what came before an error is kept
    except Exception as error:
        return found, error
    return found, None


def last(training: Training) -> tuple[float, float]:
    """The last cost and error of a training."""
    if not len(training.cost):
        return math.nan, math.nan
    return float(training.cost[-1]), float(training.error[-1])
