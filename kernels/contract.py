"""What every kernel must fulfil, as plain functions; `python -m kernels.contract NAME` runs them.

Each function in `CHECKS` takes a kernel (a subclass of `Plan`) and a dtype and raises
`ContractError`, or lets the kernel's own exception through, where the kernel breaks the contract.
The tests run every one of them over every rung, every installed peer and every dtype they offer.
"""

from __future__ import annotations

import sys
import warnings
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import numpy as np

import kernels
from kernels import gate, reference
from kernels.checks import Array
from kernels.interface import OPERATIONS, Plan
from kernels.network import Network

ARTICLE = ((3, 3, 1), (3, 3, 3, 1), (64, 30, 10), (100, 100, 50, 10))
ODD = (
    (1, 1), (1, 9), (5, 1, 1, 3), (7, 13, 29, 5), (17, 129, 31, 5), (300, 2), (2, 300),
    (24, 64, 64, 4), (2, 3, 4, 5, 6, 7, 8, 9, 8, 7, 6, 5),
)  # fmt: skip
"""Single nodes, widths that are and are not multiples of a vector, wide beside narrow, depth."""

EXAMPLE = Network(
    weights=[[[0.2] * 3, [0.4] * 3, [0.6] * 3], [[0.5] * 3]], biases=[[0.8] * 3, [0.2]]
)
EXAMPLE_INPUT = (1.5, 2.0, 3.0)
EXAMPLE_OUTPUT = 0.8354556612475647
"""The article's worked example (§3.2), which gives it as 0.8354."""

Check = Callable[[type[Plan], str], None]
CHECKS: dict[str, Check] = {}


class ContractError(AssertionError):
    """A kernel breaks the contract."""


def check(function: Check) -> Check:
    """Enter a function in CHECKS under its name."""
    CHECKS[function.__name__.replace("_", " ")] = function
    return function


def require(condition: Any, message: str) -> None:
    """Raise ContractError unless the condition holds."""
    if not condition:
        raise ContractError(message)


def must_raise(kind: type[Exception], call: Callable[..., Any], *args: Any) -> None:
    """The call must be refused with exactly this kind of error and a message."""
    try:
        call(*args)
    except kind as error:
        require(str(error), f"{kind.__name__} without a message")
    else:
        raise ContractError(f"{call.__name__} took {args!r} instead of a {kind.__name__}")


def samples(plan: Plan, m: int, seed: int = 0) -> tuple[Array, Array]:
    """Inputs X (m, s_1) and targets Y (m, s_L), uniform in [0, 1)."""
    generator = np.random.default_rng(seed)
    X = generator.random((m, plan.sizes[0]), np.float64).astype(plan.dtype)
    return X, generator.random((m, plan.sizes[-1]), np.float64).astype(plan.dtype)


# --- right results ------------------------------------------------------------------------------


@check
def worked_example(kernel: type[Plan], dtype: str) -> None:
    """The article's example, to the last digit the dtype has."""
    y = kernels.plan(EXAMPLE, kernel, dtype).forward(EXAMPLE_INPUT)
    bound = 1e-15 if dtype == "float64" else 1e-7
    require(y.shape == (1,) and y.dtype == dtype, f"the output is {y!r}")
    require(abs(float(y[0]) - EXAMPLE_OUTPUT) <= bound, f"the output is {float(y[0])!r}")


@check
def agrees_with_the_reference(kernel: type[Plan], dtype: str) -> None:
    """The gate, on the article's networks and odd ones, for every operation."""
    for sizes in ARTICLE + ODD:
        plan = kernels.plan(Network.random(sizes, seed=1), kernel, dtype)
        X, Y = samples(plan, 2 if kernel.by_sample else 9)
        for operation in kernel.operations:
            gate.check(plan, operation, X, Y)


@check
def passes_extremes_on(kernel: type[Plan], dtype: str) -> None:
    """Right and silent where the sigmoid saturates; NaN and infinity as IEEE 754 says."""
    network = Network([[[1.0]], [[1.0]]], [[0.0], [0.0]])
    plan = kernels.plan(network, kernel, dtype)
    for z in (-1e30, -1000.0, -100.0, 0.0, 100.0, 1000.0, 1e30, np.inf, -np.inf, np.nan):
        with warnings.catch_warnings():
            warnings.simplefilter("error")
            y = plan.forward([z])
            batch = plan.forward_batch([[z], [0.0]])
        true = reference.forward(plan.sizes, network.theta, np.array([[z], [0.0]]))
        bound = gate.FORWARD_TOLERANCE[dtype]
        for got, want in ((y, true[0]), (batch, true)):
            want = want.astype(np.float64)
            require(
                np.allclose(got, want, rtol=0, atol=bound, equal_nan=True),
                f"f(f({z})) is {got!r}, expected {want!r}",
            )


# --- what a plan is -----------------------------------------------------------------------------


@check
def a_plan_is_a_snapshot(kernel: type[Plan], dtype: str) -> None:
    """Changing the network changes nothing until `update`."""
    network = Network.centred((4, 3, 2), seed=1)
    plan = kernels.plan(network, kernel, dtype)
    X, _ = samples(plan, 3)
    before = plan.forward_batch(X).copy()
    network.theta[:] = 0
    require(np.array_equal(plan.forward_batch(X), before), "a change of the network reached it")
    plan.update(network.theta)
    require(np.allclose(plan.forward_batch(X), 0.5 * (1 + 0 * before)), "update had no effect")
    require(plan.network == network, "update did not change plan.network")
    wrongs: list[Any] = [[1.0], np.full(network.theta.size, np.nan)]
    for wrong in wrongs:
        must_raise(ValueError, plan.update, wrong)
    require(plan.build_seconds > 0, "build_seconds is not positive")


@check
def results_are_fresh(kernel: type[Plan], dtype: str) -> None:
    """No result shares memory with another, with the plan or with the input."""
    plan = kernels.plan(Network.centred((4, 3, 2), seed=1), kernel, dtype)
    X, Y = samples(plan, 3)
    for operation, call in calls(plan, X, Y):
        first, second = call(), call()
        kept = first.copy()
        require(not np.shares_memory(first, second), f"{operation}: two results share memory")
        require(not np.shares_memory(first, X), f"{operation}: the result shares the input")
        second.fill(-1)
        third = call()
        require(np.array_equal(first, kept), f"{operation}: a result changed afterwards")
        require(np.array_equal(third, kept), f"{operation}: the same call gave something else")


@check
def eight_threads_share_a_plan(kernel: type[Plan], dtype: str) -> None:
    """Calls from eight threads at once, each with data of its own, do not disturb each other."""
    plan = kernels.plan(Network.centred((24, 16, 8), seed=1), kernel, dtype)
    data = [samples(plan, 2 + thread % 3, seed=thread) for thread in range(8)]
    alone = [[call() for _, call in calls(plan, X, Y)] for X, Y in data]

    def work(thread: int) -> None:
        for _ in range(10):
            for (operation, call), want in zip(
                calls(plan, *data[thread]), alone[thread], strict=True
            ):
                require(np.allclose(call(), want, rtol=1e-5, atol=0), f"{operation} was disturbed")

    with ThreadPoolExecutor(len(data)) as pool:
        list(pool.map(work, range(len(data))))


def calls(plan: Plan, X: Array, Y: Array) -> Iterator[tuple[str, Callable[[], Array]]]:
    """Every operation the plan offers, as a call without arguments that gives one array."""
    made: dict[str, Callable[[], Array]] = {
        "forward": lambda: plan.forward(X[0]),
        "forward_batch": lambda: plan.forward_batch(X),
        "gradient": lambda: plan.gradient(X, Y).theta,
        "train": lambda: plan.train(X, Y, 3, 0.25).network.theta,
    }
    return ((operation, made[operation]) for operation in plan.operations)


@check
def says_what_it_does_not_offer(kernel: type[Plan], dtype: str) -> None:
    """A missing operation, dtype or thread count is refused in words."""
    network = Network.random((2, 2), seed=0)
    plan = kernels.plan(network, kernel, dtype)
    X, Y = samples(plan, 2)
    for operation in set(OPERATIONS) - set(kernel.operations):
        must_raise(kernels.NotOfferedError, getattr(plan, operation), X, Y)
    if kernel.max_threads is not None:
        too_many = kernel.max_threads + 1
        must_raise(kernels.NotOfferedError, kernels.plan, network, kernel, dtype, too_many)
    for wrong in (0, -1):
        must_raise(ValueError, kernels.plan, network, kernel, dtype, wrong)
    must_raise(ValueError, kernels.plan, network, kernel, "float16")
    must_raise(TypeError, kernels.plan, "3-3-1", kernel, dtype)


# --- what a caller may pass ---------------------------------------------------------------------


def layouts(array: Array) -> Iterator[tuple[str, Any]]:
    """The same numbers as everything that must be taken."""
    yield "a list", array.tolist()
    yield "float32", array.astype(np.float32)
    yield "float64", array.astype(np.float64)
    yield "big-endian", array.astype(array.dtype.newbyteorder(">"))
    yield "long double", array.astype(np.longdouble)
    yield "Fortran order", np.asfortranarray(array)
    yield "strided", np.repeat(array, 2, axis=-1)[..., ::2]
    yield "reversed", array[..., ::-1].copy()[..., ::-1]
    read_only = array.copy()
    read_only.flags.writeable = False
    yield "read-only", read_only
    misaligned = np.frombuffer(b"x" + array.tobytes(), np.uint8)[1:].view(array.dtype)
    yield "misaligned", misaligned.reshape(array.shape)


@check
def takes_what_converts(kernel: type[Plan], dtype: str) -> None:
    """Lists, integers and any float, width, order and layout give the same result."""
    plan = kernels.plan(Network.centred((4, 3, 2), seed=1), kernel, dtype)
    X = np.arange(-6, 6).reshape(3, 4).astype(dtype)  # exact in every dtype
    Y = np.eye(3, 2, dtype=dtype)
    true = {operation: call() for operation, call in calls(plan, X, Y)}
    variants = [*layouts(X), ("integers", X.astype(np.int8)), ("an integer list", X.astype(int))]
    targets = dict(layouts(Y))
    for name, given in variants:
        for operation, call in calls(plan, given, targets.get(name, Y)):
            require(
                np.allclose(call(), true[operation], rtol=1e-5, atol=1e-7),
                f"{operation} of {name} differs",
            )
    booleans = plan.forward([True, False, True, True])
    require(np.array_equal(booleans, plan.forward([1, 0, 1, 1])), "booleans are not 0 and 1")
    none = plan.forward_batch(np.empty((0, 4)))
    require(none.shape == (0, 2) and none.dtype == dtype, "no rows do not give no rows")


@check
def refuses_what_does_not(kernel: type[Plan], dtype: str) -> None:
    """The wrong kind is a TypeError, the wrong shape a ValueError, for every operation."""
    plan = kernels.plan(Network.centred((4, 3, 2), seed=1), kernel, dtype)
    X, Y = samples(plan, 3)
    masked = np.ma.masked_array(X[0], mask=[True, False, False, False])
    wrong: Any
    for wrong in ([1j] * 4, ["1"] * 4, [None] * 4, "1234", {}, X[0].astype("M8[s]"), masked):
        must_raise(TypeError, plan.forward, wrong)
    for wrong in (X, X[0, :3], 1.0, [], X[0][:, None], [[1, 2], [3]], np.empty((0,))):
        must_raise(ValueError, plan.forward, wrong)
    must_raise(TypeError, plan.forward_batch, X.astype(complex))
    for wrong in (X[0], X[:, :3], X[None], [[1, 2], [3]]):
        must_raise(ValueError, plan.forward_batch, wrong)
    for operation in set(plan.operations) & {"gradient", "train"}:
        method = getattr(plan, operation)
        must_raise(TypeError, method, X.astype(complex), Y)
        must_raise(TypeError, method, X, Y.astype(str))
        for wrong_X, wrong_Y in ((X, Y[:2]), (X[0], Y), (X, Y[0]), (X, X), (X[:0], Y[:0])):
            must_raise(ValueError, method, wrong_X, wrong_Y)
    if "train" in plan.operations:
        must_raise(ValueError, plan.train, X, Y, -1)
        must_raise(TypeError, plan.train, X, Y, 1.5)
        must_raise(ValueError, plan.train, X, Y, 1, np.nan)
        must_raise(TypeError, plan.train, X, Y, 1, "fast")


@check
def out_must_be_exact(kernel: type[Plan], dtype: str) -> None:
    """`out` is written and returned, or refused: it is never converted or replaced."""
    plan = kernels.plan(Network.centred((4, 3, 2), seed=1), kernel, dtype)
    X, _ = samples(plan, 3)
    square = kernels.plan(Network.centred((3, 3), seed=1), kernel, dtype)
    wide = np.zeros((3, 8), dtype)
    other = "float32" if dtype == "float64" else "float64"
    for method, given, shape in ((plan.forward, X[0], (2,)), (plan.forward_batch, X, (3, 2))):
        out = np.zeros(shape, dtype)
        require(method(given, out) is out, "out is not what is returned")
        require(np.array_equal(out, method(given)), "out holds something else")
        inside = np.zeros((*shape[:-1], shape[-1]), dtype).reshape(shape)
        require(method(given, inside) is inside, "an out that is a view was not taken")
        read_only = np.zeros(shape, dtype)
        read_only.flags.writeable = False
        swapped = np.zeros(shape, np.dtype(dtype).newbyteorder())
        wrong_kind: list[Any] = [[0.0, 0.0], np.zeros(shape, other), swapped, "out"]
        for wrong in wrong_kind:
            must_raise(TypeError, method, given, wrong)
        strided = wide[: len(given), ::4] if len(shape) == 2 else wide[0, ::4]
        for bad in (np.zeros((*shape, 1), dtype), np.zeros(3, dtype), strided, read_only):
            must_raise(ValueError, method, given, bad)
    memory = np.zeros(5, dtype)
    must_raise(ValueError, square.forward, memory[:3], memory[2:])
    must_raise(ValueError, square.forward, memory[:3], memory[:3])
    batch = np.zeros((3, 3), dtype)
    must_raise(ValueError, square.forward_batch, batch, batch)
    square.forward(memory[:2].repeat(2)[:3], memory[2:])


@check
def train_gives_both_series(kernel: type[Plan], dtype: str) -> None:
    """One cost and one error an iteration, progress as it goes, and no step for none."""
    if "train" not in kernel.operations:
        return
    network = Network.centred((4, 3, 2), seed=1)
    plan = kernels.plan(network, kernel, dtype)
    X, Y = samples(plan, 3)
    seen: list[tuple[int, float, float]] = []
    result = plan.train(X, Y, 20, 0.25, progress=lambda *now: seen.append(now))
    require(result.cost.shape == result.error.shape == (20,), "the series have another length")
    require(seen and seen[-1] == (20, result.cost[-1], result.error[-1]), "progress is not told")
    require(plan.network == network, "training changed the plan's network")
    require(np.isclose(result.cost[0], plan.gradient(X, Y).cost), "cost[0] is not J before a step")
    none = plan.train(X, Y, 0)
    require(none.cost.size == 0, "no iterations gave a series")
    require(np.allclose(none.network.theta, network.theta), "no iterations changed theta")


# --- the command --------------------------------------------------------------------------------


def main(arguments: list[str]) -> int:
    """Run the contract over one kernel, a line a check; the exit status is 1 if one is broken."""
    if len(arguments) != 1 or arguments[0].startswith("-"):
        print(f"usage: python -m kernels.contract NAME    ({', '.join(kernels.names())})")
        return 2
    try:
        kernel = kernels.find(arguments[0])
        kernel.import_requirements()
    except (ValueError, ImportError) as error:
        print(f"error: {error}", file=sys.stderr)
        return 2
    broken = 0
    for dtype in kernel.dtypes:
        for name, function in CHECKS.items():
            try:
                function(kernel, dtype)
            except Exception as error:
                broken += 1
                print(f"FAILED  {dtype}  {name}: {type(error).__name__}: {error}")
            else:
                print(f"ok      {dtype}  {name}")
    print(f"{kernel.name}: " + (f"{broken} broken" if broken else "the contract holds"))
    return 1 if broken else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
