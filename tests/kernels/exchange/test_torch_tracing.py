"""Modules of PyTorch with a `forward` of their own, compared with PyTorch itself."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

import kernels
from tests.kernels.exchange.networks import exactly, outputs
from tests.kernels.exchange.test_torch import normalization

torch = pytest.importorskip("torch")
nn, F = torch.nn, torch.nn.functional
FROM = kernels.Network.from_torch


class Own(nn.Module):  # type: ignore[misc, name-defined]
    """A base class whose layers stand in another order than they are applied."""

    def __init__(self) -> None:
        super().__init__()
        self.last = nn.Linear(5, 3)
        self.first = nn.Linear(4, 5)
        self.norm = normalization(5)
        self.drop = nn.Dropout(0.9)
        self.register_buffer("mean", torch.tensor([1e5, 2.0, 3.0, 4.0]))


class Functions(Own):
    def forward(self, x: Any) -> Any:
        x = x.view(x.size(0), -1)
        x = (x - self.mean) / 2.0
        x = F.dropout(F.gelu(self.norm(self.first(x)), approximate="tanh"), 0.5, self.training)
        return torch.softmax(self.last(self.drop(x)), 1)


class Branches(Own):
    def forward(self, x: Any) -> Any:
        x = x.reshape(-1, 4)
        if self.training:
            x = x * 1000
        return F.leaky_relu(2 * self.last(torch.relu(self.first(torch.flatten(x, 1)))) + 1.5)


class Shape(Own):
    def forward(self, x: Any) -> Any:
        return self.last(self.first(x.view(x.shape[0], -1)).sigmoid()).tanh()


class Tensors(Own):
    def forward(self, x: Any, unused: Any = None) -> Any:
        h = F.linear(x, self.first.weight, bias=self.first.bias).relu_()
        return F.linear(h, self.last.weight) * self.last.bias


class Doubled(nn.Linear):  # type: ignore[misc, name-defined]
    def forward(self, x: Any) -> Any:
        return 2 * super().forward(x)


class Loop(Own):
    def __init__(self) -> None:
        super().__init__()
        self.inner = nn.ModuleList([Doubled(4, 4), nn.Linear(4, 4)])

    def forward(self, x: Any) -> Any:
        for layer in self.inner:
            x = torch.tanh(layer(x))
        return F.softmax(self.first(input=x), dim=-1)


@pytest.mark.parametrize("kind", [Functions, Branches, Shape, Tensors, Loop])
def test_a_forward_is_traced(kind: Any) -> None:
    torch.manual_seed(5)
    module = kind().double()
    if kind is Branches:  # leaky ReLU is for hidden layers
        module = nn.Sequential(module, nn.Linear(3, 2).double())
    found = FROM(module)
    assert module.training
    X = np.random.default_rng(2).normal(size=(7, 4))
    if kind is Functions:
        X += module.mean.numpy()
    with torch.no_grad():
        expected = module.eval()(torch.from_numpy(X)).numpy()
    np.testing.assert_allclose(outputs(found, X), expected, rtol=1e-9, atol=1e-9)


class Residual(Own):
    def forward(self, x: Any) -> Any:
        return self.last(self.first(x) + self.first(x))


class Skipping(Own):
    def forward(self, x: Any) -> Any:
        h = self.first(x)
        return self.last(h * torch.sigmoid(h))


class Data(Own):
    def forward(self, x: Any) -> Any:
        return self.first(x) if x.sum() > 0 else self.first(-x)


class Two(Own):
    def forward(self, x: Any, y: Any) -> Any:
        return self.first(x)


class Pair(Own):
    def forward(self, x: Any) -> Any:
        return self.first(x), x


class Unused(Own):
    def forward(self, x: Any) -> Any:
        F.relu(x, inplace=True)
        return self.first(x)


class Strange(Own):
    def forward(self, x: Any) -> Any:
        return torch.cumsum(self.first(x), 1)


class Rows(Own):
    def forward(self, x: Any) -> Any:
        return self.first(x.flatten())


class Turned(Own):
    def forward(self, x: Any) -> Any:
        return self.first(x.view(x.size(1), -1))


class Always(Own):
    def forward(self, x: Any) -> Any:
        return F.dropout(self.first(x), 0.5)


class Inverse(Own):
    def forward(self, x: Any) -> Any:
        return self.first(1.0 / x)


@pytest.mark.parametrize(
    ("kind", "message"),
    [
        (Residual, "the module (Residual), x: expected a chain of layers, but 2 operations"),
        (Skipping, "expected a chain of layers, but 2 operations take its result"),
        (Data, "the module (Data): what its forward computes cannot be told"),
        (Two, "the module (Two), y: expected one input, got a second"),
        (Pair, "expected a chain of layers, but 2 operations"),
        (Unused, "expected a chain of layers, but 2 operations"),
        (Strange, "can be converted, got cumsum"),
        (Rows, "it flattens more than the features of each sample"),
        (Turned, "it reshapes more than the features of each sample"),
        (Always, "it drops in evaluation mode, too"),
        (Inverse, "a constant less or divided by x cannot be converted"),
    ],
)
def test_a_forward_that_is_no_chain_is_refused(kind: Any, message: str) -> None:
    with pytest.raises(ValueError, match=exactly(message)):
        FROM(kind())
