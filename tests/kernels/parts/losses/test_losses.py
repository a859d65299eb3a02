"""Losses: every form of each computes the same number."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import special

from kernels.parts.activations import ACTIVATIONS
from kernels.parts.losses import LOSSES
from kernels.parts.losses.poisson import share
from kernels.proof.reference import ARITHMETIC
from tests.kernels.architectures import ENDS

GENERATOR = np.random.default_rng(3)
Z, Y = GENERATOR.normal(0, 2, (7, 4)), GENERATOR.random((7, 4))


@pytest.mark.parametrize(("output", "name"), ENDS)
def test_numpy_and_loops_agree_with_extended_precision(output: str, name: str) -> None:
    f, loss = ACTIVATIONS[output], LOSSES[name]
    wide, y = ARITHMETIC.wide(Z), ARITHMETIC.wide(Y)
    h = f.exact(ARITHMETIC, wide)[0]
    true = loss.exact(ARITHMETIC, f, wide, h, y).astype(float)
    outputs = f.value(Z)
    np.testing.assert_allclose(loss.of(f, Z, outputs, Y), true, rtol=1e-13)
    if loss.canonical:
        assert loss.total(f, Z.copy(), Y, np.empty_like(Z)) == pytest.approx(true.sum(), rel=1e-13)
    for k in range(len(Z)):
        z = Z[k].copy()
        f.loops().logs(z)
        add = loss.scalar(f.over_nodes)
        found = sum(add(*one) for one in zip(z, outputs[k], Y[k], strict=True))
        assert found == pytest.approx(true[k], rel=1e-13)


@pytest.mark.parametrize(("output", "name"), ENDS)
def test_deltas_are_derivatives_by_z(output: str, name: str) -> None:
    f, loss, step = ACTIVATIONS[output], LOSSES[name], 1e-6
    found = loss.delta(f, Z, f.value(Z), Y)
    for k in range(Z.shape[1]):
        moved = Z + step * np.eye(Z.shape[1])[k], Z - step * np.eye(Z.shape[1])[k]
        more, less = (loss.of(f, z, f.value(z), Y) for z in moved)
        np.testing.assert_allclose(found[:, k], (more - less) / (2 * step), rtol=1e-3, atol=1e-4)


def test_the_poisson_loss_counts_nothing_for_none() -> None:
    """0 log 0 is 0, and the loss of y = h is 0; less than nothing cannot be counted."""
    loss, f = LOSSES["poisson"], ACTIVATIONS["exp"]
    h = np.array([[0.5, 3.0]])
    y = np.array([[0.0, 3.0]])
    assert loss.of(f, np.log(h), h, y)[0] == pytest.approx(0.5)
    expected = special.xlogy(y, y / h) - y + h
    found = [share(*one) for one in zip(np.log(h[0]), h[0], y[0], strict=True)]
    np.testing.assert_allclose([found], expected, atol=1e-15)
    assert np.isnan(share(0.0, 1.0, -1.0))


def test_a_loss_says_which_outputs_it_goes_with() -> None:
    for loss in LOSSES.values():
        named = loss.outputs or tuple(name for name, f in ACTIVATIONS.items() if f.output)
        assert all(ACTIVATIONS[name].output and loss.goes_with(name) for name in named)
        assert loss.canonical == (loss.outputs is not None)
        assert loss.formula
    assert not LOSSES["log"].goes_with("identity")
