"""The architecture of a network: its sizes, activations and loss, without its parameters.

Activations and losses are named; `kernels.parts.activations` and `kernels.parts.losses` have the
object for each name. An architecture also says whether a constant shift is subtracted from samples
(`Network.shift`).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence, Set
from typing import NamedTuple

from kernels.parts.activation import Activation
from kernels.parts.activations import ACTIVATIONS
from kernels.parts.loss import Loss
from kernels.parts.losses import LOSSES
from kernels.support import checks

USUAL = next(iter(ACTIVATIONS))
"""The article's activation."""
USUAL_LOSS = next(iter(LOSSES))
"""The article's loss."""
HIDDEN = tuple(name for name, part in ACTIVATIONS.items() if part.hidden)
"""Activations that a hidden layer may have."""
OUTPUT = tuple(name for name, part in ACTIVATIONS.items() if part.output)
"""Activations that the output layer may have."""


class Architecture(NamedTuple):
    """All that determines the code for a network, apart from the dtype."""

    sizes: tuple[int, ...]
    """Nodes per layer, s_1 to s_L."""
    activations: tuple[str, ...]
    """One name for each of the L - 1 layers after the input."""
    loss: str = USUAL_LOSS
    shifted: bool = False
    """True if a constant shift is subtracted from samples before the first layer."""
    clipped: bool = False
    """True if a share of the log-loss counts at most -log epsilon, as in scikit-learn's fit; only
    code generated for a fit can do that."""

    @property
    def is_article(self) -> bool:
        """True if all activations and the loss are the article's."""
        return set(self.activations) == {USUAL} and self.loss == USUAL_LOSS

    @property
    def functions(self) -> tuple[Activation, ...]:
        """The activation objects, one for each layer after the input."""
        return tuple(ACTIVATIONS[name] for name in self.activations)

    @property
    def objective(self) -> Loss:
        """The loss object."""
        return LOSSES[self.loss]

    @property
    def key(self) -> str:
        """Unique text such as `3-3-1 logistic,logistic squared`, with `shifted` if it is."""
        parts = ["-".join(map(str, self.sizes)), ",".join(self.activations), self.loss]
        return " ".join(parts + ["shifted"] * self.shifted + ["clipped"] * self.clipped)

    @classmethod
    def from_key(cls, key: str) -> Architecture:
        """Return the architecture that has this key."""
        sizes, names, loss, *others = key.split(" ")
        numbers = tuple(map(int, sizes.split("-")))
        return cls(numbers, tuple(names.split(",")), loss, "shifted" in others, "clipped" in others)

    def __str__(self) -> str:
        text = "-".join(map(str, self.sizes))
        if set(self.activations) != {USUAL}:
            text += f" ({', '.join(self.activations)})"
        if self.shifted:
            text += ", shifted"
        return text if self.loss == USUAL_LOSS else f"{text}, {self.loss}-loss"


def of(what: Architecture | Iterable[int]) -> Architecture:
    """Return an architecture unchanged; turn sizes into the article's architecture."""
    if isinstance(what, Architecture):
        return what
    sizes = tuple(what)
    return Architecture(sizes, article(sizes))


def article(sizes: Sequence[int]) -> tuple[str, ...]:
    """Return the article's activations for these sizes: logistic for every layer."""
    return (USUAL,) * (len(sizes) - 1)


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
    if isinstance(value, (str, Set, Mapping)) or not isinstance(value, Iterable):
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
        is_output = layer == len(names) - 1
        where, elsewhere = ("the output layer", "hidden layers") if is_output else (
            "a hidden layer", "the output layer"
        )  # fmt: skip
        known = [one for one, f in ACTIVATIONS.items() if (f.output if is_output else f.hidden)]
        if name not in known:
            hint = suggestion(name, {one: ACTIVATIONS[one] for one in known})
            if name in ACTIVATIONS:
                hint = f": that is for {elsewhere}"
            raise ValueError(f"{where} has one of {', '.join(known)}, got {name!r}{hint}")
    return tuple(str(name) for name in names)


def suggestion(name: str, known: Mapping[str, Activation | Loss]) -> str:
    """Return the end of an error message that suggests a known part, or "".

    Names of other libraries give `: that is called logistic here`, misspelt names
    `: is tanh meant?`.
    """
    wanted = name.lower().replace("-", "_")
    for here, part in known.items():
        if wanted in {*part.aliases, *map(str.lower, part.libraries.values())}:
            return f": that is called {here} here"
    return checks.near(name, list(known))


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
    part, output = LOSSES[value], activations[-1]
    if not part.goes_with(output):
        raise ValueError(
            f"the {value}-loss needs {' or '.join(part.outputs or ())} outputs, these are {output}"
        )
    return str(value)
