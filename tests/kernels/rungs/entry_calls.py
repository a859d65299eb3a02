"""Calls of native entries: arguments of every kind, by position and by name, right and wrong."""

from __future__ import annotations

import copy
import dataclasses
import pickle
from collections.abc import Callable, Iterator
from functools import partial
from typing import Any

import numpy as np

import kernels
from kernels import Gradient, Network

Call = Callable[[], tuple[tuple[Any, ...], dict[str, Any]]]
"""Makes the arguments of a call, by position and by name."""
SIZES = {"usual": (5, 6, 4), "one output": (3, 4, 1), "square": (4, 4)}
ROWS = 7
FORWARD = ("forward", "forward_batch")


class Subclass(np.ndarray):
    """A subclass of ndarray."""


class GradientOfMine(Gradient):
    """A subclass of Gradient."""


def plan_of(name: str, dtype: str = "float64") -> Any:
    return kernels.plan(Network.centred(SIZES[name], seed=1), "specialized", dtype)


def numbers(*shape: int, dtype: Any = "float64") -> Any:
    return np.random.default_rng(0).standard_normal(shape).astype(dtype)


def read_only(array: Any) -> Any:
    array = array.copy()
    array.flags.writeable = False
    return array


def misaligned(array: Any) -> Any:
    memory = np.zeros(array.nbytes + 1, np.uint8)[1:].view(array.dtype).reshape(array.shape)
    memory[...] = array
    return memory


def ways(array: Any) -> dict[str, Any]:
    """An array as people pass it, and other things."""
    return {
        "plain": array,
        "a list": array.tolist(),
        "a tuple": tuple(array.tolist()),
        "subclass": array.view(Subclass),
        "masked": np.ma.masked_array(array, array > 0),
        "big-endian": array.astype(array.dtype.newbyteorder(">")),
        "half as many": array[..., ::2],
        "strided": np.repeat(array, 2, axis=-1)[..., ::2],
        "backwards": array[..., ::-1],
        "upside down": array[::-1],
        "in Fortran's order": np.asfortranarray(array),
        "no numbers": array[:0],
        "no columns": array[..., :0],
        "0-d": np.array(1.0, array.dtype),
        "a number": 1.0,
        "read-only": read_only(array),
        "misaligned": misaligned(array),
        "one axis more": array[..., np.newaxis],
        "one row": array[np.newaxis],
        "flat": array.reshape(-1),
        "integers": array.astype(int),
        "float32": array.astype("float32"),
        "float64": array.astype("float64"),
        "complex": array.astype(complex),
        "objects": array.astype(object),
        "text": "text",
        "None": None,
        "NaN": array * np.nan,
        "too long": np.concatenate([array, array], axis=-1),
        "repeated": np.broadcast_to(array[:1], array.shape),
        "a memory map's kind": memoryview(array),
        "records": array.view([("number", array.dtype)]),
        "dtype with metadata": array.astype(np.dtype(array.dtype, metadata={"unit": "m"})),
    }


def outs(shape: tuple[int, ...], dtype: Any) -> dict[str, Callable[[], Any]]:
    """Arrays for a result, and other things."""

    def one_way(name: str) -> Any:
        return ways(np.full(shape, 7.0, dtype))[name]

    found: dict[str, Callable[[], Any]] = {
        f"out {name}": partial(one_way, name) for name in ways(np.full(shape, 7.0, dtype))
    }
    return found | {"no out": lambda: None}


def spelled(names: tuple[str, ...], *values: Any) -> Iterator[tuple[str, Call]]:
    """A call with 0, 1, ... arguments by position, the others by name, in both orders."""
    for plain in range(len(values) + 1):
        named = list(zip(names[plain:], values[plain:], strict=True))
        for some in (named, named[::-1]) if len(named) > 1 else (named,):
            what = f"{plain} plain, then {[name for name, _ in some]}"
            yield what, made(*values[:plain], **dict(some))


def made(*plain: Any, **named: Any) -> Call:
    """A call with these arguments."""
    return lambda: (plain, named)


def filled(call: Call, make: Callable[[], Any]) -> Call:
    """A call with a new `out` in the place of None."""
    return lambda: with_out(call(), make())


def wrong_arity(names: tuple[str, ...], *values: Any) -> Iterator[tuple[str, Call]]:
    """Too many or too few arguments, repeated and unknown ones."""
    first = names[0]
    yield "none", lambda: ((), {})
    yield "too few by name", lambda: ((), dict(list(zip(names, values, strict=True))[1:]))
    yield "too many", lambda: ((*values, None), {})
    yield "far too many", lambda: ((*values, *range(300)), {})
    yield "repeated", lambda: (values, {first: values[0]})
    yield "last repeated", lambda: (values, {names[-1]: values[-1]})
    yield "unknown", lambda: (values[:1], {"unknown": 1})
    yield "unknown only", lambda: ((), {"unknown": 1})
    yield "unknown beside all", lambda: (values, {"unknown": 1})
    yield "self", lambda: (values[:-1], {"self": 1})
    yield "a name that is not interned", lambda: (values[1:1], {"".join([first[0], first[1:]]): 1})
    yield "all by name and more", lambda: ((), dict(zip(names, values, strict=True)) | {"y": 1})


def calls(plan: Any, operation: str) -> Iterator[tuple[str, Call]]:
    """Calls of an operation, by description."""
    inputs, outputs, dtype = plan.sizes[0], plan.sizes[-1], plan.dtype
    n = plan.network.theta.size
    x, X = numbers(inputs, dtype=dtype), numbers(ROWS, inputs, dtype=dtype)
    y, Y = numbers(outputs, dtype=dtype), numbers(ROWS, outputs, dtype=dtype)
    if operation == "update":
        yield from wrong_arity(("theta",), numbers(n))
        yield from spelled(("theta",), numbers(n))
        for name, theta in ways(numbers(n)).items():
            yield name, made(theta)
        return
    if operation in ("forward", "forward_batch"):
        given, shape = (x, (outputs,)) if operation == "forward" else (X, (ROWS, outputs))
        pair = ("x" if operation == "forward" else "X", "out")
        yield from wrong_arity(pair, given, None)
        for make in outs(shape, dtype).values():
            for name, call in spelled(pair, given, None):
                yield name, filled(call, make)
        for name, one in ways(given).items():
            yield name, made(one)
            yield f"{name}, out", made(one, np.zeros(shape, dtype))
        for start in range(0, 2 * shape[-1] + 1):
            yield f"overlap from {start}", partial(overlapping, plan, operation, start)
        yield "out is x", made(given, given)
        return
    names = ("X", "Y", "out")
    yield from wrong_arity(names, X, Y, None)
    for many in (True, False):
        a, b = (X, Y) if many else (x, y)
        for name, make in gradients(plan).items():
            for _, call in spelled(names, a, b, None):
                yield name, filled(call, make)
        for name, one in ways(a).items():
            yield f"X {name}", made(one, b)
        for name, one in ways(b).items():
            yield f"Y {name}", made(a, one)
        yield "one of many", made(a[:1], b[:1])
    yield "X of one, Y of many", lambda: ((x, Y), {})
    yield "X of many, Y of one", lambda: ((X, y), {})
    yield "another number of targets", lambda: ((X, Y[:-1]), {})


def with_out(
    call: tuple[tuple[Any, ...], dict[str, Any]], out: Any
) -> tuple[tuple[Any, ...], dict[str, Any]]:
    """A call with `out` in the place of its only None."""
    plain, named = call
    return tuple(out if one is None else one for one in plain), {
        name: out if one is None else one for name, one in named.items()
    }


def overlapping(plan: Any, operation: str, start: int) -> tuple[Any, Any]:
    """Input and out in one memory, out so many numbers after the start of the memory."""
    inputs, outputs = plan.sizes[0], plan.sizes[-1]
    rows = 1 if operation == "forward" else ROWS
    memory = numbers(rows * (inputs + 2 * outputs) + start, dtype=plan.dtype)
    middle = rows * outputs
    given = memory[middle : middle + rows * inputs]
    out = memory[start * rows // 2 : start * rows // 2 + rows * outputs]
    if operation == "forward":
        return (given, out), {}
    return (given.reshape(rows, -1), out.reshape(rows, -1)), {}


def gradients(plan: Any) -> dict[str, Callable[[], Any]]:
    """Gradients to write into, and other things."""
    n, sizes, dtype = plan.network.theta.size, plan.sizes, plan.dtype
    another, swapped, converted = (
        kernels.plan(Network.centred(some, seed=1), kernel, kind)
        for some, kernel, kind in (
            (sizes, "specialized", dtype),
            (sizes[::-1], "batched", dtype),
            (sizes, "batched", "float32" if dtype == "float64" else "float64"),
        )
    )
    batched = kernels.plan(plan.network, "batched", dtype)

    def with_theta(name: str) -> Gradient:
        return Gradient(0.5, ways(np.zeros(n, dtype))[name], sizes)

    def of(plan: Any) -> Any:
        X, Y = numbers(2, plan.sizes[0]), numbers(2, plan.sizes[-1])
        return plan.gradient(X, Y)

    found: dict[str, Callable[[], Any]] = {
        f"theta {name}": partial(with_theta, name) for name in ways(np.zeros(n, dtype))
    }
    return found | {
        "None": lambda: None,
        "its own": lambda: of(plan),
        "of another plan": lambda: of(another),
        "of another kernel": lambda: of(batched),
        "of other sizes": lambda: of(swapped),
        "of other sizes, as many parameters": lambda: Gradient(0.5, np.zeros(n, dtype), (n, 1)),
        "of another dtype": lambda: of(converted),
        "subclass": lambda: GradientOfMine(0.5, np.zeros(n, dtype), sizes),
        "a copy": lambda: copy.copy(of(plan)),
        "a deep copy": lambda: copy.deepcopy(of(plan)),
        "pickled": lambda: pickle.loads(pickle.dumps(of(plan))),
        "replaced": lambda: dataclasses.replace(of(plan), cost=3.0),
        "sizes as a list": lambda: Gradient(0.5, np.zeros(n, dtype), list(sizes)),  # type: ignore[arg-type]
        "sizes None": lambda: Gradient(0.5, np.zeros(n, dtype), None),  # type: ignore[arg-type]
        "never filled": lambda: object.__new__(Gradient),
        "an array": lambda: np.zeros(n, dtype),
        "the class": lambda: Gradient,
        "text": lambda: "text",
    }
