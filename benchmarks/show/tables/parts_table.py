"""The tables of activations, losses and optimizers: what each is, and where it may stand."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from benchmarks.show.tables import markdown
from kernels.parts.activations import ACTIVATIONS
from kernels.parts.losses import LOSSES
from kernels.parts.optimizers import OPTIMIZERS

if TYPE_CHECKING:
    import pandas as pd

LIBRARIES = {
    "scikit-learn": "scikit-learn",
    "torch": "PyTorch",
    "keras": "Keras",
    "onnx": "ONNX",
}
"""Headings of the columns of names, by library."""


def activations(_: pd.DataFrame) -> str:
    """The table of all activations."""
    lines = [
        (f"`{name}`", f.formula, where(f.hidden, f.output), *names(f.libraries))
        for name, f in ACTIVATIONS.items()
    ]
    return markdown.table(("activation", "f(z)", "layers", *LIBRARIES.values()), lines)


def losses(_: pd.DataFrame) -> str:
    """The table of all losses."""
    lines = [
        (f"`{name}`", loss.formula, ", ".join(loss.outputs or ("all",)),
         *names(loss.libraries)[:-1])
        for name, loss in LOSSES.items()
    ]  # fmt: skip
    headings = ("loss", "of one sample", "outputs", *list(LIBRARIES.values())[:-1])
    return markdown.table(headings, lines)


def optimizers(_: pd.DataFrame) -> str:
    """The table of all optimizers."""
    lines = [
        (f"`kernels.{kind.__name__}`", kind.formula, *names(kind.libraries)[:-1])
        for kind in OPTIMIZERS.values()
    ]
    headings = ("optimizer", "a step of each parameter", *list(LIBRARIES.values())[:-1])
    return markdown.table(headings, lines)


def where(hidden: bool, output: bool) -> str:
    """The layers that may have an activation."""
    return "all" if hidden and output else "hidden" if hidden else "output"


def names(libraries: Mapping[str, str]) -> list[str]:
    """What libraries call a part; a dash where one does not have it."""
    return [f"`{libraries[one]}`" if one in libraries else "–" for one in LIBRARIES]
