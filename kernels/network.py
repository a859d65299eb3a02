"""A network: the sizes of its layers and one flat vector of parameters.

The article keeps a dictionary of matrices; here all parameters lie in one vector theta, and the
matrices are views into it, so that adding a gradient, copying or saving a network is one
operation on one array::

    theta = [ W[0] row by row | b[0] | W[1] row by row | b[1] | ... ]

    W[l]  (s_{l+1}, s_l)   weights from layer l to layer l+1; row i = the node it leads to
    b[l]  (s_{l+1},)       bias of the nodes of layer l+1            l = 0 .. L-2
"""

from __future__ import annotations

import os
import secrets
import zipfile
from collections.abc import Iterable, Sequence
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np

from kernels import checks
from kernels.checks import Array

FORMAT = 1


def parameter_count(sizes: Sequence[int]) -> int:
    """How many parameters a network of these sizes has: sum of (s_l + 1) s_{l+1}."""
    return sum((n + 1) * rows for n, rows in pairwise(sizes))


def views(theta: Array, sizes: Sequence[int]) -> tuple[tuple[Array, ...], tuple[Array, ...]]:
    """W[l] and b[l] as views into a flat vector laid out as `Network.theta`."""
    weights, biases, start = [], [], 0
    for n, rows in pairwise(sizes):
        middle, end = start + rows * n, start + rows * (n + 1)
        weights.append(theta[start:middle].reshape(rows, n))
        biases.append(theta[middle:end])
        start = end
    return tuple(weights), tuple(biases)


def parts(theta: Array, sizes: Sequence[int]) -> list[Array]:
    """W[0], b[0], W[1], b[1], ... as views into a flat vector laid out as `Network.theta`."""
    return [part for pair in zip(*views(theta, sizes), strict=True) for part in pair]


class Network:
    """A fully connected network with sigmoid nodes.

    Parameters
    ----------
    weights : sequence of L-1 arrays, W[l] of shape (s_{l+1}, s_l)
    biases : sequence of L-1 arrays, b[l] of shape (s_{l+1},)
        Anything that converts to finite float64 numbers. Both are copied.

    Attributes
    ----------
    sizes : tuple of L integers, nodes per layer
    theta : float64 array, all parameters in one vector
    W, b : tuples of views into `theta`; writing to them changes the network

    Raises
    ------
    TypeError, ValueError
        If the arrays hold something other than finite real numbers, or do not fit each other.
    """

    __slots__ = ("W", "b", "sizes", "theta")

    sizes: tuple[int, ...]
    theta: Array
    W: tuple[Array, ...]
    b: tuple[Array, ...]

    def __init__(self, weights: Iterable[Any], biases: Iterable[Any]) -> None:
        given_weights, given_biases = list(weights), list(biases)
        if not given_weights or len(given_weights) != len(given_biases):
            raise ValueError(
                "a network needs one weight matrix and one bias vector for each layer after the "
                f"first, got {len(given_weights)} and {len(given_biases)}"
            )
        double = np.dtype(np.float64)
        matrices = [
            checks.array(matrix, double, (None, None), f"weights[{layer}]")
            for layer, matrix in enumerate(given_weights)
        ]
        sizes = checks.sizes([matrices[0].shape[1], *(matrix.shape[0] for matrix in matrices)])
        parts: list[Array] = []
        for layer, (n, rows) in enumerate(pairwise(sizes)):
            weight = checks.array(matrices[layer], double, (rows, n), f"weights[{layer}]")
            bias = checks.array(given_biases[layer], double, (rows,), f"biases[{layer}]")
            parts += [weight.ravel(), bias]
        self._assign(sizes, checks.parameters(np.concatenate(parts), parameter_count(sizes)))

    def _assign(self, sizes: tuple[int, ...], theta: Array) -> None:
        self.sizes, self.theta = sizes, theta
        self.W, self.b = views(theta, sizes)

    @classmethod
    def from_theta(cls, sizes: Iterable[int], theta: Any) -> Network:
        """A network of these sizes whose parameters are a copy of the flat vector `theta`."""
        checked = checks.sizes(sizes)
        return cls._unchecked(checked, checks.parameters(theta, parameter_count(checked)))

    @classmethod
    def _unchecked(cls, sizes: tuple[int, ...], theta: Array) -> Network:
        """For results: a training that diverged is handed back as it is, NaN included."""
        network = cls.__new__(cls)
        network._assign(sizes, theta)
        return network

    @classmethod
    def random(cls, sizes: Iterable[int], seed: int | None = None) -> Network:
        """Parameters uniform in [0, 1), as the article draws them (§5)."""
        checked = checks.sizes(sizes)
        generator = np.random.default_rng(seed)
        return cls._unchecked(checked, generator.random(parameter_count(checked)))

    @classmethod
    def centred(cls, sizes: Iterable[int], seed: int | None = None) -> Network:
        """Normal parameters scaled by 1/sqrt(s_l), with which no sigmoid saturates.

        The article's weights saturate every node of a wide network; a wrong kernel then agrees
        with a right one to the last digit. This is the network on which they differ.
        """
        checked = checks.sizes(sizes)
        generator = np.random.default_rng(seed)
        theta = generator.standard_normal(parameter_count(checked))
        for weight, bias in zip(*views(theta, checked), strict=True):
            weight /= np.sqrt(weight.shape[1])
            bias /= 2
        return cls._unchecked(checked, theta)

    def copy(self) -> Network:
        """An independent network with the same parameters."""
        return self._unchecked(self.sizes, self.theta.copy())

    def save(self, path: str | os.PathLike[str]) -> None:
        """Write sizes and parameters to `path` as .npz, completely or not at all."""
        target = Path(path)
        unfinished = target.with_name(f".{target.name}.{secrets.token_hex(4)}")
        try:
            with unfinished.open("wb") as file:
                np.savez(file, format=FORMAT, sizes=np.array(self.sizes), theta=self.theta)
            unfinished.replace(target)
        finally:
            unfinished.unlink(missing_ok=True)

    @classmethod
    def load(cls, path: str | os.PathLike[str]) -> Network:
        """Read what `save` wrote; nothing in the file is unpickled.

        Raises OSError if the file cannot be read, ValueError if it does not hold a network.
        """
        try:
            with Path(path).open("rb") as file, np.load(file, allow_pickle=False) as archive:
                if int(archive["format"]) != FORMAT:
                    raise ValueError(f"format {archive['format']}, expected {FORMAT}")
                return cls.from_theta(archive["sizes"].tolist(), archive["theta"])
        except (ValueError, TypeError, KeyError, AttributeError, EOFError, zipfile.BadZipFile) as e:
            raise ValueError(f"{os.fspath(path)} does not hold a network: {e}") from None

    def __reduce__(self) -> tuple[Any, ...]:
        return Network._unchecked, (self.sizes, self.theta)  # W and b must stay views of theta

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Network):
            return NotImplemented
        return self.sizes == other.sizes and np.array_equal(self.theta, other.theta)

    __hash__ = None  # type: ignore[assignment]  # its parameters can change

    def __repr__(self) -> str:
        return f"<Network {'-'.join(map(str, self.sizes))}, {self.theta.size} parameters>"
