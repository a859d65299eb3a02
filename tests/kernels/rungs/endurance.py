"""A great many calls of each native entry: references and memory must stay as they were.

    python -m tests.kernels.rungs.endurance DTYPE CALLS

makes CALLS calls of each entry, in each of the ways in which it can be called, and prints a line
for each; then calls that run out of memory at every place where an entry asks for some.
"""

from __future__ import annotations

import contextlib
import gc
import importlib
import sys
from collections.abc import Callable
from typing import Any

import numpy as np

import kernels
from kernels import Gradient, Network
from tests.memory import peak_bytes

FEWEST = 400
"""Calls of a kind, at least: Python's own caches take and leave a hundred references to None."""
GROWTH = 1 << 20
"""Bytes, besides some copies of the parameters, that a process may grow by for its own reasons."""
ALLOCATIONS = 12
"""More than any entry makes."""
USUAL, WIDE = (7, 13, 29, 5), (3, 700, 900, 2)
"""Networks whose forward needs no scratch memory, and some."""


class Watched:
    """A plan, arguments for its entries, and all objects whose references they may count."""

    def __init__(self, sizes: tuple[int, ...], dtype: str, rows: int) -> None:
        plan: Any = kernels.plan(Network.centred(sizes, seed=1), "specialized", dtype)
        self.plan = plan
        generator = np.random.default_rng(0)
        X, Y = (generator.random((rows, n)).astype(dtype) for n in (sizes[0], sizes[-1]))
        x, y, theta = X[0].copy(), Y[0].copy(), self.plan.network.theta.copy()
        out, outs = np.empty_like(y), np.empty_like(Y)
        g = plan.gradient(X, Y)
        wrong = np.zeros(3, "i4")
        self.calls: dict[str, Callable[[], Any]] = {
            "forward": lambda: plan.forward(x),
            "forward, out": lambda: plan.forward(x, out),
            "forward, names": lambda: plan.forward(out=out, x=x),
            "forward, None": lambda: plan.forward(x, None),
            "forward_batch": lambda: plan.forward_batch(X),
            "forward_batch, out": lambda: plan.forward_batch(X, out=outs),
            "gradient": lambda: plan.gradient(X, Y),
            "gradient, out": lambda: plan.gradient(X, Y, g),
            "gradient of one": lambda: plan.gradient(x, y),
            "gradient of one, out": lambda: plan.gradient(x, y, out=g),
            "update": lambda: plan.update(theta),
            "update, network": lambda: (plan.update(theta), plan.network)[0],
            "methods": lambda: (plan.forward, plan.gradient),
        }
        self.refused: dict[str, Callable[[], Any]] = {
            "forward, wrong": lambda: plan.forward(wrong),
            "forward, wrong out": lambda: plan.forward(x, wrong),
            "forward, overlap": lambda: plan.forward(x, x),
            "forward, unknown name": lambda: plan.forward(x, y=1),
            "forward_batch, wrong out": lambda: plan.forward_batch(X, wrong),
            "gradient, wrong": lambda: plan.gradient(X, wrong),
            "gradient, wrong out": lambda: plan.gradient(X, Y, wrong),
            "gradient, never filled": lambda: plan.gradient(X, Y, object.__new__(Gradient)),
            "update, wrong": lambda: plan.update(wrong),
            "update, NaN": lambda: plan.update(theta * np.nan),
        }
        self.objects = [
            x, y, X, Y, theta, out, outs, g, g.theta, wrong, plan, plan.sizes, plan._in_force,
            plan.forward, plan.forward.__self__, plan._library, X.dtype, theta.dtype, wrong.dtype,
            None, True, False, Gradient, np.ndarray, float, np.dtype("float32"),
        ]  # fmt: skip

    def counts(self) -> list[int]:
        """Reference counts of all objects."""
        return [sys.getrefcount(one) for one in self.objects]

    def left(self, before: list[int], most: int) -> list[tuple[str, int]]:
        """The objects with other reference counts than `before`, by more than `most`."""
        found = zip(self.objects, before, self.counts(), strict=True)
        return [(repr(one)[:50], new - old) for one, old, new in found if abs(new - old) > most]

    def endure(self, name: str, call: Callable[[], Any], times: int) -> None:
        """Make a call many times; raise AssertionError if anything is left behind.

        What a call leaves behind it leaves each time. What is freed once, as the garbage of a
        compilation some time later, is no fault of the call: then they are made once more.
        """
        for _ in range(3):
            attempt(call)
        left = self.repeat(call, times) and self.repeat(call, times)
        assert not left, f"{name}: left behind or lost: {left}"
        print(name, times, flush=True)

    def repeat(self, call: Callable[[], Any], times: int) -> list[tuple[str, int]]:
        """Make a call many times; return whose references changed, and memory that was taken."""
        gc.collect()
        counts, memory = self.counts(), peak_bytes()
        for _ in range(times):
            attempt(call)
        gc.collect()
        grown = peak_bytes() - memory
        taken = [("bytes of memory", grown)] if grown > self.most_bytes() else []
        return self.left(counts, times // 2) + taken

    def most_bytes(self) -> int:
        """Bytes that a process may grow by for its own reasons."""
        return GROWTH + 4 * int(self.plan._parameters.nbytes)

    def starve(self, name: str, call: Callable[[], Any]) -> int:
        """Let each of the call's allocations fail in turn; return how many failed."""
        testcapi: Any = importlib.import_module("_testcapi")
        failed = 0
        call()
        for k in range(ALLOCATIONS):
            self.forget_scratch()
            counts = self.counts()
            result = None
            try:
                testcapi.set_nomemory(k, k + 1)
                result = call()
            except MemoryError:
                failed += 1
            finally:
                testcapi.remove_mem_hooks()
            del result
            self.forget_scratch()
            left = self.left(counts, 0)
            assert not left, f"{name}, allocation {k} failed: references left or lost: {left}"
        call()
        return failed

    def forget_scratch(self) -> None:
        """Let the next call ask for scratch memory again."""
        if hasattr(self.plan._in_force, "scratch"):
            del self.plan._in_force.scratch


def attempt(call: Callable[[], Any]) -> None:
    """Make a call, and forget its result or its exception."""
    with contextlib.suppress(TypeError, ValueError):
        call()


def main(dtype: str, times: int) -> None:
    """Make all calls."""
    for sizes, rows, share in ((USUAL, 5, 1), (USUAL, 2000, 1000), (WIDE, 2, 1000)):
        watched = Watched(sizes, dtype, rows)  # many rows let the interpreter's lock go
        for name, call in watched.calls.items():
            watched.endure(f"{name}, {rows} rows of {sizes}:", call, max(FEWEST, times // share))
        for name, call in watched.refused.items():
            some = max(FEWEST, times // share // 20)
            watched.endure(f"{name}, {rows} rows of {sizes}:", call, some)
        for name, call in watched.calls.items():
            if "network" not in name and "methods" not in name:
                print(name, "without memory,", watched.starve(name, call), "failed", flush=True)


if __name__ == "__main__":
    main(sys.argv[1], int(sys.argv[2]))
