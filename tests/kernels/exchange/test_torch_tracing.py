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


class Random(Own):
    def forward(self, x: Any) -> Any:
        return self.first(x) + torch.randn(5)


class Kept(nn.Dropout):  # type: ignore[misc, name-defined]
    """Dropout that `eval` does not turn off."""

    def train(self, mode: bool = True) -> Any:
        return super().train(True)


class Counting(Own):
    """A forward that changes the module."""

    def __init__(self) -> None:
        super().__init__()
        self.calls = 0
        self.hidden: Any = None
        self.register_buffer("seen", torch.zeros(()))

    def forward(self, x: Any) -> Any:
        self.calls += 1
        self.seen += 1
        self.hidden = self.first(x)
        return self.last(torch.relu(self.hidden))


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
        (Random, "the module (Random): its forward draws random numbers"),
        (lambda: nn.Sequential(nn.Linear(2, 2), Kept()), "it drops in evaluation mode, too"),
        (Inverse, "a constant less or divided by x cannot be converted"),
    ],
)
def test_a_forward_that_is_no_chain_is_refused(kind: Any, message: str) -> None:
    with pytest.raises(ValueError, match=exactly(message)):
        FROM(kind())


def kept_on() -> Any:
    """A Dropout whose own `train` keeps it on."""
    layer = nn.Dropout()
    layer.train = lambda mode=True: layer
    return nn.Sequential(nn.Linear(2, 2), layer)


def test_dropout_that_stays_on_in_evaluation_is_refused() -> None:
    with pytest.raises(ValueError, match="it drops in evaluation mode, too"):
        FROM(kept_on())


def test_reading_leaves_the_module_as_it_is() -> None:
    module = Counting()
    before = torch.random.get_rng_state()
    FROM(module)
    assert (module.calls, module.hidden, module.seen.item()) == (0, None, 0)
    assert module.training
    assert torch.equal(before, torch.random.get_rng_state())


def test_reading_leaves_a_parametrization_as_it_is() -> None:
    layer = torch.nn.utils.parametrizations.spectral_norm(nn.Linear(40, 30))
    before = {name: one.clone() for name, one in layer.state_dict().items()}
    found = FROM(layer)
    assert all(torch.equal(one, before[name]) for name, one in layer.state_dict().items())
    X = torch.randn(5, 40)
    expected = layer.eval()(X).detach().numpy()
    np.testing.assert_allclose(outputs(found, X.numpy()), expected, rtol=1e-5, atol=1e-5)
