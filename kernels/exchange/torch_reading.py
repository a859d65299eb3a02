"""Networks of PyTorch's modules, as they compute in evaluation mode.

`Sequential`s are read layer by layer. Of another module the children do not say what it computes,
so `torch.fx` traces its `forward`: what follows must be one chain of known layers and functions, or
the module is refused.
"""

from __future__ import annotations

import operator
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import numpy as np

from kernels.exchange.chain import Chain, Step, normalization, quotient
from kernels.exchange.packages import is_a
from kernels.network import Network
from kernels.parts.activations import ACTIVATIONS
from kernels.parts.named import function

IN_PLACE = "inplace"
DROPPED = ("Identity", "Dropout", "AlphaDropout", "FeatureAlphaDropout")
"""Layers that change nothing in evaluation mode."""
FUNCTIONS: dict[str, tuple[str, tuple[str, ...]]] = {
    "relu": ("ReLU", ()),
    "sigmoid": ("Sigmoid", ()),
    "tanh": ("Tanh", ()),
    "silu": ("SiLU", ()),
    "gelu": ("GELU", ("approximate",)),
    "elu": ("ELU", ("alpha",)),
    "leaky_relu": ("LeakyReLU", ("negative_slope",)),
    "softplus": ("Softplus", ("beta", "threshold")),
    "softmax": ("Softmax", ("dim",)),
    "log_softmax": ("LogSoftmax", ("dim",)),
    "dropout": ("Dropout", ()),
    "flatten": ("Flatten", ("start_dim", "end_dim")),
}
"""Functions that do what a layer does: its class, and the settings that come after the input."""
FUNCTION_DEFAULTS: dict[str, dict[str, Any]] = {"flatten": {"start_dim": 0}, "softmax": {}}
"""Defaults of functions where the layer's are others."""
HINTS = {
    "LogSoftmax": "leave it out for z, or take Softmax for probabilities",
    "PReLU": "LeakyReLU() can be converted",
}


def network_of(module: Any) -> Network:
    """The network that a module computes; `Network.from_torch` documents it."""
    if not is_a(module, "torch", "Module"):
        kind = f"the class {module.__name__}" if isinstance(module, type) else type(module).__name__
        raise TypeError(f"expected a torch.nn.Module, got {kind}")
    chain = Chain("the module")
    read(module, "", chain)
    return chain.network()


def read(module: Any, name: str, chain: Chain) -> None:
    """Append what a module computes; `name` says where in the whole it is, "" for the whole."""
    import torch
    from torch import nn

    kind = type(module).__name__
    place = f"layer {name} ({kind})" if name else f"the module ({kind})"
    if kind == "OptimizedModule":  # made by torch.compile
        read(module._orig_mod, name, chain)
        return
    if isinstance(module, torch.jit.ScriptModule):
        raise ValueError(f"{place}: it is a compiled script: give the module it was made from")
    if any(map(torch.nn.parameter.is_lazy, module.parameters(recurse=False))):
        raise ValueError(f"{place}: it has no weights yet: call the module with a batch first")
    if module._forward_hooks or module._forward_pre_hooks:
        raise ValueError(
            f"{place}: it has hooks, which may change what it computes (pruning, weight "
            "normalization): remove them first"
        )
    if computes_as(module, nn.Sequential):
        for inner, layer in module._modules.items():  # named_children leaves out repetitions
            read(layer, f"{name}.{inner}" if name else inner, chain)
    elif computes_as(module, nn.Linear):
        read_linear(module, place, chain)
    elif computes_as(module, nn.BatchNorm1d):
        read_normalization(module, place, chain)
    elif type(module).__module__.startswith("torch.nn.") or "forward" in vars(module):
        read_fixed(module, place, chain)
    else:
        read_traced(module, name, place, chain)


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
        return
    if kind == "Flatten":
        if module.start_dim != 1 or module.end_dim not in (-1, 1):
            raise ValueError(f"{place}: it flattens more than the features of each sample")
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
            f"{kind}({settings}){hint}"
        )
    chain.activation(name, place)


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
        if "threshold" in wanted and settings["threshold"] > wanted["threshold"]:
            settings["threshold"] = wanted["threshold"]  # closer to what is meant than the default
        if settings == wanted:
            return str(f.name)
    return None


# --- modules with a forward of their own ----------------------------------------------------------


@contextmanager
def evaluating(module: Any) -> Iterator[None]:
    """Put a module into evaluation mode, as `eval` would, and back."""
    modes = [(one, one.training) for one in module.modules()]
    try:
        for one, _ in modes:
            one.training = False
        yield
    finally:
        for one, mode in modes:
            one.training = mode


def read_traced(module: Any, name: str, place: str, chain: Chain) -> None:
    """Append what the `forward` of a module does, as `torch.fx` sees it."""
    import torch

    try:
        with evaluating(module):
            graph = torch.fx.Tracer().trace(module)
    except Exception as error:  # the user's code may raise anything
        raise ValueError(
            f"{place}: what its forward computes cannot be told ({' '.join(str(error).split())}): "
            "give a torch.nn.Sequential of its layers"
        ) from None
    current = None
    for node in graph.nodes:
        at = f"{place}, {node.name}" if node.op != "call_module" else place
        if node.op == "get_attr" or (current is not None and is_size(node)):
            continue
        if node.op == "placeholder":
            if current is not None:
                raise ValueError(f"{at}: expected one input, got a second")
        elif node.op == "output":
            if node.args[0] is not current:
                raise ValueError(f"{at}: expected the last layer's result alone")
            return
        else:
            data = [one for one in node.all_input_nodes if one.op != "get_attr"
                    and not is_size(one)]  # fmt: skip
            if data != [current]:
                raise ValueError(
                    f"{at}: expected a chain of layers, but this takes others' results"
                )
            read_node(module, node, name, at, chain)
        users = [one for one in node.users if not is_size(one)]
        if len(users) != 1:
            raise ValueError(
                f"{at}: expected a chain of layers, but {len(users)} operations take its result"
            )
        current = node


def is_size(node: Any) -> bool:
    """True for sizes of a tensor: `x.size(0)`, `x.shape[0]`."""
    if node.op == "call_method":
        return bool(node.target == "size")
    if node.op == "call_function" and node.target is getattr:
        return bool(node.args[1] == "shape")
    return node.op == "call_function" and node.target is operator.getitem and is_size(node.args[0])


def read_node(module: Any, node: Any, name: str, place: str, chain: Chain) -> None:
    """Append one operation of a traced module."""
    if node.op == "call_module":
        inner = f"{name}.{node.target}" if name else node.target
        read(module.get_submodule(node.target), inner, chain)
        return
    arguments, options = list(node.args), dict(node.kwargs)
    if node.target in ARITHMETIC and not options:
        read_arithmetic(module, node, place, chain)
        return
    called = plain_name(node)
    if called == "exp":
        chain.activation("exp", place)
    elif called in ("to", "float", "double"):  # all is computed in the plan's dtype
        if any(is_integer(one) for one in (*arguments[1:], *options.values())):
            raise ValueError(f"{place}: it converts to integers")
    elif called in ("view", "reshape"):
        shape = arguments[1] if len(arguments) == 2 else arguments[1:]
        if not keeps_samples(shape):
            raise ValueError(f"{place}: it reshapes more than the features of each sample")
    elif called in FUNCTIONS:
        read_function(called, arguments[1:], options, place, chain)
    else:
        raise ValueError(
            f"{place}: only the functions {', '.join(FUNCTIONS)}, exp, view, reshape, and "
            f"arithmetic with constants can be converted, got {called or node.target}"
        )


def is_integer(value: Any) -> bool:
    """True for a dtype that is not floating."""
    import torch

    return isinstance(value, torch.dtype) and not value.is_floating_point


def plain_name(node: Any) -> str | None:
    """The name of a function of PyTorch or a method of its tensors, None for others."""
    import torch

    if node.op == "call_method":
        return str(node.target)
    name = getattr(node.target, "__name__", "")
    spaces = torch, torch.nn.functional
    found = any(getattr(space, name, None) is node.target for space in spaces)
    return name if found else None


def keeps_samples(shape: Any) -> bool:
    """True for `(any, -1)`, with a size of the batch, and `(-1, features)`."""
    if not isinstance(shape, list | tuple) or len(shape) != 2:
        return False
    first, second = shape
    if isinstance(second, int) and second == -1:
        return not isinstance(first, int) and is_size(first)
    return isinstance(first, int) and first == -1 and isinstance(second, int)


def read_function(
    called: str, arguments: list[Any], options: dict[str, Any], place: str, chain: Chain
) -> None:
    """Append what a function does, as the layer that does the same."""
    from torch import nn

    kind, names = FUNCTIONS[called]
    given = dict(zip(names, arguments, strict=False)) | options
    settings = FUNCTION_DEFAULTS.get(called, {}) | {
        one: value for one, value in given.items() if one in names
    }
    read_fixed(getattr(nn, kind)(**settings), place, chain)


def read_arithmetic(module: Any, node: Any, place: str, chain: Chain) -> None:
    """Append a sum, difference, product or quotient with a number or a tensor of the module."""
    left, right = node.args
    is_first = getattr(left, "op", None) not in (None, "get_attr")
    other = right if is_first else left
    if getattr(other, "op", None) == "get_attr":
        value = module
        for part in other.target.split("."):
            value = getattr(value, part)
        value = numbers(value, place)
    elif isinstance(other, int | float):
        value = np.float64(other)
    else:
        raise ValueError(f"{place}: expected a number or a tensor of the module")
    step = ARITHMETIC[node.target](value, place) if is_first or node.target in EITHER else None
    if step is None:
        raise ValueError(f"{place}: a constant less or divided by x cannot be converted")
    chain.affine(step)


ARITHMETIC: dict[Any, Callable[[Any, str], Step]] = {
    operator.sub: lambda c, place: Step(place, mean=c),
    operator.add: lambda c, place: Step(place, offset=c),
    operator.mul: lambda c, place: Step(place, factor=c),
    operator.truediv: lambda c, place: quotient(place, c),
}
"""What an operator does with x and a constant c."""
EITHER = (operator.add, operator.mul)
"""Operators whose operands may be exchanged."""
