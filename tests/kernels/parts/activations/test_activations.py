"""Activations and losses: every form of each computes the same function."""

from __future__ import annotations

import ctypes
import re
import shutil
import subprocess
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from scipy import special

from benchmarks.measure.environment import ROOT
from kernels.parts.activation import Activation
from kernels.parts.activations import ACTIVATIONS
from kernels.parts.losses import LOSSES
from kernels.parts.sigmoid import without_warnings
from kernels.proof.bounds import unit_roundoff
from kernels.proof.reference import ARITHMETIC

ELEMENTWISE = {name: f for name, f in ACTIVATIONS.items() if not f.over_nodes}
ELSEWHERE: dict[str, Any] = {
    "logistic": special.expit,
    "tanh": np.tanh,
    "relu": lambda z: np.maximum(z, 0),
    "identity": lambda z: z,
    "exp": np.exp,
    "elu": lambda z: np.where(z > 0, z, special.expm1(z)),
    "leaky_relu": lambda z: np.where(z > 0, z, 0.01 * z),
    "softplus": lambda z: -special.log_expit(-z),
    "silu": lambda z: z * special.expit(z),
    "gelu": lambda z: z * special.ndtr(z),
    "gelu_tanh": lambda z: z
    * special.expit(np.sqrt(8 / np.pi) * (z + 0.044715 * z**3)),
}  # fmt: skip
"""The functions as another library computes them."""


def grid(dtype: str = "float64", most: float = 60.0) -> Any:
    tiny = np.finfo(dtype).tiny
    near = np.concatenate([np.linspace(-4, 4, 801), [0.0, tiny, -tiny]])
    return np.concatenate([near, np.linspace(-most, most, 501)]).astype(dtype)


@pytest.mark.parametrize("name", ELEMENTWISE)
def test_the_exact_form_is_the_function_that_other_libraries_have(name: str) -> None:
    if name not in ELSEWHERE:
        pytest.skip(f"ELSEWHERE has no {name} of another library")
    z = grid()
    found, _ = ACTIVATIONS[name].exact(ARITHMETIC, ARITHMETIC.wide(z))
    np.testing.assert_allclose(found.astype(float), ELSEWHERE[name](z), rtol=2e-13, atol=1e-300)


@pytest.mark.parametrize("name", ELEMENTWISE)
def test_the_exact_slope_is_that_of_the_complex_step(name: str) -> None:
    """The imaginary part of f(z + i s), for a tiny s, is s f'(z)."""
    z = grid(most=20)
    z = z[np.abs(z) > 1e-30]  # where rectifiers bend
    step = np.longdouble(2) ** -100
    _, slope = ACTIVATIONS[name].exact(ARITHMETIC, ARITHMETIC.wide(z))
    found = ACTIVATIONS[name].complex_value(np.asarray(z, np.clongdouble) + 1j * step)
    expected = slope.astype(float)
    np.testing.assert_allclose((found.imag / step).astype(float), expected, rtol=1e-9, atol=1e-14)


@pytest.mark.parametrize("dtype", ["float64", "float32"])
@pytest.mark.parametrize("name", ELEMENTWISE)
@pytest.mark.parametrize("form", ["NumPy", "in place", "one number"])
def test_values_and_slopes_are_within_their_bounds(form: str, name: str, dtype: str) -> None:
    f, z = ACTIVATIONS[name], grid(dtype)
    h_true, slope_true = (a.astype(float) for a in f.exact(ARITHMETIC, ARITHMETIC.wide(z)))
    delta = np.ones_like(z)
    with without_warnings():
        if form == "NumPy":
            h = f.value(z)
            slope = f.through(delta, z, h)
        elif form == "in place":
            f.in_place(h := z.copy())
            f.through_in_place(slope := delta, z if f.needs_z else None, h, np.empty_like(z))
        else:
            loops, h, slope = f.loops(), np.empty_like(z), delta
            loops.fill(z, h)
            loops.carry(slope, z, h)
    assert h.dtype == dtype
    u, zero = unit_roundoff(np.dtype(dtype)), np.zeros(z.size)
    tiny = float(np.finfo(dtype).tiny)
    bound = f.value_bound(z.astype(float), h_true, abs(slope_true), zero, u) + tiny
    assert (abs(h.astype(float) - h_true) <= bound).all()
    slope_bound = f.slope_bound(z.astype(float), h_true, zero, bound, u)
    bent = z == 0  # a rectifier's slope may be either
    error = abs(slope.astype(float) - slope_true)
    assert (error <= 2 * slope_bound + 2 * u * abs(slope_true) + tiny)[~bent].all()


@pytest.mark.parametrize("name", ACTIVATIONS)
def test_an_activation_says_where_it_may_stand(name: str) -> None:
    f = ACTIVATIONS[name]
    assert f.hidden or f.output
    assert not (f.needs_z and f.output)
    assert not (f.over_nodes and f.hidden)
    assert f.formula
    assert "-" not in f.name
    assert f.name == name == str(f)
    assert f.rated in ELEMENTWISE.values()


def test_names_elsewhere_are_of_one_part_each() -> None:
    for parts in (ACTIVATIONS, LOSSES):
        named = [
            (library, name) for part in parts.values() for library, name in part.libraries.items()
        ]
        assert len(set(named)) == len(named)
        aliases = [alias for part in parts.values() for alias in part.aliases]
        assert not set(aliases) & set(parts)


@pytest.mark.skipif(shutil.which("cc") is None, reason="no C compiler")
def test_c_expressions_compute_the_same(tmp_path: Path) -> None:
    """Every expression is compiled as C99."""
    lines = ["#include <math.h>"]
    for name, f in ELEMENTWISE.items():
        lines += [f"double {name}_value(double z, double h) {{ return {f.c}; }}",
                  f"double {name}_slope(double z, double h) {{ return {f.c_slope}; }}"]  # fmt: skip
    (tmp_path / "parts.c").write_text("\n".join(lines))
    library = tmp_path / "parts.so"
    command = ["cc", "-std=c99", "-O1", "-shared", "-fPIC", "-o", str(library)]
    subprocess.run([*command, str(tmp_path / "parts.c"), "-lm"], check=True)
    loaded = ctypes.CDLL(str(library))
    for name, f in ELEMENTWISE.items():
        value, slope = (loaded[f"{name}_{kind}"] for kind in ("value", "slope"))
        for function in (value, slope):
            function.restype, function.argtypes = ctypes.c_double, [ctypes.c_double] * 2
        z = grid(most=20)
        h_true, slope_true = (a.astype(float) for a in f.exact(ARITHMETIC, ARITHMETIC.wide(z)))
        h = np.array([value(one, 0.0) for one in z])
        np.testing.assert_allclose(h, h_true, rtol=1e-12, atol=1e-300)
        found = np.array([slope(one, other) for one, other in zip(z, h, strict=True)])
        inside = z != 0
        np.testing.assert_allclose(found[inside], slope_true[inside], rtol=1e-9, atol=1e-14)


# --- nothing else knows them by name ------------------------------------------------------------

COMPARED = re.compile(r"""(?:[=!]=|\bin\b)\s*[(\[{]?\s*["'](\w+)["']|["'](\w+)["']\s*[=!]=""")


@pytest.mark.parametrize("folder", ["kernels", "benchmarks"])
def test_no_other_file_compares_a_part_s_name(folder: str) -> None:
    """What differs between parts is asked of the parts."""
    names = {*ACTIVATIONS, *LOSSES} - {"log"}
    """"log" is also the name of an axis' scale."""
    found = [
        f"{path.relative_to(ROOT)}:{number}: {line.strip()}"
        for path in sorted((ROOT / folder).rglob("*.py"))
        if "parts" not in path.relative_to(ROOT).parts
        for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1)
        for match in COMPARED.finditer(line)
        if names & set(match.groups())
    ]
    assert not found, "\n".join(found)


def test_a_comparison_is_found() -> None:
    for line in ('if name == "relu":', 'if "tanh" != name:', 'in ("softmax", "x")'):
        assert COMPARED.search(line), line


def test_the_base_class_leaves_nothing_out() -> None:
    """What a part must supply raises NotImplementedError until it does."""
    for name in ("value", "slope"):
        with pytest.raises(NotImplementedError):
            getattr(Activation, name)(*[0.0] * (1 + (name == "slope")))
