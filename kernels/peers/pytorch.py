"""PyTorch, eager: each operation is a call into its library; gradients come from its autograd.

It is written as a user who needs speed would: inference mode, one `linear` per layer, tensors that
share NumPy's memory, `torch.autograd.grad` instead of accumulated gradients, one fused update of
all parameters per iteration, and its fused Adam and AdamW. PyTorch has one thread count per
process; a call sets it if it differs from the plan's.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np

from kernels.interface import Plan
from kernels.network import parts, views
from kernels.parts.activations.softplus import PART as SOFTPLUS
from kernels.parts.architecture import Architecture
from kernels.parts.named import function
from kernels.parts.optimizer import Optimizer
from kernels.parts.optimizers import Adam
from kernels.passes import Passes
from kernels.support.checks import Array


class Kernel(Plan):
    """Eager PyTorch."""

    name = "pytorch"
    requires = ("torch",)
    max_threads = None

    @classmethod
    def offers_network(cls, what: Architecture) -> bool:
        # its softplus is z itself from 20 on, which is off by 2e-9
        return all("torch" in f.libraries and f is not SOFTPLUS for f in what.functions)

    def build(self) -> None:
        import torch

        self._torch = torch
        self._functions = [
            function(torch.nn, f.libraries["torch"])().forward for f in self.architecture.functions
        ]
        self._outputs_of = self.prepared(self.outputs)
        self._cost_of = self.prepared(self.cost)

    def prepared(self, function: Any) -> Any:
        """The callable to use for `function`: here, the function itself."""
        return function

    def outputs(self, layers: Any, H: Any) -> Any:
        """h[L] of one sample (s_1,) or of every row of a batch (m, s_1)."""
        return self._functions[-1](self.sums(layers, H))

    def sums(self, layers: Any, H: Any) -> Any:
        """z of the last layer."""
        linear = self._torch.nn.functional.linear
        *hidden, (W, b) = layers
        for f, (V, c) in zip(self._functions, hidden, strict=False):
            H = f(linear(H, V, c))
        return linear(H, W, b)

    def cost(self, layers: Any, X: Any, Y: Any) -> tuple[Any, Any]:
        """The mean of the loss, and that of ||y - h||."""
        what, z = self.architecture, self.sums(layers, X)
        h = self._functions[-1](z)
        squares = self._torch.square(Y - h).sum(dim=1)
        error = squares.detach().sqrt().mean()
        if not what.objective.canonical:
            return squares.mean() / 2, error
        functional = self._torch.nn.functional
        log = functional.cross_entropy
        if not what.functions[-1].over_nodes:
            log = functional.binary_cross_entropy_with_logits
        return log(z, Y, reduction="sum") / len(X), error

    def pack(self, theta: Array) -> Any:
        return self.layers(theta)

    def layers(self, theta: Array, gradients: bool = False) -> list[tuple[Any, Any]]:
        """The pairs W[l], b[l] as tensors that share the memory of `theta`."""
        import torch

        return [
            (
                torch.from_numpy(W).requires_grad_(gradients),
                torch.from_numpy(b).requires_grad_(gradients),
            )
            for W, b in zip(*views(theta, self.sizes), strict=True)
        ]

    def tensor(self, array: Array) -> Any:
        """A tensor on the array's memory, or on a copy where PyTorch could not use that."""
        if self._torch.get_num_threads() != self.threads:
            self._torch.set_num_threads(self.threads)
        return self._torch.from_numpy(array if array.flags.carray else array.copy())

    def sample_forward(self, parameters: Any, x: Array, out: Array) -> None:
        with self._torch.inference_mode():
            out[:] = self._outputs_of(parameters, self.tensor(x)).numpy()

    def batch_forward(self, parameters: Any, X: Array, out: Array) -> None:
        self.sample_forward(parameters, X, out)

    def batch_gradient(
        self, parameters: Any, X: Array, Y: Array, out: Array
    ) -> tuple[float, float]:
        # leaf tensors of this call alone, which share memory with the plan's parameters
        layers = [tuple(t.detach().requires_grad_() for t in pair) for pair in parameters]
        cost, error = self._cost_of(layers, self.tensor(X), self.tensor(Y))
        leaves = [tensor for pair in layers for tensor in pair]
        gradients = self._torch.autograd.grad(cost, leaves)
        for place, gradient in zip(parts(out, self.sizes), gradients, strict=True):
            place[:] = gradient.numpy()
        return float(cost.detach()), float(error)

    def descend(
        self, theta: Array, X: Array, Y: Array, alpha: float, cost: Array, error: Array
    ) -> None:
        torch = self._torch
        inputs, targets = self.tensor(X), self.tensor(Y)
        layers = self.layers(theta, gradients=True)
        leaves = [tensor for pair in layers for tensor in pair]
        for k in range(len(cost)):
            now, distance = self._cost_of(layers, inputs, targets)
            gradients = torch.autograd.grad(now, leaves)
            with torch.no_grad():
                torch._foreach_add_(leaves, gradients, alpha=-alpha)
            cost[k], error[k] = float(now.detach()), float(distance)

    def own_form(self, optimizer: Optimizer) -> Optimizer:
        if isinstance(optimizer, Adam):
            return replace(optimizer, epsilon_after_correction=True)
        return optimizer

    def pass_over(self, theta: Array, one: Passes, first: int, last: int, found: Array) -> None:
        is_own = isinstance(one.optimizer, Adam) and one.optimizer.epsilon_after_correction
        if not is_own or one.weights is not None:
            super().pass_over(theta, one, first, last, found)
            return
        torch = self._torch
        layers = self.layers(theta, gradients=True)
        leaves = [tensor for pair in layers for tensor in pair]
        optimizer = self.optimizer(leaves, one, first)
        X, Y = self.tensor(one.X), self.tensor(one.Y)
        orders = None if one.orders is None else torch.from_numpy(one.orders)
        for step in range(first, last):
            number, batch = divmod(step, one.batches)
            part: Any = slice(batch * one.batch_size, (batch + 1) * one.batch_size)
            if orders is not None:
                part = orders[number, part]
            x, y = X[part], Y[part]
            cost, error = self._cost_of(layers, x, y)
            whole, penalty = cost, 0.0
            if one.l2:
                share = one.l2 / 2 / len(x) * sum(W.square().sum() for W, _ in layers)
                whole, penalty = cost + share, float(share.detach())
            for leaf, slope in zip(leaves, torch.autograd.grad(whole, leaves), strict=True):
                leaf.grad = slope
            optimizer.step()
            found[number] += np.multiply((float(cost.detach()), float(error), penalty), len(x))

    def optimizer(self, leaves: list[Any], one: Passes, first: int) -> Any:
        """PyTorch's own optimizer, whose state shares the memory of the slots."""
        torch, kept = self._torch, one.optimizer
        assert isinstance(kept, Adam)
        options = {"betas": (kept.beta_1, kept.beta_2), "eps": kept.epsilon, "fused": True}
        decay = getattr(kept, "weight_decay", None)
        if decay is None:
            optimizer = torch.optim.Adam(leaves, one.learning_rate, **options)
        else:
            optimizer = torch.optim.AdamW(leaves, one.learning_rate, weight_decay=decay, **options)
        means, squares = (
            [torch.from_numpy(part) for part in parts(row, self.sizes)] for row in one.slots
        )
        for leaf, mean, square in zip(leaves, means, squares, strict=True):
            optimizer.state[leaf] = {
                "step": torch.tensor(float(one.made + first)),
                "exp_avg": mean,
                "exp_avg_sq": square,
            }
        return optimizer
