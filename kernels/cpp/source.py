"""A network as C++ with Eigen, as one writes it by hand: sizes are template arguments.

What is the same for all networks is in the C++ files of this folder; what is generated stands
between them: a line for each product and each activation of this network. Functions are templates
over the number of samples in a block, which is 1 or `Dynamic`.

Activations and losses are array expressions where Eigen has vector instructions for them. The
others are their C expressions, applied to one number after the other.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterator
from pathlib import Path

from kernels.c.source import REAL, Layer, arguments, constants, layers
from kernels.network import parameter_count, stretches
from kernels.parts.activation import Activation
from kernels.parts.activations.leaky_relu import LEAK
from kernels.parts.architecture import Architecture

OPTIMIZERS = ("sgd", "momentum", "nesterov", "adam", "adamw")
"""Optimizers by `Optimizer.form`, in the order in which the functions number them."""
VECTORIZED = frozenset(("z", "h", "y", "exp", "log", "tanh"))
"""What a C expression may have in it to be an array expression, too."""


def greatest(other: str) -> str:
    """The greater of z and another number, NaN if z is."""
    return f"z.template max<Eigen::PropagateNaN>({other})"


def least(name: str) -> str:
    """The lesser of 0 and z or h, NaN if that is."""
    return f"{name}.template min<Eigen::PropagateNaN>(Scalar(0))"


VALUES = {
    "elu": f"{greatest('Scalar(0)')} + expm1({least('z')})",
    "leaky_relu": greatest(f"Scalar({LEAK}) * z"),
    "relu": greatest("Scalar(0)"),
    "softplus": f"{greatest('Scalar(0)')} + log1p(exp(-abs(z)))",
}
"""f(z) as an array expression, for activations whose C expression is none."""
SLOPES = {
    "elu": f"{least('h')} + Scalar(1)",
    "relu": "(h > Scalar(0)).template cast<Scalar>()",
    "softplus": "-expm1(-h)",
}
"""f'(z) likewise."""
SHARES = {"logistic": f"{greatest('Scalar(0)')} - y * z + log1p(exp(-abs(z)))"}
"""Each node's share of a canonical loss likewise, by the output layer's activation."""


def text(what: Architecture, dtype: str, gradients: bool) -> str:
    """The source of an extension module called `network`; without gradients it is built faster."""
    what = what._replace(shifted=False)  # the caller subtracts it: no other module is needed
    head, passes, module = (
        Path(__file__).with_name(f"{name}.cpp").read_text(encoding="utf-8")
        for name in ("head", "passes", "module")
    )
    lines = ["/* --- this network --- */", "", *memory(what, gradients), *forward(what, gradients)]
    if gradients:
        lines += gradient(what)
    body = constants("\n".join([*lines, "} // namespace", ""]), dtype)
    # names of classes must differ from those of other networks in the same process
    digest = hashlib.sha256(f"{what}{head}{body}{passes}{module}{dtype}".encode()).hexdigest()
    opened = OPENING.format(
        what=what,
        scalar=REAL[dtype],
        gradients=int(gradients),
        name=f"network_{digest[:16]}",
        inputs=what.sizes[0],
        outputs=what.sizes[-1],
        parameters=parameter_count(what.sizes),
        stretches=", ".join(f"{{{a}, {b - a}}}" for a, b in stretches(what.sizes).tolist()),
        optimizers=", ".join(OPTIMIZERS),
    )
    closed = "} // namespace\n"
    return "\n".join([opened, head, body, "namespace {", passes, closed, module])


OPENING = """\
/* What the kernel eigen computes of a network of {what}, in C++17.

   theta has W[1] row by row, b[1], W[2], ...; X and Y have a row for each of m samples. */

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <type_traits>
#include <vector>

#include <Eigen/Core>
#include <nanobind/nanobind.h>
#define NPY_NO_DEPRECATED_API NPY_1_7_API_VERSION
#include <numpy/arrayobject.h>

#define NAMESPACE {name}
#define GRADIENTS {gradients}

namespace {{
using Scalar = {scalar};
constexpr int INPUTS = {inputs}, OUTPUTS = {outputs}, PARAMETERS = {parameters};
[[maybe_unused]] constexpr struct {{ int first, count; }} STRETCHES[] = {{{stretches}}};
enum class Form {{ {optimizers} }};
using Flat = Eigen::Map<Eigen::Array<Scalar, Eigen::Dynamic, 1>>;
"""


def memory(what: Architecture, gradients: bool) -> Iterator[str]:
    """What a computation keeps: of one sample on the stack, of a block in a thread's memory."""
    every = layers(what, gradients)
    last = every[-1]
    kept = []
    for layer in every:
        l, n = layer.number + 1, layer.outputs
        if layer.keeps_z or layer is last:
            kept.append((f"z{l}", n))
        if gradients or layer is not last:
            kept.append((f"h{l}", n))
        if gradients:
            kept.append((f"d{l}", n))
    if gradients:
        kept.append(("shares", last.outputs))
    yield "template <int B> struct Work;"
    yield ""
    yield "template <> struct Work<1> {"
    for name, n in kept:
        if not name.startswith(("d", "shares")):
            yield f"    Fixed<1, {n}> {name};"
    yield "};"
    yield ""
    yield "template <> struct Work<Dynamic> {"
    for name, n in kept:
        yield f"    Rows<Dynamic, {n}> {name};"
    yield "    Work(Scalar *memory, Index b)"
    at = 0
    for name, n in kept:
        yield f"        {',' if at else ':'} {name}(memory + {at} * BLOCK, b, {n})"
        at += n
    yield "    {"
    yield "    }"
    yield "};"
    yield f"constexpr Index WORK = {at};"
    yield ""


def forward(what: Architecture, gradients: bool) -> Iterator[str]:
    """h[L] of a block from x to `out`."""
    every = layers(what, gradients)
    yield "template <int B, typename Out>"
    yield "static inline void forward(const Scalar *theta, const Scalar *x, Index b, Work<B> &work,"
    yield "                           Out &&out)"
    yield "{"
    yield f"    const Samples<B, {what.sizes[0]}> h1(x, b, {what.sizes[0]});"
    h = "h1"
    for layer in every:
        l, n, rows = layer.number, layer.inputs, layer.outputs
        is_last = layer is every[-1]
        target = "out" if is_last else f"work.h{l + 1}"
        sums = f"work.z{l + 1}" if layer.keeps_z or is_last else target
        yield f"    const Weights<{rows}, {n}> W{l}(theta + {layer.first});"
        yield f"    const Biases<{rows}> b{l}(theta + {layer.bias});"
        yield f"    affine({h}, W{l}, b{l}, {sums});"
        if layer.f.over_nodes:
            yield f"    softmax({sums}, {target});"
        else:
            yield from assigned(target, layer.f.name, layer.f.c, VALUES, ["z"], {"z": sums})
        h = f"work.h{l + 1}"
    yield "}"
    yield ""


def assigned(
    target: str,
    name: str,
    c: str,
    arrays: dict[str, str],
    needed: list[str],
    given: dict[str, str],
    sign: str = "=",
) -> Iterator[str]:
    """Write an expression of z, h and y, which are parts of `given`, to a matrix.

    Parameters
    ----------
    name, arrays : `arrays` may have the array expression of this name
    c : otherwise this C expression of one number is taken
    needed : which of z, h and y there are in it
    sign : = or *=
    """
    text = arrays.get(name, c)
    if name in arrays or ("?" not in c and set(re.findall(r"[a-z]\w*", c)) <= VECTORIZED):
        found = [one for one in "zhy" if re.search(rf"\b{one}\b", text)]
        yield "    {"
        for one in found:
            yield f"        const auto {one} = {given[one]}.array();"
        made = target if sign == "=" else f"{target}.array()"
        yield f"        {made} {sign} {text};"
        yield "    }"
        return
    taken = ", ".join(f"Scalar {one}" for one in needed)
    element = ", ".join(f"{given[one]}(k, i)" for one in needed)
    yield "    {"
    yield f"        const auto of_one = []({taken}) {{ return Scalar({text}); }};"
    yield f"        for (Index k = 0; k < {target}.rows(); k++)"
    yield f"            for (Index i = 0; i < {target}.cols(); i++)"
    yield f"                {target}(k, i) {sign} of_one({element});"
    yield "    }"


def through(f: Activation, layer: int) -> Iterator[str]:
    """Multiply delta of a layer's nodes by f'(z)."""
    if f.c_slope != "1":
        given = {"z": f"work.z{layer}", "h": f"work.h{layer}"}
        yield from assigned(f"work.d{layer}", f.name, f.c_slope, SLOPES, arguments(f), given, "*=")


def gradient(what: Architecture) -> Iterator[str]:
    """A function that adds a block's gradient to a sum."""
    every = layers(what, gradients=True)
    last, loss = every[-1], what.objective
    l, rows = last.number + 1, last.outputs
    z, h, delta = f"work.z{l}", f"work.h{l}", f"work.d{l}"
    yield "static inline void add_gradient(const Scalar *theta, const Scalar *x, const Scalar *y,"
    yield "                                const Scalar *weights, Index b, Work<Dynamic> &work,"
    yield "                                Scalar *total, double *sums)"
    yield "{"
    yield f"    forward<Dynamic>(theta, x, b, work, {h});"
    yield f"    const Samples<Dynamic, {what.sizes[0]}> h1(x, b, {what.sizes[0]});"
    yield f"    const Samples<Dynamic, {rows}> targets(y, b, {rows});"
    yield f"    {delta} = {h} - targets;"
    if last.f.over_nodes and loss.canonical:
        yield f"    log_softmax({z});"
    given = {"z": z, "h": h, "y": "targets"}
    c = loss.c(last.f.over_nodes)
    shares = SHARES if loss.canonical else {}
    needed = [one for one in "zhy" if re.search(rf"\b{one}\b", c)]
    yield from assigned("work.shares", last.f.name, c, shares, needed, given)
    yield f"    tally(work.shares, {delta}, weights, sums);"
    if last.f.over_nodes:
        yield "    {"
        if loss.canonical:
            yield "        const auto total = targets.rowwise().sum().eval();"
            yield f"        {delta} = {h};"
            yield f"        {delta}.array().colwise() *= total.array();"
            yield f"        {delta} -= targets;"
        else:
            yield f"        const auto mean = {delta}.cwiseProduct({h}).rowwise().sum().eval();"
            yield f"        {delta}.colwise() -= mean;"
            yield f"        {delta}.array() *= {h}.array();"
        yield "    }"
    elif not loss.canonical:
        yield from through(last.f, l)
    yield f"    weigh({delta}, weights);"
    for layer in reversed(every):
        yield from back(layer, every)
    yield "}"


def back(layer: Layer, every: list[Layer]) -> Iterator[str]:
    """Add a layer's dW and db; but for the first layer, make delta of the nodes below."""
    l, n, rows = layer.number, layer.inputs, layer.outputs
    delta, h = f"work.d{l + 1}", f"work.h{l}" if l > 1 else "h1"
    yield f"    WeightSums<{rows}, {n}> dW{l}(total + {layer.first}, {rows}, {n});"
    yield f"    dW{l}.noalias() += {delta}.transpose() * {h};"
    yield f"    BiasSums<{rows}>(total + {layer.bias}) += {delta}.colwise().sum();"
    if l > 1:
        yield f"    work.d{l}.noalias() = {delta} * Weights<{rows}, {n}>(theta + {layer.first});"
        yield from through(every[l - 2].f, l)
