"""Backpropagation of one sample, element by element: the derivation of §4.5 and §4.6.

(§4.7 then turns it into products of matrices.) Nodes and layers are numbered from 1, as in the
article. The article writes z(2) for the inputs of layer 3; this project writes z[3].
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np

from benchmarks.article import algorithm
from benchmarks.article.algorithm import f_deriv
from benchmarks.measure.arrays import Array
from kernels import Network
from kernels.support import checks


class Factors(NamedTuple):
    """Factors of the chain rule for a weight to an output node: dJ/dw = dJ/dh dh/dz dz/dw."""

    dJ_dh: float  # noqa: N815  # the article's letters
    """-(y_i - h_i), the derivative of the cost by the node's output."""
    dh_dz: float
    """f'(z_i), the derivative of the output by the node's weighted input."""
    dz_dw: float
    """h_j of the layer before, the derivative of the weighted input by the weight."""

    @property
    def product(self) -> float:
        """The product of the factors, dJ/dw."""
        return self.dJ_dh * self.dh_dz * self.dz_dw


def three_factors(
    network: Network, x: Sequence[float] | Array, y: Sequence[float] | Array, i: int = 1, j: int = 2
) -> Factors:
    """The three factors of dJ/dw_ij for the weight from node j of layer L-1 to output i (§4.5).

    Parameters
    ----------
    network : a network whose layers are all logistic, as the article's
    x, y : one sample (s_1,) and its target (s_L,)
    i, j : numbers of the two nodes, from 1; the article takes w_12

    Raises ValueError if x, y or a number does not fit the network, or a layer is not logistic.
    """
    if not network.architecture.is_article or network.shift is not None:
        raise ValueError("the derivation is for a network of logistic layers without a shift")
    sizes, double = network.sizes, np.dtype(np.float64)
    for number, count, name in ((i, sizes[-1], "i"), (j, sizes[-2], "j")):
        if checks.integer(number, name, minimum=1) > count:
            raise ValueError(f"{name} must be at most {count}, its layer's nodes, got {number}")
    x = checks.array(x, double, (sizes[0],), "x")
    y = checks.array(y, double, (sizes[-1],), "y")
    h, z = algorithm.feed_forward(x, *algorithm.dictionaries(network))
    L = len(sizes)
    return Factors(
        dJ_dh=-float(y[i - 1] - h[L][i - 1]),
        dh_dz=float(f_deriv(z[L][i - 1])),
        dz_dw=float(h[L - 1][j - 1]),
    )


def hidden_delta_from_one(delta_1: float, W_l: Array, z_l: Array) -> Array:
    """delta_j(l) = delta_1(l+1) w_1j(l) f'(z_j(l)), if the next layer has a single node (§4.6).

    `delta_1` is delta of that node; W_l (1, s_l) and z_l (s_l,) belong to layer l. Returns (s_l,).
    Raises ValueError if W_l leads to several nodes.
    """
    if len(W_l) != 1:
        raise ValueError(f"the next layer has {len(W_l)} nodes, not one")
    delta = np.zeros(len(z_l))
    for j in range(len(z_l)):
        delta[j] = delta_1 * W_l[0, j] * f_deriv(z_l[j])
    return delta


def hidden_delta_from_several(delta_next: Array, W_l: Array, z_l: Array) -> Array:
    """delta_j(l) = (sum over i of w_ij(l) delta_i(l+1)) f'(z_j(l)), for any next layer (§4.6).

    Takes delta_next (s_{l+1},), W_l (s_{l+1}, s_l) and z_l (s_l,). Returns (s_l,).
    """
    delta = np.zeros(len(z_l))
    for j in range(len(z_l)):
        weighted: Any = 0.0
        for i in range(len(delta_next)):
            weighted += W_l[i, j] * delta_next[i]
        delta[j] = weighted * f_deriv(z_l[j])
    return delta
