"""What `python -m benchmarks many` times: trainings of many networks on the same data.

The contenders start from the same networks and take the samples in the same orders. JAX gets its
random orders ready-made; `train_many` draws them while it is timed, as its users have it.
"""

from __future__ import annotations

from collections.abc import Callable
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
from kernels.proof import gate
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
"""The largest distance of JAX's weights, whose Adam adds epsilon elsewhere, from those: it is
compared with our Adam in JAX's form."""
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
    """

    count: int
    data: str
    sizes: tuple[int, ...]
    passes: int

    @property
    def what(self) -> str:
        """The task in words."""
        name = "-".join(map(str, self.sizes))
        return f"{self.count} networks {name} on {self.data}, {self.passes} passes"

    def starts(self) -> list[Network]:
        """The networks before the training."""
        names = ("relu",) * (len(self.sizes) - 2) + ("softmax",)
        return [Network.centred(self.sizes, seed, names) for seed in range(self.count)]

    def samples(self) -> tuple[Array, Array]:
        """The samples (m, s_1) and their classes (m,)."""
        return fits.samples(self.data)


TASKS = {
    "iris": Task(1000, "iris", (4, 16, 3), 50),
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
    starts, (X, labels) = task.starts(), task.samples()
    adam = Adam(epsilon_after_correction=contender == VMAP)
    run: Callable[[], Array]
    if contender == VMAP:
        run = vmapped(starts, X, np.eye(task.sizes[-1])[labels], adam, task.passes)
    else:
        train = together if contender == MANY else one_by_one
        run = partial(train, starts, X, labels, adam, task.passes, asked.threads)
    first_ns, found = stopwatch(run)
    expected = one_by_one(starts[:CHECKED], X, labels, adam, task.passes)
    error = float(np.abs(found[:CHECKED] - expected).max())
    allowed = TOLERANCE if contender == VMAP else 0.0
    if not error <= allowed or found.shape != (task.count, expected.shape[1]):
        raise gate.GateError(f"weights are off by {error:.3g}, allowed {allowed:.3g}")
    return Call(run, ()), {
        "build_seconds": 0.0,
        "first_seconds": first_ns * 1e-9,
        "error": error,
        "extrapolated_from": None,
    }


def together(
    starts: list[Network], X: Array, labels: Array, adam: Adam, passes: int, threads: int
) -> Array:
    """theta of each network after its training by `train_many`: (networks, n)."""
    found = kernels.train_many(
        starts, X, labels, passes, batch_size=BATCH, optimizer=adam, loss=LOG.name,
        seeds=range(len(starts)), threads=threads,
    )  # fmt: skip
    return np.array([one.network.theta for one in found])


def one_by_one(
    starts: list[Network], X: Array, labels: Array, adam: Adam, passes: int, _: int = 1
) -> Array:
    """The same by one plan, on one thread."""
    plan = kernels.plan(starts[0], loss=LOG.name)
    found = []
    for seed, network in enumerate(starts):
        plan.update(network.theta)
        trained = plan.train(X, labels, passes, batch_size=BATCH, optimizer=adam, shuffle=seed)
        found.append(trained.network.theta)
    return np.array(found)


def vmapped(
    starts: list[Network], X: Array, Y: Array, adam: Adam, passes: int
) -> Callable[[], Array]:
    """A function that does the same by one program of JAX for all passes of all networks."""
    plan = kernels.plan(starts[0], VMAP, loss=LOG.name)  # NotInstalledError where there is no JAX
    import jax
    import jax.numpy as jnp

    from kernels.peers import jax as peer
    from kernels.support import batches
    from kernels.trainer import Trainer

    steps = -(-len(X) // BATCH)
    rates = jnp.asarray(Trainer(plan, adam)._rates(passes * steps).reshape(passes, steps, -1))
    orders = [
        list(islice(batches.orders(seed, passes, len(X)), passes)) for seed in range(len(starts))
    ]
    given = jnp.asarray(np.array(orders, np.int32))
    theta = np.array([one.theta for one in starts])
    advance = partial(peer.batches, plan._cost, plan.sizes, step=adam.step, size=BATCH)  # type: ignore[attr-defined]

    def train(theta: Any, orders: Any, X: Any, Y: Any) -> Any:
        def one_pass(state: Any, number: Any) -> Any:
            sums = jnp.zeros(3, X.dtype)
            return advance(state, sums, X, Y, orders[number], rates[number], 0.0, 0, steps)

        state = jnp.concatenate([theta[None], jnp.zeros((adam.slots, len(theta)))])
        return jax.lax.scan(one_pass, state, jnp.arange(passes))[0][0]

    program = jax.jit(jax.vmap(train, in_axes=(0, 0, None, None)))
    return lambda: np.asarray(program(theta, given, X, Y))
