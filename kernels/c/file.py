"""A file of C with a network's forward pass and its parameters, for use in other programs."""

from __future__ import annotations

import re
from collections.abc import Iterator

import numpy as np

from kernels.c.source import PREAMBLE, REAL, Layer, forward_calls, functions, layers
from kernels.network import Network, views
from kernels.support import checks
from kernels.support.checks import Array

NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")
COLUMNS = 100
"""The longest line."""


def text(network: Network, dtype: str = "float64", name: str = "network") -> str:
    """The file's text; `Network.to_c` documents arguments and errors."""
    real = checks.dtype(dtype).name
    if not isinstance(name, str):
        raise TypeError(f"name must be a string, got {name!r}")
    if not NAME.fullmatch(name):
        raise ValueError(f"name must be of letters, digits and _, no digit first, got {name!r}")
    with np.errstate(over="ignore"):
        theta = network.theta.astype(real)
    if not np.isfinite(theta).all():
        checks.parameters(network.theta, theta.size)  # explains NaN and infinity
        raise ValueError(f"theta must be finite in {real}, got a number beyond its range")
    what = network.architecture
    every = layers(what, gradients=False)
    taken = "double" if what.shifted else REAL[real]
    one = f"void {name}_forward(const {taken} *restrict x, {REAL[real]} *restrict y)"
    many = f"void {name}_forward_batch(size_t m, const {taken} *X, {REAL[real]} *Y)"
    batch = BATCH.format(name=name, inputs=what.sizes[0], outputs=what.sizes[-1])
    plain = HEAD.format(
        what=what,
        one=one.replace("restrict ", ""),
        many=many,
        inputs=what.sizes[0],
        outputs=what.sizes[-1],
        shift=SHIFT if what.shifted else "",
        stack=sum(what.sizes) * np.dtype(real).itemsize,
    )
    lines = [
        plain,
        *PREAMBLE,
        *functions(what, real, gradients=False),
        *parameters(every, theta, network),
        f"{one};",
        f"{many};",
        "",
        one,
        "{",
        *(subtracted(what.sizes[0]) if what.shifted else ()),
        *forward_calls(every, "y", "h1" if what.shifted else "x", named),
        "}",
        "",
        many,
        batch,
    ]
    return "\n".join(lines)


HEAD = """\
/* The forward pass of a network of {what}, in C99.

   Compile this file by itself. To use it, declare (in C++ within extern "C" {{ }})

       #include <stddef.h>
       {one};
       {many};

   x has {inputs} numbers and y {outputs}; X and Y are m of these, row after row. What is read and
   what is written must not overlap.{shift}
   Nothing is allocated; about {stack} bytes of stack are used. Of libraries libm is needed. */
"""
SHIFT = """
   The network's shift is subtracted from x, as double, before anything is rounded."""
BATCH = """\
{{
    for (size_t k = 0; k < m; k++)
        {name}_forward(X + {inputs} * k, Y + {outputs} * k);
}}
"""


def named(layer: Layer) -> tuple[str, str]:
    """W and b as arrays of their own; `parameters` writes them."""
    return f"*W{layer.number}", f"b{layer.number}"


def parameters(every: list[Layer], theta: Array, network: Network) -> Iterator[str]:
    """Definitions of all W and b, and of the shift."""
    for layer, W, b in zip(every, *views(theta, network.sizes), strict=True):
        yield f"static const real W{layer.number}[{layer.outputs}][{layer.inputs}] = {{"
        for row in W:
            yield from braced(row)
        yield f"}};\nstatic const real b{layer.number}[{layer.outputs}] = {{"
        yield from (*numbers(b, 4), "};", "")
    if network.shift is not None:
        yield f"static const double shift[{network.sizes[0]}] = {{"
        yield from (*numbers(network.shift, 4), "};", "")


def braced(row: Array) -> Iterator[str]:
    """A row of numbers, in one line if it fits."""
    lines = list(numbers(row, 8))
    short = f"    {{ {lines[0].strip()[:-1]} }},"
    if len(lines) == 1 and len(short) <= COLUMNS:
        yield short
    else:
        yield from ("    {", *lines, "    },")


def numbers(row: Array, indent: int) -> Iterator[str]:
    """Numbers in lines, each with as many digits as tell it from its neighbours."""
    line = ""
    for value in row:
        number = f"{value!s}{'f' if row.dtype == np.float32 else ''},"
        if line and indent + len(line) + 1 + len(number) > COLUMNS:
            yield " " * indent + line
            line = ""
        line += f" {number}" if line else number
    yield " " * indent + line


def subtracted(inputs: int) -> Iterator[str]:
    """h[1] = x - shift."""
    yield f"    real h1[{inputs}];"
    yield f"    for (int j = 0; j < {inputs}; j++)"
    yield "        h1[j] = x[j] - shift[j];"
