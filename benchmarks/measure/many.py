"""What `python -m benchmarks many` times: trainings of many networks on the same data.

Everything from the networks and their seeds to the trained parameters is timed, the drawing of
random orders included: each contender draws them as its users do. So JAX's orders are others; its
networks are compared with trainings alone in just these orders.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from functools import partial
from itertools import islice
from typing import Any, ClassVar

import numpy as np

import kernels
from benchmarks.measure import choices, fits
from benchmarks.measure.arrays import Array
from benchmarks.measure.environment import limit_blas
from benchmarks.measure.serving_question import Served
from benchmarks.measure.timing import Call, stopwatch
from kernels import Adam, Network
from kernels.parts.losses.log import PART as LOG
from kernels.passes import SUMS
from kernels.proof import gate
from kernels.rates import rates
from kernels.support import checks

MANY, LOOP, VMAP = "train_many", "train", "jax"
CONTENDERS = {
    MANY: "kernels.train_many",
    LOOP: "plan.update and plan.train in a loop",
    VMAP: "JAX's vmap over the networks",
}
"""The contenders, by the kernel or function that does the work."""
CHECKED = 20
"""Networks whose weights are compared with those of trainings alone."""
TOLERANCE = 1e-6
"""The largest distance of JAX's weights from those of Adam in JAX's form."""
BATCH = 32
"""Samples of a step."""


@dataclass(frozen=True)
class Task:
    """Many trainings of one network, from seeds 0, 1, 2 ...

    Parameters
    ----------
    count : networks
    data : a data set of scikit-learn, whose columns are scaled
    sizes : nodes per layer; hidden layers are relu, the outputs softmax
    passes : over the samples
    is_shuffled : each pass takes the samples in a random order; False: as they lie
    """

    count: int
    data: str
    sizes: tuple[int, ...]
    passes: int
    is_shuffled: bool = True

    @property
    def what(self) -> str:
        """The task in words."""
        name = "-".join(map(str, self.sizes))
        order = "" if self.is_shuffled else " without shuffling"
        return f"{self.count} networks {name} on {self.data}, {self.passes} passes{order}"

    def seeds(self) -> Iterable[int | None]:
        """What each training is shuffled by."""
        return range(self.count) if self.is_shuffled else [None] * self.count

    def starts(self) -> list[Network]:
        """The networks before the training."""
        names = ("relu",) * (len(self.sizes) - 2) + ("softmax",)
        return [Network.centred(self.sizes, seed, names) for seed in range(self.count)]

    def samples(self) -> tuple[Array, Array]:
        """The samples (m, s_1) and their classes (m,)."""
        return fits.samples(self.data)


TASKS = {
    "iris": Task(1000, "iris", (4, 16, 3), 50),
    "iris-in-order": Task(1000, "iris", (4, 16, 3), 50, is_shuffled=False),
    "digits": Task(100, "digits", (64, 30, 10), 10),
}
"""The tasks, by name."""


@dataclass(frozen=True)
class ManyQuestion(Served):
    """The time of a whole task.

    Parameters
    ----------
    task : one of `TASKS`
    threads : networks that are trained at once

    Raises ValueError if there is no such task.
    """

    task: str
    threads: int = 2  # type: ignore[misc]
    rows: None = None

    operation: ClassVar[str] = MANY

    def __post_init__(self) -> None:
        choices.check("--task", self.task, TASKS)
        checks.integer(self.threads, "threads", minimum=1)

    @property
    def what(self) -> str:
        """What is trained, in words."""
        return TASKS[self.task].what

    @property
    def name(self) -> str:
        """The name in rows: `many-iris`."""
        return f"many-{self.task}"

    @classmethod
    def of_row(cls, record: Any) -> ManyQuestion:
        """The question of a stored row.

        Raises ValueError if the row's workload is not the `name` of such a question.
        """
        workload = str(record.get("workload"))
        word, _, task = workload.partition("-")
        if word != "many" or task not in TASKS:
            raise ValueError(f"no training of many networks is called {workload!r}")
        return cls(task, record.get("threads") or 1)


def prepare(asked: ManyQuestion, contender: str) -> tuple[Call, dict[str, Any]]:
    """The call of a contender, checked, and the facts that its worker reports.

    Raises GateError if its weights are not those of trainings alone.
    """
    limit_blas(1)
    task = TASKS[asked.task]
    adam = Adam(epsilon_after_correction=contender == VMAP)
    orders: Iterable[Any] = task.seeds()
    run: Callable[[], Array]
    if contender == VMAP:
        run, drawn = vmapped(task, adam)
        orders = drawn if task.is_shuffled else orders
    elif contender == MANY:
        run = partial(together, task, adam, asked.threads)
    else:
        run = partial(one_by_one, task, adam, list(orders))
    first_ns, found = stopwatch(run)
    expected = one_by_one(task, adam, list(islice(orders, CHECKED)))
    error = float(np.abs(found[: len(expected)] - expected).max())
    allowed = TOLERANCE if contender == VMAP else 0.0
    if not error <= allowed or found.shape != (task.count, expected.shape[1]):
        raise gate.GateError(f"weights are off by {error:.3g}, allowed {allowed:.3g}")
    return Call(run, ()), {
        "build_seconds": 0.0,
        "first_seconds": first_ns * 1e-9,
        "error": error,
        "extrapolated_from": None,
    }


def together(task: Task, adam: Adam, threads: int) -> Array:
    """theta of each network after its training by `train_many`: (networks, n)."""
    X, labels = task.samples()
    found = kernels.train_many(
        task.starts(), X, labels, task.passes, batch_size=BATCH, optimizer=adam, loss=LOG.name,
        seeds=range(task.count) if task.is_shuffled else None, threads=threads,
    )  # fmt: skip
    return np.array([one.network.theta for one in found])


def one_by_one(task: Task, adam: Adam, orders: Sequence[Any]) -> Array:
    """The same by one plan, on one thread, for as many networks as there are orders."""
    X, labels = task.samples()
    starts = task.starts()[: len(orders)]
    plan = kernels.plan(starts[0], loss=LOG.name)
    found = []
    for network, order in zip(starts, orders, strict=True):
        plan.update(network.theta)
        trained = plan.train(
            X, labels, task.passes, batch_size=BATCH, optimizer=adam, shuffle=order
        )
        found.append(trained.network.theta)
    return np.array(found)


def vmapped(task: Task, adam: Adam) -> tuple[Callable[[], Array], Array]:
    """A function that does the same by one program of JAX for all passes of all networks.

    Also the orders that it draws for the first ones: (networks, passes, m).
    """
    starts, (X, labels) = task.starts(), task.samples()
    plan = kernels.plan(starts[0], VMAP, loss=LOG.name)  # NotInstalledError where there is no JAX
    import jax
    import jax.numpy as jnp

    from kernels.peers import jax as peer

    m, steps = len(X), -(-len(X) // BATCH)
    Y = np.eye(task.sizes[-1])[labels]
    of_steps = rates(adam, 1, task.passes * steps, adam.learning_rate, plan.dtype)
    of_passes = of_steps.reshape(task.passes, steps, -1)
    theta = np.array([one.theta for one in starts])
    seeds = jnp.arange(task.count)
    advance = partial(peer.batches, plan._cost, plan.sizes, step=adam.step, size=BATCH)  # type: ignore[attr-defined]

    def order(seed: Any, number: Any) -> Any:
        return jax.random.permutation(jax.random.fold_in(jax.random.key(seed), number), m)

    def train(theta: Any, seed: Any, X: Any, Y: Any, of_passes: Any) -> Any:
        def one_pass(state: Any, number: Any) -> Any:
            drawn = order(seed, number) if task.is_shuffled else None
            sums = jnp.zeros(len(SUMS), X.dtype)
            return advance(state, sums, X, Y, drawn, of_passes[number], 0.0, 0, steps)

        state = jnp.concatenate([theta[None], jnp.zeros((adam.slots, len(theta)))])
        return jax.lax.scan(one_pass, state, jnp.arange(task.passes))[0][0]

    program = jax.jit(jax.vmap(train, in_axes=(0, 0, None, None, None)))
    orders = jax.vmap(jax.vmap(order, in_axes=(None, 0)), in_axes=(0, None))
    drawn = np.asarray(orders(seeds[:CHECKED], jnp.arange(task.passes)))
    return lambda: np.asarray(program(theta, seeds, X, Y, of_passes)), drawn
