"""PyTorch, eager, as its experts write it: the fewest and cheapest calls into its library.

Each layer is one `addmv` or `addmm` on tensors made once, then its activation in place; the last
one writes to NumPy's memory. Nothing there asks for gradients, so `inference_mode`, which costs 2
µs a call, gains nothing. Gradients come from `torch.autograd.grad` by parameters that are kept,
with one copy into the flat result. A training keeps all parameters in one flat tensor, which the
fused Adam of `torch.optim.adam` moves in one call; SGD is two or three calls. What the
documentation shows first is the peer `pytorch-module`.

Tried and slower, for 64-30-10 in float64, roughly: `linear`, which takes twice as long as `addmv`
for one sample (19 µs in all instead of 8); `no_grad` (11) or `inference_mode` (10). The gradient of
32 samples takes 378 µs with new leaves in each call and a copy for each of them instead of 295,
`torch.func.grad` twice as long, and one flat leaf 335: its views cost more than the copies. A step
of `optim.Adam`: fused on each parameter 85 µs, fused on one flat parameter 65, by default 190,
instead of 28; of `optim.SGD` 72 instead of 9.

PyTorch has one thread count per process; a call sets it if it differs from the plan's.
"""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np

from kernels.interface import Plan
from kernels.network import parts, views
from kernels.parts.activation import Activation
from kernels.parts.activations.exp import PART as EXP
from kernels.parts.architecture import Architecture
from kernels.parts.losses.poisson import PART as POISSON
from kernels.parts.named import function
from kernels.parts.optimizer import Optimizer
from kernels.parts.optimizers import OPTIMIZERS, SGD, Adam, AdamW
from kernels.parts.optimizers.adam import with_epsilon
from kernels.passes import Passes
from kernels.support.checks import Array

IN_PLACE = {
    "logistic": "sigmoid_",
    "tanh": "tanh_",
    "relu": "relu_",
    "exp": "exp_",
    "elu": "nn.functional.elu_",
    "leaky_relu": "nn.functional.leaky_relu_",
    "silu": "nn.functional.silu(inplace=True)",
}
"""Functions of PyTorch that write an activation's values over their argument."""


class Packed(NamedTuple):
    """Parameters as tensors that share the memory of the flat vector."""

    hidden: list[Any]
    """(W, W.T, b, f) of every layer but the last, without gradients."""
    last: Any
    """(W, W.T, b, f) of the last layer."""
    leaves: list[Any]
    """W[0], b[0], W[1], ..., by which autograd derives."""


def recording(method: Callable[..., Any]) -> Callable[..., Any]:
    """A kernel's method that autograd records, also where the caller has switched that off."""

    @functools.wraps(method)
    def call(self: Kernel, *arguments: Any) -> Any:
        torch = self._torch
        if torch.is_grad_enabled() and not torch.is_inference_mode_enabled():
            return method(self, *arguments)
        with torch.inference_mode(False), torch.enable_grad():
            return method(self, *arguments)

    return call


class Kernel(Plan):
    """Eager PyTorch."""

    name = "pytorch"
    requires = ("torch",)
    max_threads = None

    @classmethod
    def offers_network(cls, what: Architecture) -> bool:
        return all(f is EXP or "torch" in f.libraries for f in what.functions)

    def prepare(self) -> None:
        import torch

        self._torch = torch
        self._functions = [self.value(f) for f in self.architecture.functions]
        self._in_place = [
            function(torch, IN_PLACE[f.name]) if f.name in IN_PLACE else self.value(f)
            for f in self.architecture.functions
        ]

    def build(self) -> None:
        self._cost_of = self.prepared(self.cost)
        if "train" in self.operations:
            from torch.optim.adam import adam
            from torch.optim.adamw import adamw

            self._steps = {Adam: adam, AdamW: adamw}

    def prepared(self, function: Any) -> Any:
        """The callable to use for `function`: here, the function itself."""
        return function

    def value(self, f: Activation) -> Any:
        """The function of an activation, which is a layer in PyTorch unless it is exp."""
        if f is EXP:
            return self._torch.exp
        return function(self._torch.nn, f.libraries["torch"])().forward

    def sums(self, leaves: list[Any], H: Any) -> Any:
        """z of the last layer, (m, s_L), of a batch."""
        linear = self._torch.nn.functional.linear
        *hidden, (W, b) = zip(leaves[::2], leaves[1::2], strict=True)
        for f, (V, c) in zip(self._functions, hidden, strict=False):
            H = f(linear(H, V, c))
        return linear(H, W, b)

    def cost(self, leaves: list[Any], X: Any, Y: Any) -> tuple[Any, Any]:
        """The mean of the loss, and that of ||y - h||."""
        return self.judged(self.sums(leaves, X), Y)

    def judged(self, z: Any, Y: Any) -> tuple[Any, Any]:
        """`cost` from z of the last layer."""
        what, functional = self.architecture, self._torch.nn.functional
        h = self._functions[-1](z)
        error = self._torch.linalg.vector_norm(Y - h.detach(), dim=1).mean()
        if not what.objective.canonical:
            return functional.mse_loss(h, Y, reduction="sum") / (2 * len(Y)), error
        if what.objective is POISSON:
            loss = functional.poisson_nll_loss(z, Y, reduction="sum")
            return (loss + (self._torch.xlogy(Y, Y) - Y).sum()) / len(Y), error
        if what.functions[-1].over_nodes:
            return functional.cross_entropy(z, Y), error
        loss = functional.binary_cross_entropy_with_logits(z, Y, reduction="sum")
        return loss / len(Y), error

    @recording
    def pack(self, theta: Array) -> Any:
        tensors = [self._torch.from_numpy(part) for part in parts(theta, self.sizes)]
        *hidden, last = (
            (W, W.T, b, f)
            for W, b, f in zip(tensors[::2], tensors[1::2], self._in_place, strict=True)
        )
        return Packed(hidden, last, self.leaves(theta))

    def leaves(self, theta: Array) -> list[Any]:
        """W[0], b[0], W[1], ... as tensors that share the memory of `theta`, for autograd."""
        return [self._torch.from_numpy(part).requires_grad_() for part in parts(theta, self.sizes)]

    def tensor(self, array: Array) -> Any:
        """A tensor on the array's memory, or on a copy where PyTorch could not use that."""
        if self._torch.get_num_threads() != self.threads:
            self._torch.set_num_threads(self.threads)
        return self.shared(array if array.flags.carray else array.copy())[0]

    def shared(self, array: Array) -> tuple[Any, bool]:
        """A tensor on the array's memory, and True; where that cannot be, on a copy, and False."""
        try:
            return self._torch.from_numpy(array), True
        except ValueError:  # of an axis of length 1, whose stride NumPy does not heed
            return self._torch.from_numpy(array.copy()), False

    def sample_forward(self, parameters: Any, x: Array, out: Array) -> None:
        torch = self._torch
        addmv, h = torch.addmv, self.tensor(x)
        for W, _, b, f in parameters.hidden:
            h = f(addmv(b, W, h))
        W, _, b, f = parameters.last
        result, is_out = self.shared(out)
        value = f(addmv(b, W, h, out=result))
        if value is not result or not is_out:
            out[:] = value.numpy()

    def batch_forward(self, parameters: Any, X: Array, out: Array) -> None:
        torch = self._torch
        addmm, H = torch.addmm, self.tensor(X)
        for _, WT, b, f in parameters.hidden:
            H = f(addmm(b, H, WT))
        _, WT, b, f = parameters.last
        result, is_out = self.shared(out)
        value = f(addmm(b, H, WT, out=result))
        if value is not result or not is_out:
            out[:] = value.numpy()

    @recording
    def batch_gradient(
        self, parameters: Any, X: Array, Y: Array, out: Array
    ) -> tuple[float, float]:
        cost, error = self._cost_of(parameters.leaves, self.tensor(X), self.tensor(Y))
        self.derive(cost, parameters.leaves, self._torch.from_numpy(out))
        return cost.item(), error.item()

    def derive(self, cost: Any, leaves: list[Any], out: Any) -> None:
        """Write the gradient to the flat tensor `out`."""
        slopes = self._torch.autograd.grad(cost, leaves)
        self._torch.cat([slope.ravel() for slope in slopes], out=out)

    @recording
    def descend(
        self, theta: Array, X: Array, Y: Array, alpha: float, cost: Array, error: Array
    ) -> None:
        inputs, targets = self.tensor(X), self.tensor(Y)
        flat, leaves = self._torch.from_numpy(theta), self.leaves(theta)
        g = self._torch.empty_like(flat)
        for k in range(len(cost)):
            now, distance = self._cost_of(leaves, inputs, targets)
            self.derive(now, leaves, g)
            flat.add_(g, alpha=-alpha)
            cost[k], error[k] = now.item(), distance.item()

    def own_form(self, optimizer: Optimizer) -> Optimizer:
        return with_epsilon(optimizer, after_correction=True)

    @recording
    def pass_over(self, theta: Array, one: Passes, first: int, last: int, found: Array) -> None:
        if not is_own(one.optimizer) or one.weights is not None:
            super().pass_over(theta, one, first, last, found)
            return
        torch = self._torch
        flat, leaves, g = torch.from_numpy(theta), self.leaves(theta), np.empty_like(theta)
        slopes = torch.from_numpy(g)
        move = self.mover(one, first, flat, slopes)
        pairs = [
            (torch.from_numpy(W), torch.from_numpy(dW))
            for W, dW in zip(views(theta, self.sizes)[0], views(g, self.sizes)[0], strict=True)
        ]
        for step, x, y in self.batches_of(one, first, last):
            cost, error = self._cost_of(leaves, x, y)
            self.derive(cost, leaves, slopes)
            penalty = 0.0
            if one.l2:
                share = one.l2 / len(x)
                for W, dW in pairs:
                    penalty += share / 2 * W.square().sum().item()
                    dW.add_(W, alpha=share)
            move()
            found[step // one.batches] += np.multiply((cost.item(), error.item(), penalty), len(x))

    def batches_of(self, one: Passes, first: int, last: int) -> Any:
        """Each step with the samples and targets of its batch."""
        X, Y = self.tensor(one.X), self.tensor(one.Y)
        orders = None if one.orders is None else self._torch.from_numpy(one.orders)
        for step in range(first, last):
            number, batch = divmod(step, one.batches)
            part = slice(batch * one.batch_size, (batch + 1) * one.batch_size)
            if orders is None:
                yield step, X[part], Y[part]
            else:
                chosen = orders[number, part]
                yield step, X.index_select(0, chosen), Y.index_select(0, chosen)

    def mover(self, one: Passes, first: int, flat: Any, g: Any) -> Callable[[], object]:
        """A call that moves the flat parameters by one step; the slots' memory is its state."""
        torch, kept, rate = self._torch, one.optimizer, one.learning_rate
        slots = [torch.from_numpy(row) for row in one.slots]
        if isinstance(kept, SGD):

            def move() -> None:
                if not slots:
                    flat.add_(g, alpha=-rate)
                    return
                v = slots[0].mul_(kept.momentum).add_(g, alpha=-rate)
                if kept.nesterov:
                    flat.add_(v, alpha=kept.momentum).add_(g, alpha=-rate)
                else:
                    flat.add_(v)

            return move
        assert isinstance(kept, Adam)
        steps = torch.tensor(float(one.made + first))
        step: Any = self._steps[type(kept)]
        decay = kept.weight_decay if isinstance(kept, AdamW) else 0.0
        lists: Any = ([flat], [g], [slots[0]], [slots[1]], [], [steps])
        options: Any = {
            "beta1": kept.beta_1, "beta2": kept.beta_2, "eps": kept.epsilon, "lr": rate,
            "weight_decay": decay, "fused": True, "foreach": False, "amsgrad": False,
            "maximize": False,
        }  # fmt: skip
        return lambda: step(*lists, **options)


def is_own(optimizer: Optimizer) -> bool:
    """True if PyTorch has this optimizer, with epsilon where it adds it."""
    if isinstance(optimizer, Adam) and not optimizer.epsilon_after_correction:
        return False
    return type(optimizer) in OPTIMIZERS.values()
