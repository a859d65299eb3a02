"""What a network computes, apart from its numbers: sizes, activations, the loss, and whether a
constant shift is subtracted from samples first (`Network.shift`).

activation   f(z)                      where
logistic     1 / (1 + exp(-z))         everywhere: the article's
tanh         tanh(z)                   hidden layers
relu         max(z, 0), f'(0) = 0      hidden layers
identity     z                         everywhere
softmax      exp(z_i) / sum exp(z_k)   the output layer

loss         of one sample             with outputs that are
squared      1/2 ||y - h||^2           any: the article's
log          -sum y log h              softmax
             -sum y log h + (1 - y) log(1 - h)   logistic
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import NamedTuple

from kernels.support import checks

HIDDEN = ("logistic", "tanh", "relu", "identity")
OUTPUT = ("logistic", "softmax", "identity")
ACTIVATIONS = (*HIDDEN, "softmax")
LOSSES = ("squared", "log")
ELSEWHERE = {
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
"""What other libraries call activations and losses."""


class Architecture(NamedTuple):
    """Sizes (L), activations (L-1, the last of the output layer), loss, whether samples are
    shifted."""

    sizes: tuple[int, ...]
    activations: tuple[str, ...]
    loss: str = "squared"
    shifted: bool = False

    @property
    def is_article(self) -> bool:
        """Whether it is what the article's equations are about."""
        return set(self.activations) == {"logistic"} and self.loss == "squared"

    @property
    def key(self) -> str:
        """All of it in one string: `3-3-1 logistic,logistic squared`, and `shifted` if it is."""
        parts = ["-".join(map(str, self.sizes)), ",".join(self.activations), self.loss]
        return " ".join(parts + ["shifted"] * self.shifted)

    @classmethod
    def from_key(cls, key: str) -> Architecture:
        """The architecture whose `key` this is."""
        sizes, functions, loss, *shifted = key.split(" ")
        numbers = tuple(map(int, sizes.split("-")))
        return cls(numbers, tuple(functions.split(",")), loss, bool(shifted))

    def __str__(self) -> str:
        text = "-".join(map(str, self.sizes))
        if set(self.activations) != {"logistic"}:
            text += f" ({', '.join(self.activations)})"
        if self.shifted:
            text += ", shifted"
        return text if self.loss == "squared" else f"{text}, {self.loss}-loss"


def of(what: Architecture | Iterable[int]) -> Architecture:
    """An architecture as it is; of sizes, the article's."""
    if isinstance(what, Architecture):
        return what
    sizes = tuple(what)
    return Architecture(sizes, article(sizes))


def article(sizes: Sequence[int]) -> tuple[str, ...]:
    """The article's activations: all logistic."""
    return ("logistic",) * (len(sizes) - 1)


def activations(value: Iterable[str] | None, sizes: Sequence[int]) -> tuple[str, ...]:
    """One activation for each layer after the first; None for the article's.

    Raises TypeError for what is no sequence of names, ValueError for names that do not fit.
    """
    if value is None:
        return article(sizes)
    if isinstance(value, str) or not isinstance(value, Iterable):
        raise TypeError(f"activations must be a sequence of names, one a layer, got {value!r}")
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
            hint = meant(name, known)
            if name in ACTIVATIONS:
                hint = f": that is for {'hidden layers' if known is OUTPUT else 'the output layer'}"
            raise ValueError(f"{where} has one of {', '.join(known)}, got {name!r}{hint}")
    return tuple(str(name) for name in names)


def meant(name: str, known: Sequence[str]) -> str:
    """`: that is called logistic here`, of another library's name or a misspelt one."""
    here = ELSEWHERE.get(name.lower().replace("-", "_"))
    if here in known:
        return f": that is called {here} here"
    return checks.near(name, known)


def loss(value: str, functions: Sequence[str]) -> str:
    """A loss that goes with the output layer's activation.

    Raises TypeError for what is no name, ValueError for one that is none or does not fit.
    """
    if not isinstance(value, str):
        raise TypeError(f"loss must be a name, got {value!r}")
    if value not in LOSSES:
        raise ValueError(f"loss is one of {', '.join(LOSSES)}, got {value!r}{meant(value, LOSSES)}")
    if value == "log" and functions[-1] not in ("softmax", "logistic"):
        raise ValueError(
            f"the log-loss needs softmax or logistic outputs, these are {functions[-1]}"
        )
    return str(value)
