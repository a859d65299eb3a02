"""PyTorch, eager: each operation is a call into its library; gradients come from its autograd.

It is written as a user who needs speed would: inference mode, one `linear` per layer, tensors that
share NumPy's memory, `torch.autograd.grad` instead of accumulated gradients, and one fused update
of all parameters per iteration. PyTorch has one thread count per process; a call sets it if it
differs from the plan's.
"""

from __future__ import annotations

from typing import Any

from kernels.interface import Plan
from kernels.network import parts, views
from kernels.support.checks import Array


class Kernel(Plan):
    """Eager PyTorch."""

    name = "pytorch"
    requires = ("torch",)
    max_threads = None

    def build(self) -> None:
        import torch

        self._torch = torch
        self._outputs_of = self.prepared(self.outputs)
        self._cost_of = self.prepared(self.cost)

    def prepared(self, function: Any) -> Any:
        """The callable to use for `function`: here, the function itself."""
        return function

    def outputs(self, layers: Any, H: Any) -> Any:
        """h[L] of one sample (s_1,) or of every row of a batch (m, s_1)."""
        linear = self._torch.nn.functional.linear
        for W, b in layers:
            H = self._torch.sigmoid(linear(H, W, b))
        return H

    def cost(self, layers: Any, X: Any, Y: Any) -> tuple[Any, Any]:
        """J of §4.2, and the mean of ||y - h||."""
        squares = self._torch.square(Y - self.outputs(layers, X)).sum(dim=1)
        return squares.mean() / 2, squares.detach().sqrt().mean()

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
