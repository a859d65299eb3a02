"""Single layers of PyTorch as parts of a network."""

from __future__ import annotations

from typing import Any

from kernels.exchange.axes import SAMPLES
from kernels.exchange.chain import Chain, normalization
from kernels.parts.activations import ACTIVATIONS
from kernels.parts.named import function

IN_PLACE = "inplace"
DROPPED = ("Identity", "Dropout", "AlphaDropout", "FeatureAlphaDropout")
"""Layers that change nothing in evaluation mode."""
DROPS = "it drops in evaluation mode, too: pass training=self.training, or leave it out"
DEFAULT_THRESHOLD = 20
"""From where on PyTorch's Softplus gives z by default, which is off by 2e-9 there."""
HINTS = {
    "LogSoftmax": "leave it out for z, or take Softmax for probabilities",
    "PReLU": "LeakyReLU() can be converted",
}


def computes_as(module: Any, kind: Any) -> bool:
    """True if a module computes as one of class `kind` does: no `forward` of its own."""
    return (
        isinstance(module, kind)
        and type(module).forward is kind.forward
        and "forward" not in vars(module)
    )


def read_linear(module: Any, place: str, chain: Chain) -> None:
    """Append a Linear."""
    bias = None if module.bias is None else numbers(module.bias, place)
    chain.linear(numbers(module.weight, place), bias, place)


def read_normalization(module: Any, place: str, chain: Chain) -> None:
    """Append a BatchNorm1d with the means and variances that it has collected."""
    mean, variance = module.running_mean, module.running_var
    if mean is None:
        raise ValueError(f"{place}: it has no running mean, but depends on the batch")
    factor, offset = (
        default if one is None else numbers(one, place)
        for one, default in ((module.weight, 1.0), (module.bias, 0.0))
    )
    chain.axes.second(place)
    values = numbers(mean, place), numbers(variance, place)
    chain.affine(normalization(place, *values, module.eps, factor, offset))


def numbers(tensor: Any, place: str) -> Any:
    """A tensor as an array in float64, to which all floating-point numbers convert exactly."""
    if tensor.is_meta or tensor.is_complex():
        raise ValueError(f"{place}: its parameters must be real numbers, got {tensor.dtype}"
                         f" on device {tensor.device}")  # fmt: skip
    return tensor.detach().cpu().double().numpy()


def read_fixed(module: Any, place: str, chain: Chain) -> None:
    """Append an activation, or a layer that changes nothing."""
    kind = type(module).__name__
    if kind in DROPPED:
        if module.training and "Dropout" in kind:
            raise ValueError(f"{place}: {DROPS}")
        return
    if kind == "Flatten":
        if module.start_dim != 1 or module.end_dim not in (-1, 1):
            raise ValueError(f"{place}: it flattens more than the features of each sample")
        if module.end_dim == -1:  # from axis 1 to axis 1 there is nothing to flatten
            chain.flatten(SAMPLES, place)
        return
    name = activation(module)
    if name is None:
        settings = ", ".join(f"{one}={value!r}" for one, value in settings_of(module).items())
        if not any(f.libraries["torch"].startswith(kind) for f in known()):
            settings = "..."
        hint = f": {HINTS[kind]}" if kind in HINTS else ""
        raise ValueError(
            f"{place}: only Linear, BatchNorm1d, Dropout, Flatten and "
            f"{', '.join(f.libraries['torch'] for f in known())} can be converted, got "
            f"{full_name(type(module))}({settings}){hint}"
        )
    if getattr(module, "dim", None) == 1:
        chain.axes.second(place)
    chain.activation(name, place)


def full_name(kind: type) -> str:
    """The name of a class, with its module if it is none of `torch.nn`."""
    inside = kind.__module__.startswith("torch.nn.")
    return kind.__name__ if inside else f"{kind.__module__}.{kind.__name__}"


def known() -> list[Any]:
    """The activations that PyTorch has."""
    return [f for f in ACTIVATIONS.values() if "torch" in f.libraries]


def settings_of(module: Any) -> dict[str, Any]:
    """What a layer without parameters depends on."""
    names = getattr(module, "__constants__", ())
    return {one: getattr(module, one) for one in names if one != IN_PLACE and hasattr(module, one)}


def activation(module: Any) -> str | None:
    """Our name for an activation; None if there is none that computes the same."""
    from torch import nn

    settings = settings_of(module)
    for f in known():
        theirs = function(nn, f.libraries["torch"])()
        if not computes_as(module, type(theirs)):
            continue
        wanted = settings_of(theirs)
        if wanted.get("dim") == -1 and settings.get("dim") == 1:  # samples are rows
            settings["dim"] = -1
        if "threshold" in wanted and settings["threshold"] >= DEFAULT_THRESHOLD:
            settings["threshold"] = wanted["threshold"]  # what is meant is softplus itself
        if settings == wanted:
            return str(f.name)
    return None
