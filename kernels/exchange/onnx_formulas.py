"""Activations written with several operators of ONNX: our own formulas, and those of exporters.

A formula is text such as `Mul(z, Sigmoid(z))`: operators, numbers, and z, the weighted sums. The
same text makes the nodes of a file (`written`) and is recognised in one (`recognised`), where a
formula is a tree: the value at z, an array for a constant, or a tuple (operator, *arguments).
"""

from __future__ import annotations

import ast
from collections.abc import Callable
from typing import Any

import numpy as np

from kernels.parts.activations.gelu_tanh import CUBE, SCALE
from kernels.parts.activations.leaky_relu import LEAK

ROOT_HALF = np.sqrt(0.5).item()
NO_OPERATOR = {
    "silu": "Mul(z, Sigmoid(z))",
    "gelu": f"Mul(Mul(z, 0.5), Add(Erf(Mul(z, {ROOT_HALF!r})), 1.0))",
    "gelu_tanh": f"Mul(z, Sigmoid(Mul(Mul(z, {SCALE!r}), Add(Mul(Mul(z, z), {CUBE}), 1.0))))",
}
"""Formulas for activations that have no operator."""
POWER = "Exp(Neg(Abs(z)))"
SUM = f"Max(Add({POWER}, 1.0), {1 + np.finfo(np.float64).eps.item()!r})"
LOG1P = f"Mul({POWER}, Div(Log({SUM}), Sub({SUM}, 1.0)))"
"""log(1 + u), u = exp(-|z|), to a few units in the last place (Kahan): the rounding of w = 1 + u,
which would cost all digits of a small u, cancels in log(w) / (w - 1). Where w would be 1 that is 1,
as it is for the number after 1, to the last bit."""
NO_DOUBLE = {
    "elu": "Where(Greater(z, 0.0), z, Sub(Exp(Min(z, 0.0)), 1.0))",
    "leaky_relu": f"Max(z, Mul(z, {LEAK!r}))",
    "softplus": f"Add(Max(z, 0.0), {LOG1P})",
}
"""Formulas in float64, for which ONNX Runtime lacks the operator or its constant is a float32."""

HALF_SCALE = SCALE / 2
TANH = f"Tanh(Mul(Add(z, Mul({{}}, {CUBE})), {HALF_SCALE!r}))"
OTHERS: list[tuple[str, str, float]] = [
    ("relu", "Max(z, 0.0)", 1.0),
    *(
        ("gelu", formula.replace("$", f"Add(Erf({scaled}), 1.0)"), factor)
        for scaled in (f"Div(z, {2**0.5!r})", f"Mul(z, {ROOT_HALF!r})")
        for formula, factor in (
            ("Mul(z, $)", 2.0),
            ("Mul(Mul(z, 0.5), $)", 1.0),
            ("Mul(z, Mul($, 0.5))", 1.0),
        )
    ),
    *(
        ("gelu_tanh", formula.replace("$", f"Add({TANH.format(cube)}, 1.0)"), factor)
        for cube in ("Pow(z, 3.0)", "Mul(z, Mul(z, z))")
        for formula, factor in (
            ("Mul(z, $)", 2.0),
            ("Mul(Mul(z, 0.5), $)", 1.0),
            ("Mul(z, Mul($, 0.5))", 1.0),
        )
    ),
]
"""Formulas that exporters write; what they compute is the activation times a factor."""
COMMUTATIVE = ("Add", "Mul", "Max", "Min")
SIMILAR = 1e-6
"""Relative difference of constants that count as equal: those of a file may be float32."""


def formula(name: str, dtype: str) -> str | None:
    """The formula of an activation in a dtype; None if an operator computes it."""
    return NO_OPERATOR.get(name) or (NO_DOUBLE.get(name) if dtype == "float64" else None)


def written(text: str, node: Callable[..., Any], constant: Callable[[float], Any], z: Any) -> Any:
    """Write the nodes of a formula, equal parts once; returns what stands for its result.

    Parameters
    ----------
    node : node(operator, *inputs) adds a node and returns what stands for its output: its name
    constant : constant(number) returns what stands for a constant
    z : what stands for the weighted sums
    """

    known: dict[str, Any] = {}

    def made(part: ast.expr) -> Any:
        if isinstance(part, ast.Name):
            return z
        if isinstance(part, ast.Call):
            text = ast.unparse(part)
            if text not in known:
                known[text] = node(ast.unparse(part.func), *map(made, part.args))
            return known[text]
        return constant(ast.literal_eval(part))

    return made(ast.parse(text, mode="eval").body)


def recognised(tree: Any, z: Any) -> tuple[str, float] | None:
    """The activation that a tree computes from z, and the factor before it; None for others."""
    known = [(name, text, 1.0) for name, text in (NO_OPERATOR | NO_DOUBLE).items()]
    for name, text, factor in known + OTHERS:
        if same(tree, ast.parse(text, mode="eval").body, z):
            return name, factor
    return None


def same(tree: Any, part: ast.expr, z: Any) -> bool:
    """True if a tree is what the part of a formula says."""
    if isinstance(part, ast.Name):
        return tree is z
    if isinstance(part, ast.Call):
        operator = ast.unparse(part.func)
        if not isinstance(tree, tuple) or tree[0] != operator or len(tree) != 1 + len(part.args):
            return False
        arguments = list(tree[1:])
        orders = [arguments] + [arguments[::-1]] * (operator in COMMUTATIVE)
        return any(
            all(same(one, wanted, z) for one, wanted in zip(order, part.args, strict=True))
            for order in orders
        )
    if not isinstance(tree, np.ndarray) or tree.size != 1:
        return False
    return bool(np.isclose(tree.item(), ast.literal_eval(part), SIMILAR, 0.0))


def operators() -> set[str]:
    """All operators of the formulas."""
    texts = [*NO_OPERATOR.values(), *NO_DOUBLE.values(), *(text for _, text, _ in OTHERS)]
    return {
        ast.unparse(part.func)
        for text in texts
        for part in ast.walk(ast.parse(text, mode="eval"))
        if isinstance(part, ast.Call)
    }
