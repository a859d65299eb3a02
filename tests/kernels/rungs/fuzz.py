"""Fuzzing: thousands of odd calls of a plan's methods, in a process that must not crash.

    python -m tests.kernels.rungs.fuzz KERNEL DTYPE CALLS SEED

makes CALLS calls of every operation in one thread, as many in eight threads that share a plan, and
a tenth of them in three threads that share a plan with threads=2.

Arrays lie at the edge of protected pages, so that reading or writing beyond one crashes the
process. From NumPy's description of the arguments this module decides whether a call must be
accepted. An accepted call must return the reference's result; any other call must raise TypeError
or ValueError. A line is printed before the calls of each operation, so that the last line names the
operation that crashed, and another after them with the numbers of calls made and accepted.
"""

from __future__ import annotations

import ctypes
import mmap
import sys
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import numpy as np

import kernels
from kernels.proof import reference
from kernels.rungs import specialized

SIZES = (7, 13, 29, 5)
COUNTS = (0, 1, 2, 3, 7, 8, 9, 41)
TOLERANCE = {"float64": 1e-13, "float32": 2e-6}
Made = tuple[Any, bool]
"""An argument, and whether it must be accepted."""


class Guarded:
    """Memory between two protected pages."""

    def __init__(self, pages: int = 4) -> None:
        page = mmap.PAGESIZE
        self.memory = mmap.mmap(-1, (pages + 2) * page)
        start = ctypes.addressof(ctypes.c_char.from_buffer(self.memory))
        protect = ctypes.CDLL(None, use_errno=True).mprotect
        protect.argtypes = [ctypes.c_void_p, ctypes.c_size_t, ctypes.c_int]
        for guard in (start, start + (pages + 1) * page):
            if protect(guard, page, 0):
                raise OSError(ctypes.get_errno(), "mprotect")
        self.bytes = np.frombuffer(self.memory, np.uint8)[page:-page]

    def array(self, shape: tuple[int, ...], dtype: Any, at_end: bool) -> Any:
        """Return an array at the beginning or the end of the memory."""
        size = int(np.prod(shape)) * np.dtype(dtype).itemsize
        place = self.bytes[self.bytes.size - size :] if at_end else self.bytes[:size]
        return place.view(dtype).reshape(shape)


class Caller:
    """Makes random calls of one operation and checks their results."""

    def __init__(self, plan: kernels.Plan, operation: str, seed: int) -> None:
        self.plan, self.operation = plan, operation
        self.generator = np.random.default_rng(seed)
        self.inputs, self.outputs = Guarded(), Guarded()
        self.pages = self.inputs
        self.theta = plan.network.theta.astype(plan.dtype)
        self.accepted = 0
        rows: list[tuple[int, ...]] = [(m,) for m in COUNTS]
        if operation != "forward_batch":
            rows = [()] if operation == "forward" else [*rows, ()]
        self.shapes = [((*m, SIZES[0]), (*m, SIZES[-1])) for m in rows]

    def pick(self, choices: Any) -> Any:
        """Return a random one of the choices."""
        return choices[self.generator.integers(len(choices))]

    def call(self) -> None:
        """Make one random call."""
        shape, out_shape = self.pick(self.shapes)
        self.pages = self.inputs
        given, input_fits = self.pick(INPUTS)(self, shape)
        self.pages = self.outputs
        if self.operation in ("forward", "forward_batch"):
            other, other_fits = self.pick(OUTPUTS)(self, out_shape, given)
        else:
            other, other_fits = self.pick(INPUTS)(self, out_shape)
            input_fits &= 0 not in shape
        before = np.array(given, copy=True) if input_fits else None
        refusal = None
        try:
            result = self.method(given, other)
        except (TypeError, ValueError) as error:
            refusal = str(error)
        what = f"{given!r}, {other!r}: {refusal}"
        assert (refusal is None) == (input_fits and other_fits), what
        if refusal is not None:
            assert refusal, f"refused without a word: {what}"
            return
        assert before is not None
        assert np.array_equal(before, given), "the input was changed"
        rows = np.asarray(before, self.plan.dtype).reshape(-1, SIZES[0])
        if self.operation in ("forward", "forward_batch"):
            assert other is None or result is other
            assert result.shape == out_shape
            true = reference.forward(SIZES, self.theta, rows)
            self.compare(result.reshape(-1, SIZES[-1]), true, 1.0)
        else:
            targets = np.asarray(other, self.plan.dtype).reshape(-1, SIZES[-1])
            true = reference.gradient(SIZES, self.theta, rows, targets).theta
            self.compare(result, true, 10 * float((true * true).sum()) ** 0.5)
        self.accepted += 1

    def method(self, given: Any, other: Any) -> Any:
        """Return the operation's result; for `train`, the change that one step makes."""
        if self.operation != "train":
            result = getattr(self.plan, self.operation)(given, other)
            return result.theta if self.operation == "gradient" else result
        trained = self.plan.train(given, other, 1, 1.0)
        return self.theta - trained.network.theta

    def compare(self, result: Any, true: Any, scale: float) -> None:
        """Raise AssertionError unless the result equals the reference's."""
        worst = float(np.abs(result - true.astype(float)).max(initial=0))
        assert worst <= scale * TOLERANCE[self.plan.dtype.name], f"off by {worst}"

    def numbers(self, shape: tuple[int, ...]) -> Any:
        """Return normally distributed numbers."""
        return self.generator.standard_normal(shape).astype(self.plan.dtype)


def guarded(caller: Caller, shape: tuple[int, ...]) -> Made:
    array = caller.pages.array(shape, caller.plan.dtype, bool(caller.generator.integers(2)))
    array[...] = caller.numbers(shape)
    return array, True


def laid_out(caller: Caller, shape: tuple[int, ...]) -> Made:
    array = caller.numbers(shape)
    read_only = array.copy()
    read_only.flags.writeable = False
    misaligned = np.frombuffer(b"x" + array.tobytes(), np.uint8)[1:].view(array.dtype)
    return caller.pick(
        [
            np.asfortranarray(array),
            np.repeat(array, 2, axis=-1)[..., ::2],
            array[..., ::-1],
            array.astype(array.dtype.newbyteorder()),
            read_only,
            misaligned.reshape(shape),
            np.broadcast_to(array[..., :1], shape),
            array.view(Subclass),
        ]
    ), True


def converted(caller: Caller, shape: tuple[int, ...]) -> Made:
    array = caller.generator.integers(-3, 4, shape)
    kinds = [bool, np.int8, np.uint16, np.int64, np.float16, np.float32, np.float64, np.longdouble]
    kind = caller.pick(kinds)
    return (array != 0).astype(kind) if kind is np.uint16 else array.astype(kind), True


def listed(caller: Caller, shape: tuple[int, ...]) -> Made:
    array = caller.numbers(shape)
    return array.tolist(), 0 not in shape


def misshapen(caller: Caller, shape: tuple[int, ...]) -> Made:
    wrong = [
        (*shape[:-1], shape[-1] + 1),
        (*shape[:-1], shape[-1] - 1),
        (*shape[:-1], 0),
        (1, *shape) if len(shape) > 1 else (shape[-1], 1),
        (*shape, 1),
        (),
        (10**6,),
    ]
    return np.zeros(caller.pick(wrong), caller.plan.dtype), False


def resized(caller: Caller, shape: tuple[int, ...]) -> Made:
    array = np.zeros(int(np.prod(shape)) + 7, caller.plan.dtype)
    array.resize(shape, refcheck=False)
    if caller.generator.integers(2):
        array.resize(array.size + 1, refcheck=False)
        return array, False
    return array, True


def of_another_kind(caller: Caller, shape: tuple[int, ...]) -> Made:
    array = caller.numbers(shape)
    wrong: list[Any] = [
        array.astype(complex), array.astype("U8"), array.astype(object), array.astype("S8"),
        np.zeros(shape, "M8[s]"), np.zeros(shape, "m8[s]"), np.zeros(shape, "V8"),
        np.ma.masked_array(array, array > 0), None, "text", b"bytes", {}, object(), ...,
        [[1], [2, 3]], 3.0, np.float64(3.0), [None] * shape[-1],
    ]  # fmt: skip
    return caller.pick(wrong), False


def no_out(caller: Caller, shape: tuple[int, ...], given: Any) -> Made:
    return None, True


def guarded_out(caller: Caller, shape: tuple[int, ...], given: Any) -> Made:
    array = caller.outputs.array(shape, caller.plan.dtype, bool(caller.generator.integers(2)))
    array[...] = np.nan
    return array, True


def subclass_out(caller: Caller, shape: tuple[int, ...], given: Any) -> Made:
    return np.full(shape, np.nan, caller.plan.dtype).view(Subclass), True


def wrong_out(caller: Caller, shape: tuple[int, ...], given: Any) -> Made:
    dtype = caller.plan.dtype
    read_only = np.zeros(shape, dtype)
    read_only.flags.writeable = False
    other = np.float32 if dtype == np.float64 else np.float64
    misaligned = np.zeros(int(np.prod(shape)) * dtype.itemsize + 1, np.uint8)[1:].view(dtype)
    wrong: list[Any] = [
        np.zeros(shape, other), np.zeros(shape, dtype.newbyteorder()), np.zeros(shape, "i8"),
        np.zeros((*shape, 1), dtype), np.zeros((*shape[:-1], shape[-1] + 1), dtype),
        np.zeros((), dtype), np.zeros(shape, complex), [0.0] * shape[-1], "out", 0.0,
        np.ma.zeros(shape, dtype),
    ]  # fmt: skip
    if 0 not in shape:
        wrong += [
            read_only,
            np.zeros((*shape[:-1], 2 * shape[-1]), dtype)[..., ::2],
            misaligned.reshape(shape),
        ]
    return caller.pick(wrong), False


def overlapping_out(caller: Caller, shape: tuple[int, ...], given: Any) -> Made:
    """Return a part of the input's memory, if the input is an array of the right dtype."""
    if not isinstance(given, np.ndarray) or given.dtype != caller.plan.dtype:
        return None, True
    count = int(np.prod(shape))
    if not given.flags.carray or given.size < count or not count:
        return None, True
    flat = given.view(np.ndarray).reshape(-1)
    start = caller.generator.integers(given.size - count + 1)
    return flat[start : start + count].reshape(shape), False


class Subclass(np.ndarray):
    """A subclass of ndarray, which counts as an array."""


INPUTS: list[Callable[..., Made]] = [
    guarded, guarded, guarded, laid_out, laid_out, converted, listed, resized, misshapen,
    of_another_kind,
]  # fmt: skip
OUTPUTS: list[Callable[..., Made]] = [
    no_out, guarded_out, guarded_out, guarded_out, subclass_out, wrong_out, overlapping_out,
]  # fmt: skip


def storm(plan: kernels.Plan, operation: str, calls: int, threads: int, seed: int) -> None:
    """Make calls of an operation in several threads that share a plan."""
    print(f"{operation}, {threads} threads on a plan of {plan.threads}:", flush=True)
    callers = [Caller(plan, operation, seed + thread) for thread in range(threads)]

    def work(caller: Caller) -> None:
        for _ in range(calls // threads):
            caller.call()

    with ThreadPoolExecutor(threads) as pool:
        list(pool.map(work, callers))
    accepted = sum(caller.accepted for caller in callers)
    print(calls // threads * threads, "calls,", accepted, "accepted", flush=True)


def main(kernel: str, dtype: str, calls: int, seed: int) -> None:
    """Call all operations from one thread and from several, on plans of one thread and of two."""
    # even small networks are computed by both threads
    specialized.WORTH_A_THREAD = specialized.WORTH_A_BARRIER = 0
    network = kernels.Network.centred(SIZES, seed=1)
    for team, threads, share in ((1, 1, 1), (1, 8, 1), (2, 3, 10)):
        plan = kernels.plan(network, kernel, dtype, team)
        for operation in plan.operations:
            storm(plan, operation, calls // share, threads, seed)


if __name__ == "__main__":
    name, precision, *numbers = sys.argv[1:]
    main(name, precision, *map(int, numbers))
