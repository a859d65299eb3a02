"""The article's own program (§5.3 to §5.5), which trains by its algorithm of §4.9.

It is written to be read: the samples pass one by one, and dictionaries of NumPy arrays have the
article's names and its numbers of layers, 1 .. L where L = `len(nn_structure)`. It is slow, no rung
and never timed. Tests compare every rung's training with it, and the notebook shows each function
in its section.

    W[l]      (s_{l+1}, s_l)   l = 1 .. L-1   weights from layer l to layer l + 1
    b[l]      (s_{l+1},)       l = 1 .. L-1   biases of the nodes of layer l + 1
    h[l]      (s_l,)           l = 1 .. L     outputs of layer l; h[1] = x
    z[l]      (s_l,)           l = 2 .. L     weighted inputs of the nodes of layer l, bias included
    delta[l]  (s_l,)           l = 2 .. L     dJ/dz[l] of one sample
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import numpy as np

from benchmarks.measure.arrays import Array
from kernels import Network

Layers = dict[int, Array]
"""An array for each layer, by the layer's number."""


def f(z: Array) -> Array:
    """The sigmoid f(z) = 1 / (1 + exp(-z)) (§2.1, §5.4)."""
    result: Array = 1 / (1 + np.exp(-z))
    return result


def f_deriv(z: Array) -> Array:
    """The sigmoid's derivative f'(z) = f(z) (1 - f(z)) (§4.5, §5.4)."""
    result: Array = f(z) * (1 - f(z))
    return result


def one_hot(labels: Sequence[int] | Array) -> Array:
    """A row of ten numbers for each label, 1 at the digit's place and 0 elsewhere (§5.3).

    Raises ValueError if a label is not one of 0 .. 9.
    """
    Y = np.zeros((len(labels), 10))
    for row, digit in zip(Y, labels, strict=True):
        if not 0 <= digit <= 9:
            raise ValueError(f"a label is a digit, 0 to 9, got {digit}")
        row[digit] = 1
    return Y


def initial_weights(
    nn_structure: Sequence[int], generator: np.random.Generator
) -> tuple[Layers, Layers]:
    """Weights and biases uniform in [0, 1): step 1 of the algorithm (§4.9, §5.4)."""
    W, b = {}, {}
    for l in range(1, len(nn_structure)):
        W[l] = generator.random((nn_structure[l], nn_structure[l - 1]))
        b[l] = generator.random(nn_structure[l])
    return W, b


def zero_sums(nn_structure: Sequence[int]) -> tuple[Layers, Layers]:
    """tri_W and tri_b: zeros in the shapes of W and b, to sum an iteration's gradients (§4.8)."""
    tri_W, tri_b = {}, {}
    for l in range(1, len(nn_structure)):
        tri_W[l] = np.zeros((nn_structure[l], nn_structure[l - 1]))
        tri_b[l] = np.zeros(nn_structure[l])
    return tri_W, tri_b


def feed_forward(x: Array, W: Layers, b: Layers) -> tuple[Layers, Layers]:
    """h[1] .. h[L] and z[2] .. z[L] of one sample x (s_1,) (§3.4, §5.4)."""
    h, z = {1: x}, {}
    for l in range(1, len(W) + 1):
        z[l + 1] = W[l].dot(h[l]) + b[l]
        h[l + 1] = f(z[l + 1])
    return h, z


def output_delta(y: Array, h_out: Array, z_out: Array) -> Array:
    """delta[L] = -(y - h[L]) f'(z[L]), node by node (§4.5, §5.4)."""
    return -(y - h_out) * f_deriv(z_out)


def hidden_delta(delta_next: Array, W_l: Array, z_l: Array) -> Array:
    """delta[l] = (W[l]^T delta[l+1]) f'(z[l]), the second product node by node (§4.7, §5.4)."""
    result: Array = W_l.T.dot(delta_next) * f_deriv(z_l)
    return result


def train(
    nn_structure: Sequence[int],
    X: Array,
    Y: Array,
    iterations: int,
    alpha: float,
    W: Layers,
    b: Layers,
) -> tuple[Layers, Layers, list[float], list[float]]:
    """Batch gradient descent: the algorithm of §4.9, as the program of §5.4.

    Parameters
    ----------
    nn_structure : nodes per layer, L of them
    X, Y : samples (m, s_1) and targets (m, s_L)
    iterations, alpha : number of passes over all samples, and the step
    W, b : the initial parameters, which stay unchanged

    Returns
    -------
    W, b : the parameters after the last iteration
    average_costs : the mean of ||y - h[L]|| in each iteration; we take it for the average cost
        that the article plots, because its listing is lost
    costs : J = 1/m sum 1/2 ||y - h[L]||^2 in each iteration (§4.2), which the steps reduce

    Raises ValueError if X and Y do not fit the network or each other.
    """
    m, L = len(X), len(nn_structure)
    if m == 0 or np.shape(X) != (m, nn_structure[0]) or np.shape(Y) != (m, nn_structure[-1]):
        raise ValueError(f"X {np.shape(X)} and Y {np.shape(Y)} do not fit {tuple(nn_structure)}")
    W = {l: W[l].copy() for l in W}
    b = {l: b[l].copy() for l in b}
    average_costs, costs = [], []
    for _ in range(iterations):
        tri_W, tri_b = zero_sums(nn_structure)
        error_sum = cost_sum = 0.0
        for x, y in zip(X, Y, strict=True):
            h, z = feed_forward(x, W, b)
            error = float(np.linalg.norm(y - h[L]))
            error_sum += error
            cost_sum += error**2 / 2
            delta = {L: output_delta(y, h[L], z[L])}
            for l in range(L - 1, 0, -1):
                # dJ/dW[l] = delta[l+1] h[l]^T,  dJ/db[l] = delta[l+1]
                tri_W[l] += np.outer(delta[l + 1], h[l])
                tri_b[l] += delta[l + 1]
                if l > 1:
                    delta[l] = hidden_delta(delta[l + 1], W[l], z[l])
        for l in W:
            W[l] -= alpha * (tri_W[l] / m)
            b[l] -= alpha * (tri_b[l] / m)
        average_costs.append(error_sum / m)
        costs.append(cost_sum / m)
    return W, b, average_costs, costs


def predict(W: Layers, b: Layers, X: Iterable[Array]) -> Array:
    """The digit of each sample (m,): the index of its largest output (§5.5)."""
    L = len(W) + 1
    return np.array([np.argmax(feed_forward(x, W, b)[0][L]) for x in X])


def dictionaries(network: Network) -> tuple[Layers, Layers]:
    """Copies of a network's W and b under the article's numbers: `network.W[0]` is W[1]."""
    W = {l: weight.copy() for l, weight in enumerate(network.W, start=1)}
    b = {l: bias.copy() for l, bias in enumerate(network.b, start=1)}
    return W, b
