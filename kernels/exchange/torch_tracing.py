"""Modules of PyTorch with a `forward` of their own, whose children do not say what they compute.

`torch.fx` traces `forward`, without data: what follows must be one chain of layers, functions that
do what a layer does, and arithmetic with constants. Anything else is refused.
"""

from __future__ import annotations

import operator
from collections.abc import Callable
from typing import Any

import numpy as np

from kernels.exchange.axes import ROWS, SAMPLES
from kernels.exchange.chain import Chain, Step, quotient
from kernels.exchange.torch_layers import DROPS, numbers, read_fixed
from kernels.parts.activations.exp import PART as EXP

Read = Callable[[Any, str, Chain], None]
"""How a module within is read: `kernels.exchange.torch_reading.read`."""
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
    "dropout": ("Dropout", ("p", "training")),
    "flatten": ("Flatten", ("start_dim", "end_dim")),
}
"""Functions that do what a layer does: its class, and the settings that come after the input."""
FUNCTION_DEFAULTS: dict[str, dict[str, Any]] = {"flatten": {"start_dim": 0}}
"""Defaults of functions where the layer's are others."""


def traced(module: Any, place: str) -> Any:
    """The graph of what `forward` does; the module is in evaluation mode."""
    import torch

    with torch.random.fork_rng(devices=[]):
        before = torch.random.get_rng_state()
        try:
            graph = torch.fx.Tracer().trace(module)
        except Exception as error:  # the user's code may raise anything
            raise ValueError(
                f"{place}: what its forward computes cannot be told "
                f"({' '.join(str(error).split())}): give a torch.nn.Sequential of its layers"
            ) from None
        if not torch.equal(before, torch.random.get_rng_state()):
            raise ValueError(f"{place}: its forward draws random numbers")
    return graph


def read(module: Any, name: str, place: str, chain: Chain, read_inner: Read) -> None:
    """Append what the `forward` of a module does, as `torch.fx` sees it."""
    current = None
    for node in traced(module, place).nodes:
        at = f"{place}, {node.name}" if node.op != "call_module" else place
        if node.op == "get_attr" or (current is not None and is_size(node)):
            continue
        if node.op == "placeholder":
            if current is not None:
                if node.args and not node.users:  # it has a default, and is not used
                    continue
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
            if node.op == "call_module":
                inner = f"{name}.{node.target}" if name else node.target
                read_inner(module.get_submodule(node.target), inner, chain)
            else:
                read_node(module, node, at, chain)
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


def read_node(module: Any, node: Any, place: str, chain: Chain) -> None:
    """Append one function or method of a traced module."""
    arguments, options = list(node.args), dict(node.kwargs)
    if node.target in ARITHMETIC and not options:
        read_arithmetic(module, node, place, chain)
        return
    called = plain_name(node)
    if called is not None and called.removesuffix("_") in FUNCTIONS:
        called = called.removesuffix("_")  # in place: nothing else takes the tensor
    if called == EXP.name:
        chain.activation(EXP.name, place)
    elif called in ("to", "float", "double"):  # all is computed in the plan's dtype
        if any(is_integer(one) for one in (*arguments[1:], *options.values())):
            raise ValueError(f"{place}: it converts to integers")
    elif called in ("view", "reshape"):
        read_view(arguments[1] if len(arguments) == 2 else arguments[1:], place, chain)
    elif called == "linear":
        read_linear(module, arguments[1:], options, place, chain)
    elif called in FUNCTIONS:
        read_function(called, arguments[1:], options, place, chain)
    else:
        raise ValueError(
            f"{place}: only the functions linear, {', '.join(FUNCTIONS)}, exp, view, reshape, and "
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


def is_samples(node: Any) -> bool:
    """True for the number of samples: `x.size(0)`, `x.shape[0]`."""
    index = node.args[1] if len(node.args) > 1 else node.kwargs.get("dim")
    return is_size(node) and isinstance(index, int) and index == 0


def read_view(shape: Any, place: str, chain: Chain) -> None:
    """Append a view as `(m, -1)`, where m is the number of samples, or as `(-1, features)`."""
    if isinstance(shape, list | tuple) and len(shape) == 2:
        first, second = shape
        is_free = isinstance(second, int) and second == -1
        if is_free and not isinstance(first, int) and is_samples(first):
            chain.flatten(SAMPLES, place)
            return
        if isinstance(first, int) and first == -1 and isinstance(second, int) and second > 0:
            chain.flatten(ROWS, place, second)
            return
    raise ValueError(f"{place}: it reshapes more than the features of each sample")


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
    if called == "dropout" and settings.pop("training", True):
        raise ValueError(f"{place}: {DROPS}")
    read_fixed(getattr(nn, kind)(**settings).eval(), place, chain)


def read_linear(
    module: Any, arguments: list[Any], options: dict[str, Any], place: str, chain: Chain
) -> None:
    """Append `linear(x, weight, bias)`, with tensors of the module."""
    given = dict(zip(("weight", "bias"), arguments, strict=False)) | options
    bias = given.get("bias")
    W = constant(module, given["weight"], place)
    chain.linear(W, None if bias is None else constant(module, bias, place), place)


def constant(module: Any, given: Any, place: str) -> Any:
    """A number, or the tensor of the module that a node stands for, in float64."""
    if getattr(given, "op", None) == "get_attr":
        value = module
        for part in given.target.split("."):
            value = getattr(value, part)
        return numbers(value, place)
    if isinstance(given, int | float):
        return np.float64(given)
    raise ValueError(f"{place}: expected a number or a tensor of the module")


def read_arithmetic(module: Any, node: Any, place: str, chain: Chain) -> None:
    """Append a sum, difference, product or quotient with a number or a tensor of the module."""
    left, right = node.args
    is_first = getattr(left, "op", None) not in (None, "get_attr")
    value = constant(module, right if is_first else left, place)
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
