"""Code for processors that this machine does not have: it is compiled, but not run.

Whether multiply-adds are fused, and sums stay in registers, is read from the assembly.
"""

from __future__ import annotations

import re
from typing import NamedTuple

import pytest

from kernels.codegen import loading
from kernels.codegen.emit.layout import Layout
from kernels.codegen.llvm.target import Target
from kernels.codegen.llvm.vectors import Vectors
from kernels.parts import architecture
from kernels.parts.architecture import HIDDEN, OUTPUT, Architecture
from kernels.supplied import OPERATIONS
from tests.pairwise import pairwise

DTYPES = ("float64", "float32")
NETWORKS = ((64, 30, 10), (100, 100, 50, 10))
ARM = {
    "linux": Target("aarch64-unknown-linux-gnu", "generic", ""),
    "macos": Target("arm64-apple-macosx", "apple-m1", ""),
    "macos, generic": Target("arm64-apple-macosx", "generic", ""),
}
X86 = {
    "sse2": Target("x86_64-unknown-linux-gnu", "x86-64", "+sse,+sse2"),
    "avx2": Target("x86_64-unknown-linux-gnu", "haswell", "+avx,+avx2,+fma"),
    "avx512": Target("x86_64-pc-windows-msvc", "skylake-avx512", "+avx,+avx2,+fma,+avx512f"),
}
WIDE = 20
"""Multiplications in a loop that adds products in nearly all registers."""


class Loop(NamedTuple):
    """What an innermost loop does, in numbers of instructions for vectors."""

    fused: int
    products: int
    """Multiplications that are not fused."""
    sums: int
    stack: int
    """Reads and writes of the stack: registers did not suffice."""


def loops(assembly: str) -> list[Loop]:
    """The innermost loops of code for Arm."""
    lines = assembly.splitlines()
    labels = {line.split(":")[0]: k for k, line in enumerate(lines) if re.match(r"[\w.$]+:", line)}
    spans = []
    for end, line in enumerate(lines):
        branch = re.match(r"\s+(?:b|b\.\w+|cbn?z|tbn?z)\s(?:.*,\s*)?([\w.$]+)$", line)
        if branch and labels.get(branch[1], end) < end:
            spans.append((labels[branch[1]], end))
    found = []
    for first, last in spans:
        inner = (one for one in spans if one != (first, last))
        if not any(first <= start and end <= last for start, end in inner):
            body = "\n".join(lines[first : last + 1])
            vectors = r"(\.2d|\.4s|\tv)"
            patterns = (r"\tfmla", rf"\tfmul{vectors}", rf"\tfadd{vectors}", r"\[(sp|x29)")
            found.append(Loop(*(len(re.findall(pattern, body)) for pattern in patterns)))
    return found


def assembly_of(
    what: Architecture | tuple[int, ...],
    dtype: str,
    target: Target,
    operations: tuple[str, ...] = OPERATIONS,
) -> str:
    layout = Layout(architecture.of(what), dtype, target)
    return loading.listing(layout, frozenset(operations), assembly=True)


@pytest.mark.parametrize(
    ("name", "sizes", "dtype"), pairwise([*ARM], [*NETWORKS], [*DTYPES]), ids=str
)
def test_arm_fuses_multiply_adds_and_keeps_sums_in_registers(
    name: str, sizes: tuple[int, ...], dtype: str
) -> None:
    wide = [
        loop for loop in loops(assembly_of(sizes, dtype, ARM[name]))
        if loop.fused + loop.products >= WIDE
    ]  # fmt: skip
    tiles = [loop for loop in wide if not loop.products]  # the others are of activations
    assert len(tiles) >= 3
    for loop in tiles:
        assert not loop.sums
        assert not loop.stack
    for loop in wide:
        assert loop.fused >= 3 * loop.products


def test_without_fused_instructions_the_loops_would_show_it(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(Target, "fuses", False)
    found = loops(assembly_of((64, 30, 10), "float64", ARM["linux"], ("forward_batch",)))
    assert sum(loop.fused for loop in found) == 0
    assert any(loop.products >= WIDE and loop.sums >= WIDE for loop in found)


def test_spills_in_a_loop_are_seen() -> None:
    text = (
        "f:\n\tstr\tq0, [sp]\n.outer:\n\tfadd\tv0.2d, v0.2d, v1.2d\n.inner:\n"
        "\tfmla\tv0.2d, v1.2d, v2.2d\n\tldr\tq1, [sp, #16]\n\tb.ne\t.inner\n"
        "\tfmul\tv0.2d, v0.2d, v1.2d\n\tcbnz\tx0, .outer\n"
    )
    assert loops(text) == [Loop(fused=1, products=0, sums=0, stack=1)]
    assert loops(text.replace(".2d", "").replace("\tv0,", ".2d\tv0,")) == loops(text)


@pytest.mark.parametrize(("name", "dtype"), [*zip(X86, (*DTYPES, *DTYPES), strict=False)])
def test_x86_of_every_width_is_compiled_anywhere(name: str, dtype: str) -> None:
    text = assembly_of((64, 30, 10), dtype, X86[name])
    registers, fused = {"sse2": ("xmm", 0), "avx2": ("ymm", 1), "avx512": ("zmm", 1)}[name]
    assert f"%{registers}" in text
    assert not any(f"%{wider}" in text for wider in ("ymm", "zmm") if wider > registers)
    assert ("vfmadd" in text) == fused


@pytest.mark.parametrize("number", range(len(HIDDEN)), ids=HIDDEN.__getitem__)
def test_activations_are_stored_without_masks(number: int) -> None:
    output = OUTPUT[number % len(OUTPUT)]
    network = Architecture((20, 30, 10), (HIDDEN[number], output))
    assert "vmaskmov" not in assembly_of(network, DTYPES[number % 2], X86["avx2"])


def test_masks_would_be_seen(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Vectors, "opaque", lambda _, value: value)
    network = Architecture((20, 30, 10), ("elu", "logistic"))
    assert "vmaskmov" in assembly_of(network, "float64", X86["avx2"], ("forward_batch",))


@pytest.mark.parametrize("target", [*ARM.values(), *X86.values()], ids=[*ARM, *X86])
def test_the_architecture_decides_what_the_list_of_features_leaves_out(target: Target) -> None:
    arm, widest = target in ARM.values(), target is X86["avx512"]
    assert target.registers == (32 if arm or widest else 16)
    assert target.fuses == (target is not X86["sse2"])
    assert (target.is_arm, target.is_x86) == (arm, not arm)
