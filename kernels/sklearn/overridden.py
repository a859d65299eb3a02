"""Refusal of estimators whose methods are not scikit-learn's own.

A compiled estimator must compute what scikit-learn computes. Estimators and steps whose methods
were overridden, in a subclass, on the instance or by patching scikit-learn, are refused.
"""

from __future__ import annotations

import inspect
from collections.abc import Container
from typing import Any

TRAINING = "kernels.sklearn.training."
"""Where estimators are that train compiled."""
PREDICTION_METHODS = ("predict", "_predict", "_forward_pass", "_iter")
"""Prefixes of the methods by which an estimator or a Pipeline predicts."""
TRANSFORM_METHODS = ("transform", "_transform", "get_support", "_get_support", "_iter")
"""Prefixes of the methods by which a preprocessing step transforms."""
INVERSE_METHODS = ("inverse_transform",)
"""Prefixes of the methods by which a transformer of targets gives them back."""


class OverriddenError(TypeError):
    """A method by which scikit-learn computes is not its own."""


def refuse_overridden(instance: Any, base: type, prefixes: tuple[str, ...]) -> None:
    """Raise TypeError if an instance overrides methods of its scikit-learn base class.

    Only methods whose names begin with one of the prefixes count. They may have been overridden in
    a subclass, on the instance, or by patching the base class. Added methods do no harm.
    """
    for name in dir(base):
        if not name.startswith(prefixes):
            continue
        found = inspect.getattr_static(type(instance), name)
        same = found is inspect.getattr_static(base, name) and is_from_scikit_learn(found)
        unchanged = same or is_compiled(found)
        if name in vars(instance):
            raise OverriddenError(
                f"{base.__name__}.{name} is not scikit-learn's own: it was set on this object, and "
                "kernels.compile would not call it"
            )
        if not unchanged:
            raise OverriddenError(
                f"{qualified_name(type(instance))}.{name} is not scikit-learn's own, and "
                f"kernels.compile would not call it: compile a plain {base.__name__} instead"
            )


def is_compiled(found: Any) -> bool:
    """True for a method that computes what scikit-learn's own does (`kernels.sklearn.training`)."""
    return str(getattr(found, "__globals__", {}).get("__name__")).startswith(TRAINING)


def refuse_patched(activations: list[str]) -> None:
    """Raise TypeError if one of scikit-learn's activation functions was replaced."""
    from sklearn.neural_network._base import ACTIVATIONS

    for name in activations:
        if name in ACTIVATIONS and not is_from_scikit_learn(ACTIVATIONS[name]):
            raise TypeError(
                f"the activation {name} is computed by {ACTIVATIONS[name]!r}, not by "
                "scikit-learn, and kernels.compile would not call it"
            )


def known_base(instance: Any, names: Container[str]) -> type | None:
    """The first of an instance's classes that scikit-learn defines under one of these names."""
    bases = type(instance).__mro__
    return next((one for one in bases if one.__name__ in names and is_from_scikit_learn(one)), None)


def shown_name(instance: Any) -> str:
    """The name of an instance's class, with its module unless that is scikit-learn's."""
    kind = type(instance)
    return kind.__name__ if is_from_scikit_learn(kind) else qualified_name(kind)


def is_from_scikit_learn(found: Any) -> bool:
    """Return True if scikit-learn defines a class, or a function and all functions it wraps."""
    found = found.fget if isinstance(found, property) else found
    while found is not None:
        if isinstance(found, type):
            module = found.__module__
        else:  # not `__module__`, which functools.wraps copies from the wrapped function
            module = getattr(found, "__globals__", {}).get("__name__", type(found).__module__)
        if not module.startswith("sklearn."):
            return False
        found = getattr(found, "__wrapped__", None)
    return True


def qualified_name(kind: type) -> str:
    """Return a class's name with its module."""
    return f"{kind.__module__}.{kind.__qualname__}"
