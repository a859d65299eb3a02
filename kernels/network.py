"""A network: the sizes of its layers and one flat vector of parameters.

The article keeps a dictionary of matrices; here all parameters lie in one vector theta, and the
matrices are views into it, so that adding a gradient, copying or saving a network is one
operation on one array::

    theta = [ W[0] row by row | b[0] | W[1] row by row | b[1] | ... ]

    W[l]  (s_{l+1}, s_l)   weights from layer l to layer l+1; row i = the node it leads to
    b[l]  (s_{l+1},)       bias of the nodes of layer l+1            l = 0 .. L-2

Layers are logistic, as in the article, or have another of the activations in
`kernels.parts.activations`. A constant `shift` may be subtracted from every sample first,
h[1] = x - shift: features that are large compared with how much they vary, such as temperatures in
kelvin, would lose digits in W[0] x + b[0].
"""

from __future__ import annotations

import os
from collections.abc import Iterable, Sequence
from itertools import pairwise
from typing import Any

import numpy as np

from kernels import storage
from kernels.exchange.methods import Exchange
from kernels.parts import architecture
from kernels.parts.architecture import Architecture
from kernels.support import checks
from kernels.support.checks import Array


def parameter_count(sizes: Sequence[int]) -> int:
    """Number of parameters of a network of these sizes: sum of (s_l + 1) s_{l+1}."""
    return sum((n + 1) * rows for n, rows in pairwise(sizes))


def stretches(sizes: tuple[int, ...]) -> Array:
    """Where the weights of each layer begin and end in theta: (L - 1, 2) int64."""
    found, start = [], 0
    for inputs, outputs in pairwise(sizes):
        found.append((start, start + inputs * outputs))
        start += (inputs + 1) * outputs
    return np.array(found, np.int64)


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


class Network(Exchange):
    """A fully connected network.

    Parameters
    ----------
    weights : sequence of L-1 arrays, W[l] of shape (s_{l+1}, s_l)
    biases : sequence of L-1 arrays, b[l] of shape (s_{l+1},)
        Weights and biases are anything that converts to finite float64 numbers; they are copied.
    activations : sequence of L-1 names, the last for the output layer; None for all logistic
        docs/guide/networks.md lists them, with the layers that may have them.
    shift : (s_1,), finite float64 numbers to subtract from every sample; None for no shift
        It is subtracted in float64, before samples are converted to a plan's dtype. Training
        leaves it unchanged. It is copied; a shift of zeros is the same as None.

    Attributes
    ----------
    sizes : tuple of L integers, nodes per layer
    activations : tuple of L-1 names
    theta : float64 array, all parameters in one vector
    W, b : tuples of views into `theta`; writing to them changes the network
    shift : read-only float64 array (s_1,), or None

    Two networks are equal if all of these are equal.

    Raises
    ------
    TypeError, ValueError
        If the arrays hold something other than finite real numbers, or their shapes do not fit
        each other; if a layer cannot have the activation named.
    """

    __slots__ = ("W", "activations", "b", "shift", "sizes", "theta")

    sizes: tuple[int, ...]
    activations: tuple[str, ...]
    theta: Array
    W: tuple[Array, ...]
    b: tuple[Array, ...]
    shift: Array | None

    def __init__(
        self,
        weights: Iterable[Any],
        biases: Iterable[Any],
        activations: Iterable[str] | None = None,
        shift: Any = None,
    ) -> None:
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
        theta = checks.parameters(np.concatenate(parts), parameter_count(sizes))
        names = architecture.activations(activations, sizes)
        self._assign(sizes, theta, names, checked_shift(shift, sizes))

    def _assign(
        self,
        sizes: tuple[int, ...],
        theta: Array,
        activations: tuple[str, ...],
        shift: Array | None,
    ) -> None:
        self.sizes, self.theta, self.activations = sizes, theta, activations
        self.W, self.b = views(theta, sizes)
        # plans and copies share it: memory from bytes can never be made writable
        self.shift = None if shift is None else np.frombuffer(shift.tobytes())

    @classmethod
    def from_theta(
        cls,
        sizes: Iterable[int],
        theta: Any,
        activations: Iterable[str] | None = None,
        shift: Any = None,
    ) -> Network:
        """A network of these sizes whose parameters are a copy of the flat vector `theta`."""
        checked = checks.sizes(sizes)
        parameters = checks.parameters(theta, parameter_count(checked))
        names = architecture.activations(activations, checked)
        return cls._unchecked(checked, parameters, names, checked_shift(shift, checked))

    @classmethod
    def _unchecked(
        cls,
        sizes: tuple[int, ...],
        theta: Array,
        activations: tuple[str, ...],
        shift: Array | None = None,
    ) -> Network:
        """A network around `theta` itself, without checks.

        The result of a training that diverged is made in this way, NaN included.
        """
        network = cls.__new__(cls)
        network._assign(sizes, theta, activations, shift)
        return network

    @classmethod
    def random(
        cls,
        sizes: Iterable[int],
        seed: int | None = None,
        activations: Iterable[str] | None = None,
        shift: Any = None,
    ) -> Network:
        """A network with parameters uniform in [0, 1), as the article draws weights (§5.4).

        Drawing biases in the same way is our choice: our copy of the article has lost the listing.
        The other arguments are as for `Network`.
        """
        checked = checks.sizes(sizes)
        names = architecture.activations(activations, checked)
        theta = np.random.default_rng(seed).random(parameter_count(checked))
        return cls._unchecked(checked, theta, names, checked_shift(shift, checked))

    @classmethod
    def centred(
        cls,
        sizes: Iterable[int],
        seed: int | None = None,
        activations: Iterable[str] | None = None,
        shift: Any = None,
    ) -> Network:
        """A network whose weights are normal, with mean 0 and deviation 1/sqrt(s_l).

        A good start for training: no node saturates, as those of a wide network do with the
        article's weights (`random`), which are all positive. The biases' deviation is 1/2.
        """
        checked = checks.sizes(sizes)
        names = architecture.activations(activations, checked)
        generator = np.random.default_rng(seed)
        theta = generator.standard_normal(parameter_count(checked))
        for weight, bias in zip(*views(theta, checked), strict=True):
            weight /= np.sqrt(weight.shape[1])
            bias /= 2
        return cls._unchecked(checked, theta, names, checked_shift(shift, checked))

    @property
    def architecture(self) -> Architecture:
        """Sizes, activations and whether there is a shift; a plan fills in the loss."""
        return Architecture(self.sizes, self.activations, shifted=self.shift is not None)

    def copy(self) -> Network:
        """An independent network with the same parameters."""
        return self._unchecked(self.sizes, self.theta.copy(), self.activations, self.shift)

    def save(self, path: str | os.PathLike[str]) -> None:
        """Write the network to `path` as .npz, completely or not at all.

        Raises
        ------
        TypeError, ValueError
            If `load` would refuse the file, as after a training that diverged: the message says
            how many parameters are not finite.
        OSError
            If the file cannot be written.
        """
        self.from_theta(self.sizes, self.theta, self.activations, self.shift)
        storage.save(self, path)

    @classmethod
    def load(cls, path: str | os.PathLike[str]) -> Network:
        """Read what `save` wrote; nothing in the file is unpickled.

        Raises
        ------
        OSError
            If the file cannot be read.
        ValueError
            If it does not hold a network.
        """
        return storage.load(path, cls.from_theta)

    def to_c(
        self, path: str | os.PathLike[str], dtype: Any = "float64", name: str = "network"
    ) -> None:
        """Write the forward pass to `path` as one file of C99 that needs no library but libm.

        A file that is there is replaced.

        The file has the parameters in it and defines `<name>_forward`, for one sample, and
        `<name>_forward_batch`; how to declare them is its first lines. They allocate nothing.

        Parameters
        ----------
        dtype : "float64" or "float32": the functions take and give double or float. With a shift
            they take double, from which it is subtracted.
        name : what the functions' names begin with

        Raises
        ------
        TypeError, ValueError
            If the dtype is another, no function can be named so, or a parameter is not finite in
            this dtype.
        OSError
            If the file cannot be written; there is then none, or the one that was there before.
        """
        from kernels.c import file

        text = file.text(self, dtype, name)
        storage.write(path, lambda target: target.write(text.encode()))

    def __reduce__(self) -> tuple[Any, ...]:
        # pickled one by one, W and b would no longer be views of theta
        return Network._unchecked, (self.sizes, self.theta, self.activations, self.shift)

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Network):
            return NotImplemented
        mine: Any = () if self.shift is None else self.shift
        theirs: Any = () if other.shift is None else other.shift
        return (
            self.sizes == other.sizes
            and self.activations == other.activations
            and np.array_equal(self.theta, other.theta)
            and np.array_equal(mine, theirs)
        )

    __hash__ = None  # type: ignore[assignment]  # its parameters can change

    def __repr__(self) -> str:
        return f"<Network {self.architecture}, {self.theta.size} parameters>"


def checked_shift(value: Any, sizes: Sequence[int]) -> Array | None:
    """A checked copy of a shift (s_1,); None for a shift of zeros, which changes nothing."""
    if value is None:
        return None
    shift = checks.parameters(value, sizes[0], "shift")
    return shift if shift.any() else None
