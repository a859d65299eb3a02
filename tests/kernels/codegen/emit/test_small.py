"""Networks so small that samples pass all layers in registers: every size, dtype and number."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import kernels
from kernels import Network
from kernels.codegen.emit import small_batch, small_sample
from kernels.network import parameter_count
from kernels.parts.architecture import HIDDEN, OUTPUT, Architecture
from kernels.parts.losses import LOSSES
from kernels.proof import gate
from tests.kernels.codegen.emitting import layout
from tests.kernels.examples import COMPILING

SIZES = (
    st.lists(st.integers(1, small_batch.MOST_NODES), min_size=2, max_size=6)
    .filter(lambda sizes: parameter_count(sizes) <= small_batch.MOST_PARAMETERS)
    .map(tuple)
)
SMALL = SIZES.flatmap(
    lambda sizes: st.builds(
        Architecture,
        st.just(sizes),
        st.tuples(*[st.sampled_from(HIDDEN)] * (len(sizes) - 2), st.sampled_from(OUTPUT)),
        st.sampled_from(list(LOSSES)),
    )
).filter(lambda what: what.objective.goes_with(what.activations[-1]))
COUNTS = (1, 2, 7, 8, 9, 16, 31, 32, 33, 70, 129)
"""Numbers of samples at and beside those of one and of four vectors."""


def check(what: Architecture, dtype: str) -> None:
    network = Network.centred(what.sizes, 3, what.activations)
    plan = kernels.plan(network, "specialized", dtype, loss=what.loss)
    generator = np.random.default_rng(0)
    for m in COUNTS:
        X, Y = generator.random((m, what.sizes[0])), generator.random((m, what.sizes[-1]))
        for operation in plan.operations:
            gate.check(plan, operation, X, Y)


@COMPILING
@given(what=SMALL, dtype=st.sampled_from(["float64", "float32"]))
def test_small_networks_agree_with_the_reference(what: Architecture, dtype: str) -> None:
    check(what, dtype)


@pytest.mark.parametrize("dtype", ["float64", "float32"])
@pytest.mark.parametrize("sizes", [(3, 3, 1), (8, 1, 8), (1, 1), (2, 3, 4, 3)])
def test_the_smallest_and_the_largest(sizes: tuple[int, ...], dtype: str) -> None:
    assert small_batch.is_small(layout(sizes, dtype))
    check(Architecture(sizes, ("logistic",) * (len(sizes) - 1)), dtype)


def test_what_is_small() -> None:
    for sizes in ((9, 1), (1, 9), (4, 4, 4, 4)):
        assert not small_batch.is_small(layout(sizes, "float64"))
    assert not small_batch.is_small(layout((3, 3), "float64", ("softmax",)))
    assert small_sample.is_small(layout((16, 8, 8), "float64")) == (
        layout((16, 8, 8), "float64").lanes >= 8
    )
    assert not small_sample.is_small(layout((17, 2), "float64"))
    assert not small_sample.is_small(layout((3, 3), "float64", ("softmax",)))


def test_samples_that_do_not_exist_add_nothing() -> None:
    """Where a batch is no whole vector, not even NaN or infinity comes from beyond its end."""
    network = Network.centred((3, 3, 1), 3)
    plan: Any = kernels.plan(network, "specialized")
    X, Y = np.full((50, 3), np.nan), np.full((50, 1), np.inf)
    generator = np.random.default_rng(0)
    for m in (2, 5, 8, 11, 33):
        X[:m], Y[:m] = generator.random((m, 3)), generator.random((m, 1))
        found = plan.gradient(X[:m], Y[:m])
        true = kernels.plan(network, "batched").gradient(X[:m].copy(), Y[:m].copy())
        np.testing.assert_allclose(found.theta, true.theta, rtol=1e-12, atol=1e-15)
        assert np.isfinite(plan.forward_batch(X[:m])).all()
