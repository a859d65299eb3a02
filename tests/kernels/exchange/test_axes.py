"""Samples with more than one axis: computed as PyTorch does, or refused."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

import kernels
from tests.kernels.exchange.networks import exactly
from tests.kernels.exchange.test_torch import normalization

torch = pytest.importorskip("torch")
nn = torch.nn


class View(nn.Module):  # type: ignore[misc, name-defined]
    """A view before a linear layer, or after it."""

    def __init__(self, rows: int | None, is_first: bool = True) -> None:
        super().__init__()
        self.linear = nn.Linear(6, 2 if is_first else 6)
        self.rows = rows
        self.is_first = is_first

    def forward(self, x: Any) -> Any:
        if not self.is_first:
            x = self.linear(x)
        x = x.view(x.size(0), -1) if self.rows is None else x.reshape(-1, self.rows)
        return self.linear(x) if self.is_first else x


class Scaled(nn.Module):  # type: ignore[misc, name-defined]
    """A sum with one number or several, and then a flattening."""

    def __init__(self, n: int) -> None:
        super().__init__()
        self.register_buffer("mean", torch.rand(n))
        self.linear = nn.Linear(6, 2)

    def forward(self, x: Any) -> Any:
        return self.linear(torch.flatten(x - self.mean, 1))


@pytest.mark.parametrize("shape", [(6,), (5, 6), (5, 1, 6), (5, 6, 6), (5, 2, 3), (4, 3, 2, 6)])
@pytest.mark.parametrize(
    "make",
    [
        lambda: nn.Linear(6, 2),
        lambda: nn.Sequential(nn.Linear(6, 2), nn.Softmax(-1)),
        lambda: nn.Sequential(nn.Linear(6, 2), nn.Softmax(1)),
        lambda: nn.Sequential(nn.Flatten(), nn.Linear(6, 2), nn.Softmax(1)),
        lambda: nn.Sequential(nn.Flatten(1, 1), nn.Linear(6, 2)),
        lambda: nn.Sequential(normalization(6), nn.Linear(6, 2), nn.Flatten()),
        lambda: nn.Sequential(nn.Flatten(), normalization(6), nn.Linear(6, 2), nn.Flatten()),
        lambda: View(None),
        lambda: View(6),
        lambda: Scaled(1),
    ],
)
def test_samples_of_more_axes_are_taken_as_pytorch_does_or_refused(make: Any, shape: Any) -> None:
    torch.manual_seed(3)
    module = make().double().eval()
    fast: Any = kernels.compile(module)
    X = torch.randn(shape).double()
    try:
        expected = module(X).detach()
    except (RuntimeError, IndexError, ValueError):
        expected = None
    if len(shape) > 2 and expected is None:
        with pytest.raises(ValueError, match="X must have shape"):
            fast(X)
        return
    try:
        found = fast(X)
    except ValueError as error:
        assert len(shape) > 2
        assert "along axis 1" in str(error)  # noqa: PT017 - a result is as good
        return
    if expected is not None:  # else it is one sample, which PyTorch would refuse
        assert found.reshape(expected.shape).shape == expected.shape
        torch.testing.assert_close(found.reshape(expected.shape), expected)
        assert len(shape) == 1 or found.shape == expected.shape


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (
            lambda: nn.Sequential(nn.Linear(6, 2), nn.Flatten(), nn.Linear(2, 1)),
            "layer 1 (Flatten): it flattens what layers before it computed along the last axis",
        ),
        (lambda: View(None, is_first=False), "it flattens what layers before it computed"),
        (lambda: View(6, is_first=False), "it flattens what layers before it computed"),
        (lambda: View(3), "it makes rows of 3 numbers, but layer linear (Linear) takes 6"),
        (
            lambda: nn.Sequential(nn.Flatten(), nn.Linear(6, 6), View(3)),
            "it makes rows of 3 numbers, but the layer before has 6",
        ),
        (lambda: Scaled(6), "it flattens what layers before it computed along the last axis"),
    ],
)
def test_what_would_mean_something_else_is_refused(make: Any, message: str) -> None:
    with pytest.raises(ValueError, match=exactly(message)):
        kernels.Network.from_torch(make())


def test_axes_are_kept_in_a_file(tmp_path: Any) -> None:
    module = nn.Sequential(nn.Flatten(), nn.Linear(6, 2))
    fast: Any = kernels.compile(module)
    fast.save(tmp_path / "m.npz")
    X = np.ones((4, 2, 3))
    np.testing.assert_array_equal(kernels.load(tmp_path / "m.npz")(X), fast(X))
