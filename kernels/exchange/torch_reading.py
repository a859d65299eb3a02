"""Networks of PyTorch's modules, as they compute in evaluation mode."""

from __future__ import annotations

import copy
from typing import Any

from kernels.exchange import torch_layers, torch_tracing
from kernels.exchange.chain import Chain, Step
from kernels.exchange.packages import placed, require
from kernels.exchange.torch_layers import computes_as
from kernels.network import Network


def network_of(module: Any) -> Network:
    """The network that a module computes; `Network.from_torch` documents it."""
    return chain_of(module).network()


def chain_of(module: Any) -> Chain:
    """The layers of a module, which is left as it is."""
    require(module, "torch", "Module", "a torch.nn.Module")
    chain = Chain("the module")
    read(in_evaluation(module), "", chain)
    return chain


def in_evaluation(module: Any) -> Any:
    """A copy in evaluation mode: reading calls parametrizations and the user's `forward`."""
    import torch

    if isinstance(module, torch.jit.ScriptModule):  # refused by `read`
        return module
    if type(module).__name__ == "OptimizedModule":  # made by torch.compile
        module = module._orig_mod
    for name, one in module.named_modules():
        refuse_unready(one, place_of(one, name))
    try:
        return copy.deepcopy(module).eval()
    except Exception as error:  # the user's code may raise anything
        raise ValueError(
            f"{place_of(module, '')}: no copy of it can be made and put into evaluation mode: "
            f"{' '.join(str(error).split())}"
        ) from None


def place_of(module: Any, name: str) -> str:
    """Where a module is in the whole, for messages."""
    kind = type(module).__name__
    return f"layer {name} ({kind})" if name else f"the module ({kind})"


def refuse_unready(module: Any, place: str) -> None:
    """Raise ValueError if a module's own weights are missing or sparse, or it has hooks."""
    import torch

    if any(map(torch.nn.parameter.is_lazy, module.parameters(recurse=False))):
        raise ValueError(f"{place}: it has no weights yet: call the module with a batch first")
    for one in module.parameters(recurse=False):
        if one.layout is not torch.strided:
            raise ValueError(f"{place}: its parameters must be dense, got {one.layout}")
    if module._forward_hooks or module._forward_pre_hooks:
        raise ValueError(
            f"{place}: it has hooks, which may change what it computes: remove them first "
            "(torch.nn.utils.prune.remove after pruning, torch.nn.utils.remove_weight_norm)"
        )
    if isinstance(module, torch.nn.DataParallel | torch.nn.parallel.DistributedDataParallel):
        raise ValueError(f"{place}: it distributes batches: give its .module")


def read(module: Any, name: str, chain: Chain) -> None:
    """Append what a module computes; `name` says where in the whole it is, "" for the whole."""
    with placed(place_of(module, name)):
        read_kind(module, name, chain)


def read_kind(module: Any, name: str, chain: Chain) -> None:
    """Append what a module computes, by its kind."""
    import torch
    from torch import nn

    from kernels.exchange.torch_shift import Shift

    kind, place = type(module).__name__, place_of(module, name)
    if kind == "OptimizedModule":  # made by torch.compile
        read(module._orig_mod, name, chain)
        return
    if isinstance(module, torch.jit.ScriptModule):
        raise ValueError(f"{place}: it is a compiled script: give the module it was made from")
    if computes_as(module, nn.Sequential):
        for inner, layer in module._modules.items():  # named_children leaves out repetitions
            read(layer, f"{name}.{inner}" if name else inner, chain)
    elif computes_as(module, nn.Linear):
        torch_layers.read_linear(module, place, chain)
    elif computes_as(module, Shift):
        chain.affine(Step(place, mean=torch_layers.numbers(module.shift, place)))
    elif computes_as(module, nn.BatchNorm1d):
        torch_layers.read_normalization(module, place, chain)
    elif "forward" in vars(module):
        raise ValueError(f"{place}: its forward has been replaced")
    elif type(module).__module__.startswith(("torch.nn.", "torch.ao.")):
        torch_layers.read_fixed(module, place, chain)
    else:
        torch_tracing.read(module, name, place, chain, read)
