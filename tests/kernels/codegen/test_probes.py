"""Probes measure the machine's rates: they do exactly the work that they are timed for."""

from __future__ import annotations

import sys
import threading
import time
from typing import Any

import numpy as np
import pytest

from kernels.codegen import probes
from kernels.codegen.llvm.target import Target
from kernels.support import aligned
from tests.running import python


@pytest.mark.parametrize("dtype", ["float64", "float32"])
def test_probes_do_exactly_the_work_they_are_timed_for(dtype: str) -> None:
    """Count the multiply-adds, and check that every number is read: rates depend on both."""
    one = np.dtype(dtype).type
    work = probes.multiply_adds_a_turn(dtype)
    assert work == probes.CHAINS * Target.host().lanes(dtype)
    assert probes.multiply_add(5, one(1), one(1)) == 5 * work
    assert probes.multiply_add(2, one(2), one(1)) == 3 * work
    assert type(probes.multiply_add(1, one(1), one(1))) is one
    z, out = (np.linspace(-1, 1, 17).astype(dtype) for _ in range(2))
    probes.activations("logistic", z, out, 3)
    np.testing.assert_allclose(out, 1 / (1 + np.exp(-z)), rtol=1e-6)
    numbers = aligned.empty((work * 3,), dtype)
    numbers[:] = np.arange(numbers.size)
    assert numbers.ctypes.data % aligned.LINE == 0
    assert probes.read(numbers, 2) == 2 * numbers.sum()


def test_sigmoids_are_computed_as_often_as_they_are_timed() -> None:
    """Each pass reads z anew: in place, the next one starts from the last one's result."""
    z = np.array([0.25, -3.0, 0.0])
    probes.activations("logistic", z, z, 2)
    once = 1 / (1 + np.exp(-np.array([0.25, -3.0, 0.0])))
    np.testing.assert_allclose(z, 1 / (1 + np.exp(-once)), rtol=1e-15)


@pytest.mark.parametrize("size", [0, 1, 7, 8, 9, 33])
def test_nothing_beyond_the_end_is_touched(size: int) -> None:
    z, out = np.full(size + 40, np.nan), np.full(size + 40, 7.0)
    z[:size] = 0
    probes.activation("logistic", z[:size], out[:size])
    np.testing.assert_array_equal(out[:size], 0.5)
    np.testing.assert_array_equal(out[size:], 7.0)


WRONG: list[tuple[Any, type[Exception], str]] = [
    (np.zeros(4, np.float32), TypeError, "float64 and float32"),
    (np.zeros(4, int), TypeError, "float64 or float32"),
    (np.zeros(5), ValueError, "one length"),
    (np.zeros((2, 2)), ValueError, "vectors"),
    (np.zeros(8)[::2], ValueError, "contiguous"),
    (np.zeros(33, np.uint8)[1:].view(np.float64), ValueError, "aligned"),
]


@pytest.mark.parametrize(("wrong", "error", "text"), WRONG)
def test_arrays_that_compiled_code_cannot_take_are_refused(
    wrong: Any, error: type[Exception], text: str
) -> None:
    with pytest.raises(error, match=text):
        probes.activations("logistic", np.zeros(4), wrong, 1)
    with pytest.raises(error):
        probes.activations("logistic", wrong, np.zeros(4), 1)
    constant = np.zeros(4)
    constant.flags.writeable = False
    with pytest.raises(ValueError, match="writable"):
        probes.activation("logistic", np.zeros(4), constant)


def test_nothing_takes_any_arguments_and_counts_its_references_to_none() -> None:
    nothing = probes.nothing()
    assert nothing() is nothing(1, np.zeros(2), "x") is None
    with pytest.raises(TypeError, match="keyword"):
        nothing(x=1)
    one = object()
    before = sys.getrefcount(None), sys.getrefcount(one)
    for _ in range(10_000):
        nothing(one, one)
    after = sys.getrefcount(None), sys.getrefcount(one)
    assert after[1] == before[1]
    assert abs(after[0] - before[0]) < 100


def test_the_interpreter_s_lock_is_released() -> None:
    """Another thread sees a long probe running; with the lock it would start after its end."""
    running = threading.Event()
    turns = 0

    def probe() -> None:
        running.set()
        probes.multiply_add(30_000_000, np.float64(1), np.float64(1))
        running.clear()

    probes.multiply_add(1, np.float64(1), np.float64(1))
    thread = threading.Thread(target=probe)
    thread.start()
    running.wait()
    while running.is_set():
        turns += 1
        time.sleep(0)
    thread.join()
    assert turns > 10


def test_the_probes_need_no_numba() -> None:
    code = (
        "import sys\n"
        "sys.modules['numba'] = None  # an import of it fails\n"
        "from benchmarks.measure import limits\n"
        "limits.WORKING_SETS_KIB = (16,)\n"
        "print(min(limits.measure(0.01).values()) > 0)"
    )
    result = python("-c", code)
    assert (result.stdout, result.returncode) == ("True\n", 0), result.stderr
