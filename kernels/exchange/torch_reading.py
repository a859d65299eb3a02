"""Networks of PyTorch's modules, as they compute in evaluation mode."""

from __future__ import annotations

from typing import Any

from kernels.exchange import torch_layers, torch_tracing
from kernels.exchange.chain import Chain
from kernels.exchange.packages import is_a
from kernels.exchange.torch_layers import computes_as
from kernels.network import Network


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
        torch_layers.read_linear(module, place, chain)
    elif computes_as(module, nn.BatchNorm1d):
        torch_layers.read_normalization(module, place, chain)
    elif "forward" in vars(module):
        raise ValueError(f"{place}: its forward has been replaced")
    elif type(module).__module__.startswith(("torch.nn.", "torch.ao.")):
        torch_layers.read_fixed(module, place, chain)
    else:
        torch_tracing.read(module, name, place, chain, read)
