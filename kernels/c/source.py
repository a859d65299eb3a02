"""A network as C99, as a C programmer would write it: loops whose bounds are constants.

One generator serves files with the parameters in them (`Network.to_c`) and the peer `c`, whose
functions are given theta. Numbers are `real`, which is double or float; <tgmath.h> takes the
functions of that type. Nothing is allocated: what a sample needs lies on the stack.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from itertools import pairwise
from typing import NamedTuple

from kernels.network import parameter_count
from kernels.parts.activation import Activation
from kernels.parts.architecture import Architecture
from kernels.parts.loss import Loss

REAL = {"float64": "double", "float32": "float"}
DECIMAL = re.compile(r"(?<![\w.])\d+\.\d+(?:e[-+]?\d+)?(?![\w.])")
"""A number that C takes for a double."""
PREAMBLE = ("#include <stddef.h>", "#include <tgmath.h>", "")


class Layer(NamedTuple):
    """The way from h[number] to h[number + 1]."""

    number: int
    inputs: int
    outputs: int
    f: Activation
    first: int
    """Where W begins in theta; b follows it."""
    keeps_z: bool
    """True if z is needed after h is known."""

    @property
    def bias(self) -> int:
        """Where b begins in theta."""
        return self.first + self.inputs * self.outputs


def layers(what: Architecture, gradients: bool) -> list[Layer]:
    """The layers in their order."""
    found, first, last = [], 0, len(what.sizes) - 2
    for l, ((n, rows), f) in enumerate(zip(pairwise(what.sizes), what.functions, strict=True)):
        keeps = gradients and (f.needs_z or (l == last and what.objective.canonical))
        found.append(Layer(l + 1, n, rows, f, first, keeps))
        first += (n + 1) * rows
    return found


def functions(what: Architecture, dtype: str, gradients: bool) -> list[str]:
    """Lines of the static functions that all others call: activations, layers, one sample."""
    every = layers(what, gradients)
    lines = [f"typedef {REAL[dtype]} real;", ""]
    for f in dict.fromkeys(what.functions):
        lines += activation(f, dtype, gradients)
    for layer in every:
        lines += [*forward_layer(layer), *(backward_layer(layer) if gradients else ())]
    return lines


def activation(f: Activation, dtype: str, gradients: bool) -> Iterator[str]:
    """f and f' of one number; none for activations over all nodes."""
    if f.over_nodes:
        return
    yield f"static inline real {f.name}_of(real z) {{ return {constants(f.c, dtype)}; }}"
    if gradients:
        needed = ", ".join(f"real {name}" for name in arguments(f)) or "void"
        returned = constants(f.c_slope, dtype)
        yield f"static inline real {f.name}_slope({needed}) {{ return {returned}; }}"
    yield ""


def constants(text: str, dtype: str) -> str:
    """An expression with its numbers in the type at hand."""
    return DECIMAL.sub(lambda found: f"{found[0]}f", text) if dtype == "float32" else text


def arguments(f: Activation) -> list[str]:
    """What f' is computed from: "z", "h", both or nothing."""
    return [name for name in ("z", "h") if re.search(rf"\b{name}\b", f.c_slope)]


# --- layers -------------------------------------------------------------------------------------


def forward_layer(layer: Layer) -> Iterator[str]:
    """h[l+1] from h[l]; z is a further argument where it is kept."""
    n, rows, z = layer.inputs, layer.outputs, "z" if layer.keeps_z else "out"
    kept = "real *restrict z, " if layer.keeps_z else ""
    yield f"static inline void layer_{layer.number}(const real *restrict W, const real *restrict b,"
    yield f"                           const real *restrict h, {kept}real *restrict out)"
    yield "{"
    yield f"    for (int i = 0; i < {rows}; i++) {{"
    yield "        real sum = b[i];"
    yield f"        for (int j = 0; j < {n}; j++)"
    yield f"            sum += W[{n} * i + j] * h[j];"
    yield f"        {z}[i] = sum;"
    yield "    }"
    if layer.f.over_nodes:
        yield from softmax(rows, z)
    else:
        yield f"    for (int i = 0; i < {rows}; i++)"
        yield f"        out[i] = {layer.f.name}_of({z}[i]);"
    yield "}"
    yield ""


def greatest(rows: int, z: str) -> Iterator[str]:
    """most, the greatest z."""
    yield f"    real most = {z}[0];"
    yield f"    for (int i = 1; i < {rows}; i++)"
    yield f"        most = {z}[i] > most ? {z}[i] : most;"


def softmax(rows: int, z: str) -> Iterator[str]:
    """out = exp(z) / sum exp(z), where z may be out itself."""
    yield from greatest(rows, z)
    yield "    real total = 0;"
    yield f"    for (int i = 0; i < {rows}; i++) {{"
    yield f"        out[i] = exp({z}[i] - most);"
    yield "        total += out[i];"
    yield "    }"
    yield f"    for (int i = 0; i < {rows}; i++)"
    yield "        out[i] /= total;"


def backward_layer(layer: Layer) -> Iterator[str]:
    """Add delta h^T to the gradient; but for the first layer, W^T delta to below."""
    n, below = layer.inputs, layer.number > 1
    more = " const real *restrict W, real *restrict below," if below else ""
    yield f"static inline void back_{layer.number}(const real *restrict delta,"
    yield f"                          const real *restrict h,{more}"
    # with restrict, gcc 12 adds one sample's delta only to db of two float32 outputs
    yield "                          real *dW, real *db)"
    yield "{"
    yield f"    for (int i = 0; i < {layer.outputs}; i++) {{"
    yield f"        for (int j = 0; j < {n}; j++)"
    yield f"            dW[{n} * i + j] += delta[i] * h[j];"
    if below:
        yield f"        for (int j = 0; j < {n}; j++)"
        yield f"            below[j] += delta[i] * W[{n} * i + j];"
    yield "        db[i] += delta[i];"
    yield "    }"
    yield "}"
    yield ""


# --- one sample -----------------------------------------------------------------------------------

Parameters = Callable[[Layer], tuple[str, str]]
"""Where W and b of a layer are, as expressions."""


def of_theta(layer: Layer) -> tuple[str, str]:
    """W and b as parts of theta."""
    return f"theta + {layer.first}", f"theta + {layer.bias}"


def forward_calls(
    every: list[Layer], out: str, h: str = "x", parameters: Parameters = of_theta
) -> Iterator[str]:
    """From h[1], named `h`, through all layers to `out`, which is declared elsewhere."""
    for layer in every:
        target = out if layer is every[-1] else f"h{layer.number + 1}"
        if layer is not every[-1]:
            yield f"    real {target}[{layer.outputs}];"
        z = f"z{layer.number + 1}, " if layer.keeps_z else ""
        if z:
            yield f"    real {z[:-2]}[{layer.outputs}];"
        W, b = parameters(layer)
        yield f"    layer_{layer.number}({W}, {b}, {h}, {z}{target});"
        h = target


def gradient_of_one(what: Architecture, dtype: str) -> Iterator[str]:
    """A function that adds one sample's gradient to a sum and returns its loss."""
    every = layers(what, gradients=True)
    last = every[-1]
    h, delta = f"h{last.number + 1}", f"d{last.number + 1}"
    yield "static double one_gradient(const real *restrict theta, const real *restrict x,"
    yield "                           const real *restrict y, real *restrict total, double *error)"
    yield "{"
    yield f"    real {h}[{last.outputs}], {delta}[{last.outputs}];"
    yield from forward_calls(every, h)
    yield from output_delta(what.objective, last, h, delta, dtype)
    for layer in reversed(every):
        number, below = layer.number, layer.number > 1
        h = f"h{number}" if below else "x"
        more = f"{of_theta(layer)[0]}, d{number}, " if below else ""
        if below:
            yield f"    real d{number}[{layer.inputs}] = {{0}};"
        sums = f"total + {layer.first}, total + {layer.bias}"
        yield f"    back_{number}(d{number + 1}, {h}, {more}{sums});"
        if below:
            yield f"    for (int j = 0; j < {layer.inputs}; j++)"
            yield f"        d{number}[j] *= {slope(every[number - 2], 'j')};"
    yield "    *error += sqrt(square);"
    yield "    return loss;"
    yield "}"
    yield ""


def slope(layer: Layer, index: str) -> str:
    """A call that gives f' of a node above the layer."""
    named = (f"{name}{layer.number + 1}[{index}]" for name in arguments(layer.f))
    return f"{layer.f.name}_slope({', '.join(named)})"


def output_delta(loss: Loss, last: Layer, h: str, delta: str, dtype: str) -> Iterator[str]:
    """The loss, ||y - h||^2 and delta of the outputs."""
    rows, over_nodes = last.outputs, last.f.over_nodes
    z = f"z{last.number + 1}"
    loop = f"    for (int i = 0; i < {rows}; i++)"
    yield "    double loss = 0, square = 0;"
    if over_nodes and loss.canonical:
        yield from log_outputs(rows, z)
    yield f"{loop} {{"
    values = {"z": f"{z}[i]", "h": f"{h}[i]", "y": "y[i]"}
    share = constants(loss.c(over_nodes), dtype)
    yield f"        {delta}[i] = {h}[i] - y[i];"
    yield f"        square += {delta}[i] * {delta}[i];"
    yield f"        loss += {re.sub(r'[a-z]+', lambda one: values.get(one[0], one[0]), share)};"
    yield "    }"
    if over_nodes:
        yield "    real sum = 0;"
        yield loop
        yield f"        sum += {'y[i]' if loss.canonical else f'{delta}[i] * {h}[i]'};"
        yield loop
        value = f"sum * {h}[i] - y[i]" if loss.canonical else f"{h}[i] * ({delta}[i] - sum)"
        yield f"        {delta}[i] = {value};"
    elif not loss.canonical:
        yield loop
        yield f"        {delta}[i] *= {slope(last, 'i')};"


def log_outputs(rows: int, z: str) -> Iterator[str]:
    """Replace z of all outputs by log h."""
    yield from greatest(rows, z)
    yield "    real powers = 0;"
    yield f"    for (int i = 0; i < {rows}; i++)"
    yield f"        powers += exp({z}[i] - most);"
    yield "    most += log(powers);"
    yield f"    for (int i = 0; i < {rows}; i++)"
    yield f"        {z}[i] -= most;"


# --- for the peer ---------------------------------------------------------------------------------


def of_peer(what: Architecture, dtype: str) -> str:
    """Source of the functions that the peer `c` calls, for any parameters."""
    return "\n".join(
        [
            TITLE.format(what=what),
            *PREAMBLE,
            *functions(what, dtype, gradients=True),
            "void forward(const real *restrict theta, const real *restrict x, real *restrict y)",
            "{",
            *forward_calls(layers(what, gradients=True), "y"),
            "}",
            "",
            *gradient_of_one(what, dtype),
            PEER.format(
                inputs=what.sizes[0], outputs=what.sizes[-1], parameters=parameter_count(what.sizes)
            ),
        ]
    )


TITLE = """\
/* What the kernel c computes of a network of {what}, in C99.

   theta has W[1] row by row, b[1], W[2], ...; X and Y have a row for each of m samples. */
"""
PEER = """\
void forward_batch(const real *restrict theta, const real *restrict X, real *restrict Y, size_t m)
{{
    for (size_t k = 0; k < m; k++)
        forward(theta, X + {inputs} * k, Y + {outputs} * k);
}}

/* The mean gradient; returns the mean loss. */
double gradient(const real *restrict theta, const real *restrict X, const real *restrict Y,
                size_t m, real *restrict total, double *error)
{{
    double loss = 0;
    *error = 0;
    for (int i = 0; i < {parameters}; i++)
        total[i] = 0;
    for (size_t k = 0; k < m; k++)
        loss += one_gradient(theta, X + {inputs} * k, Y + {outputs} * k, total, error);
    for (int i = 0; i < {parameters}; i++)
        total[i] /= m;
    *error /= m;
    return loss / m;
}}

/* Steps of gradient descent; total is memory for a gradient. */
void descend(real *restrict theta, const real *restrict X, const real *restrict Y, size_t m,
             double alpha, size_t steps, double *cost, double *error, real *restrict total)
{{
    for (size_t k = 0; k < steps; k++) {{
        cost[k] = gradient(theta, X, Y, m, total, error + k);
        for (int i = 0; i < {parameters}; i++)
            theta[i] -= (real)alpha * total[i];
    }}
}}
"""
