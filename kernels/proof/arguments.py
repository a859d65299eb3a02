"""Contract checks: which arguments are accepted, and how others are refused."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np

import kernels
from kernels.interface import Plan
from kernels.network import Network
from kernels.proof.tools import Checks, calls, must_raise, require, samples
from kernels.results import Gradient
from kernels.support.checks import Array

CHECKS = Checks()


def layouts(array: Array) -> Iterator[tuple[str, Any]]:
    """One array in every dtype and memory layout a plan must accept."""
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


@CHECKS.add
def takes_what_converts(kernel: type[Plan], dtype: str) -> None:
    """Lists, integers and floats of any width, byte order and layout give the same result."""
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
    same = np.array_equal(booleans, plan.forward([1, 0, 1, 1]))
    require(same, "booleans do not count as 0 and 1")
    none = plan.forward_batch(np.empty((0, 4)))
    require(none.shape == (0, 2) and none.dtype == dtype, "0 samples do not give 0 outputs")


@CHECKS.add
def refuses_what_does_not(kernel: type[Plan], dtype: str) -> None:
    """Every operation raises TypeError for the wrong kind, ValueError for the wrong shape."""
    plan = kernels.plan(Network.centred((4, 3, 2), seed=1), kernel, dtype)
    X, Y = samples(plan, 3)
    masked = np.ma.masked_array(X[0], mask=[True, False, False, False])
    wrong: Any
    for wrong in ([1j] * 4, ["1"] * 4, [None] * 4, "1234", {}, X[0].astype("M8[s]"), masked):
        must_raise(TypeError, plan.forward, wrong)
        must_raise(TypeError, plan.forward, wrong, np.zeros(2, dtype))
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


@CHECKS.add
def out_must_be_exact(kernel: type[Plan], dtype: str) -> None:
    """`out` is written to and returned, or refused; it is never converted or replaced."""
    plan = kernels.plan(Network.centred((4, 3, 2), seed=1), kernel, dtype)
    X, _ = samples(plan, 3)
    square = kernels.plan(Network.centred((3, 3), seed=1), kernel, dtype)
    wide = np.zeros((3, 8), dtype)
    other = "float32" if dtype == "float64" else "float64"
    for method, given, shape in ((plan.forward, X[0], (2,)), (plan.forward_batch, X, (3, 2))):
        out = np.zeros(shape, dtype)
        require(method(given, out) is out, "another array than out is returned")
        require(np.array_equal(out, method(given)), "out does not hold the result")
        inside = np.zeros((*shape[:-1], shape[-1]), dtype).reshape(shape)
        require(method(given, inside) is inside, "an out that is a view was not returned")
        read_only = np.zeros(shape, dtype)
        read_only.flags.writeable = False
        swapped = np.zeros(shape, np.dtype(dtype).newbyteorder())
        masked = np.ma.zeros(shape, dtype)
        wrong_kind: list[Any] = [[0.0, 0.0], np.zeros(shape, other), swapped, masked, "out"]
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


@CHECKS.of("gradient")
def rewrites_a_gradient(kernel: type[Plan], dtype: str) -> None:
    """`gradient(X, Y, out=g)` replaces all of g's theta and its cost, keeps both, and returns g."""
    plan = kernels.plan(Network.centred((4, 3, 2), seed=1), kernel, dtype)
    X, Y = samples(plan, 3)
    out = plan.gradient(X[:2], Y[:2])
    theta = out.theta
    pairs: list[Any] = [(X, Y), (X[0], Y[0]), (X[:1], Y[:1]), (X.tolist(), Y.tolist())]
    for given in pairs:
        fresh = plan.gradient(*given)
        kept = fresh.theta.copy()
        theta.fill(np.nan)
        sources = [np.array(one) for one in given]
        returned = plan.gradient(given[0], given[1], out=out)
        require(returned is out, "another gradient than out is returned")
        require(out.theta is theta, "out has another array for its theta")
        require(np.array_equal(theta, kept), "the theta of out is not that of a new gradient")
        require(out.cost == fresh.cost, "the cost of out is not that of a new gradient")
        plan.gradient(X[1:], Y[1:])
        require(np.array_equal(theta, kept), "a later gradient changed out")
        require(np.array_equal(fresh.theta, kept), "an earlier gradient changed")
        require(all(map(np.array_equal, given, sources)), "X or Y was changed")


@CHECKS.of("gradient")
def refuses_other_gradients(kernel: type[Plan], dtype: str) -> None:
    """`out` of gradient fits the network and the dtype, can be written to and shares no memory."""
    plan = kernels.plan(Network.centred((4, 3, 2), seed=1), kernel, dtype)
    X, Y = samples(plan, 3)
    count, sizes = plan.network.theta.size, plan.sizes
    other = "float32" if dtype == "float64" else "float64"
    read_only = np.zeros(count, dtype)
    read_only.flags.writeable = False
    swapped = np.zeros(count, np.dtype(dtype).newbyteorder())
    wrong: Any
    for wrong in (np.zeros(count, other), swapped, np.ma.zeros(count, dtype), [0.0] * count, None):
        must_raise(TypeError, plan.gradient, X, Y, Gradient(0.0, wrong, sizes))
    for wrong in (np.zeros(count, dtype), "out", 0.0):
        must_raise(TypeError, plan.gradient, X, Y, wrong)
    strided = np.zeros(2 * count, dtype)[::2]
    for wrong in (np.zeros(count + 1, dtype), np.zeros((count, 1), dtype), strided, read_only):
        must_raise(ValueError, plan.gradient, X, Y, Gradient(0.0, wrong, sizes))
    for wrong in ((2, 3, 4), (count, 1), None):
        must_raise(ValueError, plan.gradient, X, Y, Gradient(0.0, np.zeros(count, dtype), wrong))
    memory = np.ones(count + 12, dtype)
    overlapping = Gradient(0.0, memory[3 : 3 + count], sizes)
    must_raise(ValueError, plan.gradient, memory[:12].reshape(3, 4), Y, overlapping)
    must_raise(ValueError, plan.gradient, X, memory[count : count + 6].reshape(3, 2), overlapping)
    require(bool((memory == 1).all()), "a gradient that was refused was written to")
