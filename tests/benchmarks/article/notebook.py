"""What each section of docs/article.ipynb must show: code that runs, equations, results."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from benchmarks.article import algorithm, backpropagation, bowl, descent
from benchmarks.article.figures import FIGURES
from benchmarks.measure import digits, timing
from benchmarks.show.pictures import plots
from kernels import LADDER
from kernels.interface import Plan
from kernels.network import parameter_count, views
from kernels.parts import sigmoid
from kernels.parts.losses import squared
from kernels.rungs import batched, looped, vectorized

PUBLISHED = {figure.key: figure.published for figure in FIGURES}
SOURCES: dict[str, tuple[Callable[..., Any], ...]] = {
    "2.1": (algorithm.f, algorithm.f_deriv),
    "2.3": (plots.node,),
    "2.4": (parameter_count,),
    "2.5": (views,),
    "3.1": (sigmoid.sigmoid,),
    "3.2": (looped.activations,),
    "3.3": (timing.as_timeit,),
    "3.4": (vectorized.Kernel.sample_forward,),
    "3.5": (batched.propagate,),
    "4.1": (descent.article_derivative, descent.iterate),
    "4.2": (squared.Squared.of,),
    "4.3": (Plan.descend,),
    "4.4": (bowl.cost, bowl.gradient, bowl.path),
    "4.5": (backpropagation.three_factors, algorithm.output_delta),
    "4.6": (
        backpropagation.hidden_delta_from_one,
        backpropagation.hidden_delta_from_several,
        looped.Kernel.sample_gradient,
        looped.hidden_delta,
    ),
    "4.7": (vectorized.Kernel.sample_gradient,),
    "4.8": (
        algorithm.zero_sums,
        algorithm.feed_forward,
        algorithm.output_delta,
        algorithm.hidden_delta,
    ),
    "4.9": (algorithm.train,),
    "5.1": (digits.scaled,),
    "5.2": (digits.split,),
    "5.3": (algorithm.one_hot,),
    "5.4": (algorithm.initial_weights,),
    "5.5": (algorithm.predict,),
}
"""The code that each section shows; 2.2 has a part of what 3.2 shows whole."""
EQUATIONS = {
    "2.1": (r"f(z) = \frac{1}{1 + e^{-z}}", r"f'(z) = f(z)\,\bigl(1 - f(z)\bigr)"),
    "2.2": ("x_1 w_1 + x_2 w_2 + x_3 w_3 + b",),
    "2.3": ("h = f(x_1 w_1 + b)",),
    "3": (
        r"h_2^{(2)} &= f\bigl(w_{21}^{(1)} x_1 + w_{22}^{(1)} x_2 + w_{23}^{(1)} x_3",
        r"w_{13}^{(2)} h_3^{(2)} + b_1^{(2)}",
    ),
    "3.1": (r"W^{(1)} = \begin{pmatrix}", r"W^{(2)} = \begin{pmatrix}"),
    "3.4": (
        r"\sum_{j=1}^{n} w_{1j}^{(1)} x_j + b_1^{(1)}",
        r"z^{(l+1)} = W^{(l)} h^{(l)} + b^{(l)}",
    ),
    "3.5": (r"w_{31}^{(1)} x_1 + w_{32}^{(1)} x_2 + w_{33}^{(1)} x_3 + b_3^{(1)}",),
    "4": (r"w_{new} = w_{old} - \alpha \, \nabla error",),
    "4.1": ("f'(x) = 4 x^3 - 9 x^2",),
    "4.2": (r"J(w, b, x, y) = \tfrac12", r"J(w, b) = \frac1m \sum_{z=1}^{m}"),
    "4.3": (
        r"w_{ij}^{(l)} = w_{ij}^{(l)} - \alpha \frac{\partial}{\partial w_{ij}^{(l)}} J(w, b)",
        r"b_i^{(l)} = b_i^{(l)} - \alpha \frac{\partial}{\partial b_i^{(l)}} J(w, b)",
    ),
    "4.5": (
        r"\frac{\partial J}{\partial h_1^{(3)}} \; \frac{\partial h_1^{(3)}}{\partial z_1^{(3)}}",
        r"\delta_i^{(n_l)} = -(y_i - h_i^{(n_l)}) \cdot f'(z_i^{(n_l)})",
    ),
    "4.6": (
        r"\delta_j^{(l)} = \delta_1^{(l+1)} \, w_{1j}^{(l)} \, f'(z_j^{(l)})",
        r"\sum_{i=1}^{s_{l+1}} w_{ij}^{(l)} \, \delta_i^{(l+1)}",
        r"\frac{\partial}{\partial b_i^{(l)}} J(w, b, x, y) = \delta_i^{(l+1)}",
    ),
    "4.7": (
        r"= h^{(l)} \delta^{(l+1)}",
        r"= \delta^{(l+1)} \bigl(h^{(l)}\bigr)^T",
        r"\bigl(W^{(l)}\bigr)^T \delta^{(l+1)}",
    ),
    "4.8": (
        r"\Delta W^{(l)} + \delta^{(l+1)} \bigl(h^{(l)}\bigr)^T",
        r"\Delta b^{(l)} + \delta^{(l+1)}",
        r"W^{(l)} - \alpha \Bigl[\frac1m \Delta W^{(l)}\Bigr]",
    ),
    "4.9": (r"b^{(l)} - \alpha \Bigl[\frac1m \Delta b^{(l)}\Bigr]",),
}
"""Equations that each section has, in LaTeX."""
RESULTS = {
    "2.2": ("their sum: 2.1",),
    "2.3": ("the switch is at x = -b/w = 1.0",),
    "2.4": ("from layer 1 to layer 2: 9 weights, 3 biases", "in 3-3-1: 16"),
    "2.5": ("w21(1) = W[0][1, 0]", "b2(1)  = b[0][1]"),
    "3.2": (PUBLISHED["worked example"], "= 0.835456", *LADDER),
    "3.3": (PUBLISHED["looped 3-3-1"], PUBLISHED["looped 3-3-3-1"], "per loop"),
    "3.5": (
        "z1(2) = 0.2·1.5 + 0.2·2.0 + 0.2·3.0 + 0.8 = 2.1",
        "w1 * x, shape (3, 3)",
        PUBLISHED["looped 100-100-50-10"],
        PUBLISHED["vectorized 100-100-50-10"],
        "tensorflow",
        "pytensor",
    ),
    "4": ("abs(2 - 5) = 3", "L1 norm    = 3", "below the precision"),
    "4.1": (f"the local minimum is at {PUBLISHED['descent']}",),
    "4.2": ("[0.013537 0.021162 0.29094  0.221608]",),
    "4.3": ("the same parameters: True",),
    "4.4": ("[2.1 0.7]", "q3 = "),
    "4.7": ("mismatch in its core dimension",),
    "4.9": LADDER,
    "5.2": ("60%", "40%"),
    "5.3": ("[0 1 0 0 0 0 0 0 0 0]", "-> the digit 5", "the digit is 5"),
    "5.5": (f"the article prints {PUBLISHED['accuracy']}",),
}
"""What the output of each section says, among other things."""
