"""Networks as people type them: `3-3-1`, or `24-64-64-4-relu-softmax`."""

from __future__ import annotations

from kernels.parts import architecture
from kernels.support import checks


def parse_sizes(text: str) -> tuple[int, ...]:
    """`3-3-1` as (3, 3, 1).

    Raises ValueError for anything else.
    """
    try:
        return checks.sizes(map(number, text.split("-")))
    except ValueError as error:
        raise ValueError(f"sizes are written like 3-3-1, got {text!r} ({error})") from None


def parse_network(text: str) -> tuple[tuple[int, ...], tuple[str, ...] | None]:
    """Sizes and activations of a network as `workloads.name_of` writes it.

    The sizes may be followed by one activation for all hidden layers and one for the output layer,
    `24-64-64-4-relu-softmax`, or by one for each layer. Without any they are None, which means the
    article's. Raises ValueError for anything else.
    """
    parts = text.split("-")
    count = next((k for k, part in enumerate(parts) if part.isalpha()), len(parts))
    numbers, names = parts[:count], parts[count:]
    try:
        for name in names:
            if name not in architecture.ACTIVATIONS:
                hint = architecture.suggestion(name, architecture.ACTIVATIONS)
                raise ValueError(f"{name!r} is neither a number of nodes nor an activation{hint}")
        sizes = checks.sizes(map(number, numbers))
        if not names:
            return sizes, None
        if len(names) == 2 and len(sizes) > 2:
            names = [*(names[0] for _ in sizes[1:-1]), names[1]]
        return sizes, architecture.activations(names, sizes)
    except ValueError as error:
        raise ValueError(
            f"networks are written like 3-3-1 or 24-64-4-relu-softmax, got {text!r} ({error})"
        ) from None


def number(text: str) -> int:
    """A number of nodes in plain digits.

    Raises ValueError for anything else, also for what `int` takes: signs, underscores, spaces.
    """
    if not (text.isascii() and text.isdigit()):
        raise ValueError(f"{text!r} is no number of nodes")
    return int(text)
