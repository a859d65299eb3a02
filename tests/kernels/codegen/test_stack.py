"""Generated code needs little of a thread's stack, however wide the network."""

from __future__ import annotations

import platform
import re
import subprocess
import sys

import pytest

from kernels.codegen import entries, loading
from kernels.codegen.emit.layout import Layout
from kernels.codegen.llvm import compiler
from kernels.codegen.llvm.target import Target
from kernels.parts.architecture import Architecture
from kernels.supplied import OPERATIONS

MOST = 8192
"""Bytes of stack that a call may need: threads can have as little as 64 KB."""
NETWORKS = [
    Architecture((100, 100, 50, 10), ("logistic",) * 3),
    Architecture((20, 8000, 5), ("tanh", "softmax"), "log"),
    Architecture((300, 40, 1), ("relu", "logistic"), "squared", shifted=True),
]
SMALL_THREAD = """
import threading
import numpy as np
import kernels

def work(one, X, Y, found):
    found += [one.forward(X[0]), one.forward_batch(X)]
    if "gradient" in one.operations:
        found += [one.gradient(X[0], Y[0]).theta, one.gradient(X, Y).theta]
        found += [one.train(X, Y, 2).network.theta]

threading.stack_size(64 * 1024)
for sizes, operations in (
    ((20, 8000, 3), None), ((8000, 3), None), ((8000, 20, 8000, 3), ("forward", "forward_batch")),
):
    generator = np.random.default_rng(0)
    network = kernels.Network.centred(sizes, 1, ("tanh",) * (len(sizes) - 2) + ("softmax",))
    X, Y = generator.standard_normal((90, sizes[0])), generator.random((90, 3))
    plan, other = (
        kernels.plan(network, rung, threads=2, operations=operations)
        for rung in ("specialized", "batched")
    )
    results, expected = [], []
    work(other, X, Y, expected)  # here: BLAS may need a larger stack
    thread = threading.Thread(target=work, args=(plan, X, Y, results))
    thread.start()
    thread.join()
    for found, want in zip(results, expected, strict=True):
        assert np.allclose(found, want, rtol=0, atol=1e-10), abs(found - want).max()
print("equal")
"""
"""Each kind of layer is wide in one network: LLVM takes long for gradients of several wide ones."""


def test_wide_networks_in_threads_with_little_stack() -> None:
    result = subprocess.run(
        [sys.executable, "-c", SMALL_THREAD], capture_output=True, text=True, check=False
    )
    assert result.stdout == "equal\n", f"ended with {result.returncode}: {result.stderr}"


def frames(assembly: str) -> dict[str, tuple[int, set[str]]]:
    """Return each function's stack frame in bytes and its callees, from an x86 listing."""
    found: dict[str, tuple[int, set[str]]] = {}
    name = ""
    for line in assembly.splitlines():
        if label := re.match(r'"?([A-Za-z_][^\s:"]*)"?:', line):
            name = label[1]
            found[name] = (8, set())  # the address to return to
            continue
        size, calls = found.get(name, (0, set()))
        if took := re.search(r"subq\s+\$(\d+), %rsp", line):
            size += int(took[1])
        if re.search(r"\bpushq\b", line):
            size += 8
        calls |= set(re.findall(r"(?:callq?\s+|jmp\s+|\$)\"?([A-Za-z_][\w.]*)", line))
        found[name] = (size, calls)
    return found


def deepest(found: dict[str, tuple[int, set[str]]], name: str, above: tuple[str, ...] = ()) -> int:
    """Return the bytes of stack that a function and its callees need together."""
    if name not in found or name in above:
        return 0
    size, calls = found[name]
    return size + max((deepest(found, one, (*above, name)) for one in calls), default=0)


def test_frames_are_read_with_all_that_a_function_calls() -> None:
    text = (
        "f:\n\tpushq\t%rbp\n\tsubq\t$24, %rsp\n\tcallq\tg\n\tretq\n"
        "g:\n\tsubq\t$100, %rsp\n\tjmp\th\nh:\n\tretq\n"
    )
    found = frames(text)
    assert found == {"f": (40, {"g"}), "g": (108, {"h"}), "h": (8, set())}
    assert deepest(found, "f") == 40 + 108 + 8


@pytest.mark.skipif(platform.machine() not in ("x86_64", "AMD64"), reason="reads x86's assembly")
@pytest.mark.parametrize(
    ("what", "dtype"),
    [*zip(NETWORKS, ("float64", "float32", "float64"), strict=True)],
    ids=str,
)
def test_no_call_needs_more_than_eight_kilobytes(what: Architecture, dtype: str) -> None:
    """Of no function that can be called from outside: those of Python's way, and all entries."""
    layout = Layout(what, dtype, Target.host())
    # "update" and "compute" belong to plans that can have them, whatever is asked for
    operations = frozenset((*OPERATIONS, *entries.WRITERS)) - {"update", "compute"}
    module = loading.written(layout, operations, native=True)
    exported = compiler.exported(module)
    wanted = {f"entry_{name}" for name in operations - {"train"}}
    assert {"rows", "packed", "descend"} | wanted <= set(exported)
    found = frames(compiler.listing(module, layout.target, assembly=True))
    needed = {name: deepest(found, name) for name in exported}
    assert needed.keys() <= found.keys()
    assert {name: size for name, size in needed.items() if size > MOST} == {}
    assert max(needed.values()) > 100
