"""PyTorch as its documentation shows first: a module of layers, `backward`, and an optimizer.

The module is an `nn.Sequential` of `nn.Linear` and activations, called under `no_grad`. Training is
`zero_grad`, `backward` and the `step` of an optimizer of `module.parameters()`. What an expert does
instead, and what that gains, is in the peer `pytorch`. `backward` adds to the gradients that the
module holds, so a lock lets one gradient run at a time.

`optim.SGD` keeps its momentum in other units than `kernels.SGD`, so that trainings with momentum
are made by the passes that all kernels share.
"""

from __future__ import annotations

import threading
from itertools import pairwise
from typing import Any

import numpy as np

from kernels.exchange import torch_writing
from kernels.interface import Plan
from kernels.network import parts
from kernels.parts.optimizers import Adam, AdamW
from kernels.passes import Passes
from kernels.peers import pytorch as expert
from kernels.support.checks import Array


class Kernel(expert.Kernel):
    """A module of PyTorch."""

    name = "pytorch-module"

    def prepare(self) -> None:
        super().prepare()
        self._lock = threading.Lock()

    @expert.recording
    def pack(self, theta: Array) -> Any:
        nn, made = self._torch.nn, []
        dtype = getattr(self._torch, self.dtype.name)
        for (n, rows), f in zip(pairwise(self.sizes), self.architecture.functions, strict=True):
            made.append(nn.utils.skip_init(nn.Linear, n, rows, dtype=dtype))
            made.append(torch_writing.layer(self._torch, f))
        module = nn.Sequential(*made)
        with self._torch.no_grad():
            for parameter, part in zip(module.parameters(), parts(theta, self.sizes), strict=True):
                parameter.copy_(self._torch.from_numpy(part))
        return module

    def unpack(self, tensors: Any, theta: Array) -> None:
        """Write tensors, one for each parameter, to the flat vector."""
        for place, tensor in zip(parts(theta, self.sizes), tensors, strict=True):
            place[:] = tensor.detach().numpy()

    def sample_forward(self, parameters: Any, x: Array, out: Array) -> None:
        with self._torch.no_grad():
            out[:] = parameters(self.tensor(x)).numpy()

    def batch_forward(self, parameters: Any, X: Array, out: Array) -> None:
        self.sample_forward(parameters, X, out)

    def module_cost(self, module: Any, X: Any, Y: Any) -> tuple[Any, Any]:
        """The mean of the loss, and that of ||y - h||; losses take z, before the activation."""
        return self.judged(module[:-1](X), Y)

    @expert.recording
    def batch_gradient(
        self, parameters: Any, X: Array, Y: Array, out: Array
    ) -> tuple[float, float]:
        inputs, targets = self.tensor(X), self.tensor(Y)
        with self._lock:
            parameters.zero_grad()
            cost, error = self.module_cost(parameters, inputs, targets)
            cost.backward()
            self.unpack((one.grad for one in parameters.parameters()), out)
        return cost.item(), error.item()

    @expert.recording
    def descend(
        self, theta: Array, X: Array, Y: Array, alpha: float, cost: Array, error: Array
    ) -> None:
        module, inputs, targets = self.pack(theta), self.tensor(X), self.tensor(Y)
        # a negative rate, which `train` takes and PyTorch refuses, climbs
        optimizer = self._torch.optim.SGD(
            module.parameters(), abs(float(alpha)), maximize=bool(alpha < 0)
        )
        for k in range(len(cost)):
            optimizer.zero_grad()
            now, distance = self.module_cost(module, inputs, targets)
            now.backward()
            optimizer.step()
            cost[k], error[k] = now.item(), distance.item()
        self.unpack(module.parameters(), theta)

    @expert.recording
    def pass_over(self, theta: Array, one: Passes, first: int, last: int, found: Array) -> None:
        has_momentum = one.optimizer.form in ("momentum", "nesterov")
        if has_momentum or not expert.is_own(one.optimizer) or one.weights is not None:
            Plan.pass_over(self, theta, one, first, last, found)
            return
        module = self.pack(theta)
        optimizer = self.optimizer(module, one, first)
        for step, x, y in self.batches_of(one, first, last):
            optimizer.zero_grad()
            cost, error = self.module_cost(module, x, y)
            whole, penalty = cost, 0.0
            if one.l2:
                squares = sum(layer.weight.square().sum() for layer in module[::2])
                share = one.l2 / 2 / len(x) * squares
                whole, penalty = cost + share, share.item()
            whole.backward()
            optimizer.step()
            found[step // one.batches] += np.multiply((cost.item(), error.item(), penalty), len(x))
        self.unpack(module.parameters(), theta)

    def optimizer(self, module: Any, one: Passes, first: int) -> Any:
        """PyTorch's own optimizer, whose state shares the memory of the slots."""
        torch, kept, parameters = self._torch, one.optimizer, list(module.parameters())
        if not isinstance(kept, Adam):
            return torch.optim.SGD(parameters, one.learning_rate)
        options = {"betas": (kept.beta_1, kept.beta_2), "eps": kept.epsilon}
        if isinstance(kept, AdamW):
            options["weight_decay"] = kept.weight_decay
        kind = getattr(torch.optim, kept.libraries["torch"])
        optimizer = kind(parameters, one.learning_rate, **options)
        means, squares = (map(torch.from_numpy, parts(row, self.sizes)) for row in one.slots)
        for parameter, mean, square in zip(parameters, means, squares, strict=True):
            step = torch.tensor(float(one.made + first))
            optimizer.state[parameter] = {"step": step, "exp_avg": mean, "exp_avg_sq": square}
        return optimizer
