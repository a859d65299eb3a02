"""Networks to be timed: found by name or made from sizes, with their operation counts."""

from __future__ import annotations

import numpy as np
import pytest

import kernels
from benchmarks.measure import digits, workloads
from benchmarks.measure.sizes import parse_network
from benchmarks.measure.workloads import KNOWN, REPEATED, WORKLOADS, Workload


def test_workloads_are_found_by_name() -> None:
    assert workloads.named("64-30-10").rows == 1078
    assert workloads.named("64-30-10").samples[0].shape == (1078, 64)
    assert workloads.named("24-8-2-tanh-identity").rows == 200
    with pytest.raises(ValueError, match=r"3-3-1, 3-3-3-1.*16-64-32-32-5-relu-softmax"):
        workloads.named("1-1")


def test_operation_counts() -> None:
    workload = workloads.named("100-100-50-10")
    assert workload.multiply_adds() == 100 * 100 + 100 * 50 + 50 * 10
    assert workload.flops("forward") == 2 * 15500
    assert workload.flops("gradient") == 2 * 1024 * (3 * 15500 - 10000)
    assert workload.bytes("forward") == 8 * (15660 + 110)


@pytest.mark.parametrize("workload", REPEATED, ids=lambda one: one.name)
def test_operations_are_counted_without_drawing_the_network(workload: Workload) -> None:
    network = workload.network
    assert workload.parameters() == network.theta.size
    assert workload.multiply_adds() == sum(weight.size for weight in network.W)


def test_workloads_of_other_sizes_are_made_up() -> None:
    assert workloads.of_sizes((3, 3, 1)) is workloads.WORKLOADS[0]
    other = workloads.of_sizes((5, 2), rows=7)
    X, Y = other.samples
    assert (X.shape, Y.shape) == ((7, 5), (7, 2))
    few = workloads.of_sizes((64, 30, 10), rows=9)
    assert few.samples[0].shape == (9, 64)


@pytest.mark.parametrize("workload", KNOWN, ids=lambda one: one.name)
def test_a_network_that_people_know_is_what_its_name_says_and_has_a_source(
    workload: Workload,
) -> None:
    sizes, activations, loss = parse_network(workload.name)
    assert (sizes, activations, loss) == (workload.sizes, workload.activations, None)
    assert workload.network.activations == activations
    assert workload.source.endswith(".")
    assert workloads.named(workload.name) is workload
    assert workloads.of_sizes(sizes, None, activations) is workload
    X, Y = workload.samples
    assert (X.shape, Y.shape) == ((workload.rows, sizes[0]), (workload.rows, sizes[-1]))
    if workload.has_classes:
        assert set(np.unique(Y)) == {0, 1}
        assert (Y.sum(axis=1) == 1).all()


def test_the_names_of_the_networks_that_people_know() -> None:
    """Names are only appended: runs and asv's records bear them."""
    assert [workload.name for workload in KNOWN][:8] == [
        "16-64-32-32-5-relu-softmax",
        "8-64-64-2-tanh-identity",
        "24-8-2-tanh-identity",
        "4-32-16-4-tanh-identity",
        "640-128-128-128-128-8-128-128-128-128-640-relu-identity",
        "64-100-10-relu-softmax",
        "4-16-3-relu-softmax",
        "784-200-10-relu-softmax",
    ]
    assert [workload.name for workload in REPEATED][:6] == [
        *(workload.name for workload in WORKLOADS),
        "16-64-32-32-5-relu-softmax",
        "8-64-64-2-tanh-identity",
    ]


def test_networks_on_the_digits_have_them_as_samples() -> None:
    X, Y = workloads.named("64-100-10-relu-softmax").samples
    data = digits.split(workloads.SEED)
    assert np.array_equal(X, data.X_train)
    assert np.array_equal(Y, data.Y_train)


def test_the_classes_outputs_are_those_of_an_activation_that_sums_to_one() -> None:
    for name in workloads.OF_CLASSES:
        network = kernels.Network.centred((3, 4), 0, (name,))
        assert kernels.plan(network, "batched").forward([1, 2, 3]).sum() == pytest.approx(1)


@pytest.mark.parametrize("workload", KNOWN, ids=lambda one: one.name)
def test_a_training_of_a_network_that_people_know_does_not_diverge(workload: Workload) -> None:
    X, Y = (array[:256] for array in workload.samples)
    cost = kernels.plan(workload.network, "batched").train(X, Y, 60, workload.alpha).cost
    assert cost[-1] < cost[0]


def test_no_two_workloads_have_the_same_name() -> None:
    names = [workload.name for workload in (*WORKLOADS, *KNOWN)]
    assert len(set(names)) == len(names)
