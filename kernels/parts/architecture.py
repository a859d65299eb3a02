"""The architecture of a network: its sizes, activations and loss, without its parameters.

activation   f(z)                      allowed in
logistic     1 / (1 + exp(-z))         every layer (the article's activation)
tanh         tanh(z)                   hidden layers
relu         max(z, 0), f'(0) = 0      hidden layers
identity     z                         every layer
softmax      exp(z_i) / sum exp(z_k)   the output layer

loss         of one sample                        allowed with outputs
squared      1/2 ||y - h||^2                      all (the article's loss)
log          -sum y log h                         softmax
             -sum (y log h + (1 - y) log(1 - h))  logistic

An architecture also says whether a constant shift is subtracted from samples (`Network.shift`).
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import NamedTuple

from kernels.support import checks

HIDDEN = ("logistic", "tanh", "relu", "identity")
"""Activations that a hidden layer may have."""
OUTPUT = ("logistic", "softmax", "identity")
"""Activations that the output layer may have."""
ACTIVATIONS = (*HIDDEN, "softmax")
LOSSES = ("squared", "log")
ALIASES = {
    "sigmoid": "logistic",
    "expit": "logistic",
    "linear": "identity",
    "none": "identity",
    "rectifier": "relu",
    "hyperbolic": "tanh",
    "mse": "squared",
    "squared_error": "squared",
    "log_loss": "log",
    "cross_entropy": "log",
    "categorical_crossentropy": "log",
    "binary_crossentropy": "log",
}
"""Names that other libraries give to activations and losses, for error messages."""


class Architecture(NamedTuple):
    """All that determines the code for a network, apart from the dtype."""

    sizes: tuple[int, ...]
    """Nodes per layer, s_1 to s_L."""
    activations: tuple[str, ...]
    """One name for each of the L - 1 layers after the input."""
    loss: str = "squared"
    shifted: bool = False
    """True if a constant shift is subtracted from samples before the first layer."""

    @property
    def is_article(self) -> bool:
        """True if all activations and the loss are the article's."""
        return set(self.activations) == {"logistic"} and self.loss == "squared"

    @property
    def key(self) -> str:
        """Unique text such as `3-3-1 logistic,logistic squared`, with `shifted` if it is."""
        parts = ["-".join(map(str, self.sizes)), ",".join(self.activations), self.loss]
        return " ".join(parts + ["shifted"] * self.shifted)

    @classmethod
    def from_key(cls, key: str) -> Architecture:
        """Return the architecture that has this key."""
        sizes, names, loss, *shifted = key.split(" ")
        numbers = tuple(map(int, sizes.split("-")))
        return cls(numbers, tuple(names.split(",")), loss, bool(shifted))

    def __str__(self) -> str:
        text = "-".join(map(str, self.sizes))
        if set(self.activations) != {"logistic"}:
            text += f" ({', '.join(self.activations)})"
        if self.shifted:
            text += ", shifted"
        return text if self.loss == "squared" else f"{text}, {self.loss}-loss"


def of(what: Architecture | Iterable[int]) -> Architecture:
    """Return an architecture unchanged; turn sizes into the article's architecture."""
    if isinstance(what, Architecture):
        return what
    sizes = tuple(what)
    return Architecture(sizes, article(sizes))


def article(sizes: Sequence[int]) -> tuple[str, ...]:
    """Return the article's activations for these sizes: logistic for every layer."""
    return ("logistic",) * (len(sizes) - 1)


def activations(value: Iterable[str] | None, sizes: Sequence[int]) -> tuple[str, ...]:
    """Return the activations, one for each layer after the input, after checking them.

    Parameters
    ----------
    value : names of activations, or None for the article's
    sizes : nodes per layer, s_1 to s_L

    Raises
    ------
    TypeError
        If `value` is not a sequence of names.
    ValueError
        If the number of names is not L - 1, or a layer may not have the activation named for it.
    """
    if value is None:
        return article(sizes)
    if isinstance(value, str) or not isinstance(value, Iterable):
        raise TypeError(f"activations must be a sequence of names, one per layer, got {value!r}")
    names = tuple(value)
    for name in names:
        if not isinstance(name, str):
            raise TypeError(f"an activation is a name, got {name!r}")
    if len(names) != len(sizes) - 1:
        raise ValueError(
            f"activations must name one for each layer after the first, {len(sizes) - 1}, "
            f"got {len(names)}"
        )
    for layer, name in enumerate(names):
        known = OUTPUT if layer == len(names) - 1 else HIDDEN
        if name not in known:
            where = "the output layer" if known is OUTPUT else "a hidden layer"
            hint = suggestion(name, known)
            if name in ACTIVATIONS:
                hint = f": that is for {'hidden layers' if known is OUTPUT else 'the output layer'}"
            raise ValueError(f"{where} has one of {', '.join(known)}, got {name!r}{hint}")
    return tuple(str(name) for name in names)


def suggestion(name: str, known: Sequence[str]) -> str:
    """Return the end of an error message that suggests a known name, or "".

    Names of other libraries give `: that is called logistic here`, misspelt names
    `: is tanh meant?`.
    """
    here = ALIASES.get(name.lower().replace("-", "_"))
    if here in known:
        return f": that is called {here} here"
    return checks.near(name, known)


def loss(value: str, activations: Sequence[str]) -> str:
    """Return the name of a loss after checking it.

    Raises
    ------
    TypeError
        If `value` is not a string.
    ValueError
        If no loss has that name, or it cannot be used with the output layer's activation.
    """
    if not isinstance(value, str):
        raise TypeError(f"loss must be a name, got {value!r}")
    if value not in LOSSES:
        hint = suggestion(value, LOSSES)
        raise ValueError(f"loss is one of {', '.join(LOSSES)}, got {value!r}{hint}")
    if value == "log" and activations[-1] not in ("softmax", "logistic"):
        raise ValueError(
            f"the log-loss needs softmax or logistic outputs, these are {activations[-1]}"
        )
    return str(value)
