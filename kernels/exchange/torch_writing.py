"""Networks as modules of PyTorch: a `Sequential` of `Linear`s and activations.

A shift is a first layer, `x - shift`, and not part of the first bias, where it would cost the
digits that it is there to keep; nor a `BatchNorm1d`, which would subtract other means in training.
PyTorch has no layer for that (`kernels.exchange.torch_shift`), nor for exp, which is a
`GraphModule`.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from kernels.exchange.packages import needed
from kernels.exchange.rounding import theta_in
from kernels.network import Network, views
from kernels.parts.activation import Activation
from kernels.parts.activations.exp import PART as EXP
from kernels.parts.activations.identity import PART as IDENTITY
from kernels.parts.named import function
from kernels.support import checks


def module_of(network: Network, dtype: Any = "float64") -> Any:
    """The module; `Network.to_torch` documents it."""
    kind = checks.dtype(dtype)
    torch = needed("torch", "Network.to_torch")
    theirs = getattr(torch, kind.name)
    layers: list[Any] = []
    if network.shift is not None:
        from kernels.exchange.torch_shift import Shift

        layers.append(Shift(torch.from_numpy(np.array(network.shift)), theirs))
    functions = network.architecture.functions
    matrices = views(theta_in(kind, network), network.sizes)
    for W, b, f in zip(*matrices, functions, strict=True):
        linear = torch.nn.utils.skip_init(torch.nn.Linear, W.shape[1], W.shape[0], dtype=theirs)
        with torch.no_grad():
            linear.weight.copy_(torch.from_numpy(W))
            linear.bias.copy_(torch.from_numpy(b))
        layers.append(linear)
        if f is not IDENTITY:
            layers.append(layer(torch, f))
    return torch.nn.Sequential(*layers).eval()


def layer(torch: Any, f: Activation) -> Any:
    """The layer that computes an activation."""
    if f is EXP:
        graph = torch.fx.Graph()
        graph.output(graph.call_function(torch.exp, (graph.placeholder("x"),)))
        return torch.fx.GraphModule({}, graph, "Exp")
    if "torch" not in f.libraries:
        raise ValueError(f"PyTorch has no layer for the activation {f.name}")
    return function(torch.nn, f.libraries["torch"])()
