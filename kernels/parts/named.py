"""Functions of a library by the names that activations have there (`Activation.libraries`)."""

from __future__ import annotations

import ast
from collections.abc import Callable
from functools import partial
from operator import attrgetter
from typing import Any


def split(text: str) -> tuple[str, dict[str, Any]]:
    """A name and its settings: of `gelu(approximate=True)` they are `gelu` and {approximate: True}.

    A name alone has none.
    """
    tree = ast.parse(text, mode="eval").body
    if not isinstance(tree, ast.Call):
        return text, {}
    settings = {str(one.arg): ast.literal_eval(one.value) for one in tree.keywords}
    return ast.unparse(tree.func), settings


def function(module: Any, text: str) -> Callable[..., Any]:
    """A function or class of a module, with settings: `nn.relu`, `gelu(approximate=True)`."""
    name, settings = split(text)
    found: Callable[..., Any] = attrgetter(name)(module)
    return partial(found, **settings) if settings else found
