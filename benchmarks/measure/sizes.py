"""Networks as people type them: `3-3-1`, `24-64-64-4-relu-softmax`, `24-64-64-4-relu-softmax-log`.

A name has the sizes; then activations, unless all are logistic; then the loss, unless it is the
article's, which follows if none is named, whatever the outputs. So each network has one name, and
what a name means never changes.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple

from kernels.parts import architecture
from kernels.parts.activations import ACTIVATIONS
from kernels.parts.architecture import USUAL_LOSS
from kernels.parts.losses import LOSSES
from kernels.support import checks


class Named(NamedTuple):
    """What a name says of a network; None for what it need not say."""

    sizes: tuple[int, ...]
    """Nodes of each layer, inputs first."""
    activations: tuple[str, ...] | None = None
    """One name for each layer after the first; None: all logistic, as in the article."""
    loss: str | None = None
    """The loss of gradient and training; None: the one that follows."""


def named(
    sizes: tuple[int, ...], activations: Iterable[str] | None = None, loss: str | None = None
) -> Named:
    """Checked parts of a name, of which those that follow are None, whoever wrote them out.

    Raises TypeError or ValueError for parts that are unknown, or that do not fit each other.
    """
    functions = architecture.activations(activations, sizes)
    chosen = architecture.loss(USUAL_LOSS if loss is None else loss, functions)
    is_article = functions == architecture.article(sizes)
    named_loss = None if chosen == USUAL_LOSS else chosen
    return Named(sizes, None if is_article else functions, named_loss)


def parse_sizes(text: str) -> tuple[int, ...]:
    """`3-3-1` as (3, 3, 1).

    Raises ValueError for anything else.
    """
    try:
        return checks.sizes(map(number, text.split("-")))
    except ValueError as error:
        raise ValueError(f"sizes are written like 3-3-1, got {text!r} ({error})") from None


def parse_hidden(text: str) -> tuple[int, ...]:
    """Sizes of hidden layers, `64-32` as (64, 32).

    Raises ValueError for anything else.
    """
    try:
        return checks.sizes(map(number, f"1-{text}-1".split("-")))[1:-1]
    except ValueError as error:
        raise ValueError(f"--hidden is written like 30 or 64-32, got {text!r} ({error})") from None


def parse_network(text: str) -> Named:
    """Sizes, activations and loss of a network as `workloads.name_of` writes it.

    The sizes may be followed by one activation for all hidden layers and one for the output layer,
    `24-64-64-4-relu-softmax`, or by one for each layer, and then by a loss. Raises ValueError for
    anything else.
    """
    parts = text.split("-")
    count = next((k for k, part in enumerate(parts) if part[:1].isalpha()), len(parts))
    numbers, names = parts[:count], parts[count:]
    loss = names.pop() if names and names[-1] in LOSSES else None
    try:
        for name in names:
            check_activation(name)
        sizes = checks.sizes(map(number, numbers))
        if len(names) == 2 and len(sizes) > 2:
            names = [*(names[0] for _ in sizes[1:-1]), names[1]]
        return named(sizes, names or None, loss)
    except ValueError as error:
        raise ValueError(
            f"networks are written like 3-3-1 or 24-64-4-relu-softmax, got {text!r} ({error})"
        ) from None


def check_activation(name: str) -> None:
    """Raise ValueError, with all names, for a part of a name that is no activation."""
    if name not in ACTIVATIONS:
        hint = architecture.suggestion(name, {**ACTIVATIONS, **LOSSES})
        if name in LOSSES:
            hint = f"; {name} is a loss, which comes last"
        raise ValueError(
            f"{name!r} is neither a number of nodes nor an activation{hint}; activations are "
            f"{', '.join(ACTIVATIONS)}, and a loss at the end is one of {', '.join(LOSSES)}"
        )


def number(text: str) -> int:
    """A number of nodes in plain digits.

    Raises ValueError for anything else, also for what `int` takes: signs, underscores, spaces.
    """
    if not (text.isascii() and text.isdigit()):
        raise ValueError(f"{text!r} is no number of nodes")
    return int(text)
