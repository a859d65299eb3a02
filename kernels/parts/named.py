"""Functions of a library by the names that activations have there (`Activation.libraries`)."""

from __future__ import annotations

import ast
from collections.abc import Callable
from functools import partial
from operator import attrgetter
from typing import Any


def function(module: Any, text: str) -> Callable[..., Any]:
    """A function or class of a module, with settings: `nn.relu`, `gelu(approximate=True)`."""
    tree = ast.parse(text, mode="eval").body
    if not isinstance(tree, ast.Call):
        found: Callable[..., Any] = attrgetter(text)(module)
        return found
    settings = {str(one.arg): ast.literal_eval(one.value) for one in tree.keywords}
    return partial(attrgetter(ast.unparse(tree.func))(module), **settings)
