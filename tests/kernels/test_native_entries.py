"""The hook through which compiled code takes calls before the public methods check them."""

from __future__ import annotations

import copy
import gc
import inspect
import pickle
import pydoc
import re
import weakref
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

import kernels
from kernels.interface import Plan
from kernels.rungs.vectorized import Kernel as Vectorized
from kernels.support.checks import Array

NETWORK, OTHER = (kernels.Network.centred((3, 3, 1), seed=seed) for seed in (1, 2))
x, y = np.array([0.5, -1.0, 2.0]), np.array([1.0])


class Entering(Vectorized):
    """A kernel whose "native" forward takes plain float64 vectors, and notes that it did."""

    name = "entering"

    def build(self) -> None:
        self.taken: list[int] = []

    def native_entries(self) -> dict[str, Callable[..., Any]]:
        def forward(x: Any, out: Array | None = None) -> Array:
            if type(x) is not np.ndarray or x.shape != (3,):
                return Plan.forward(self, x, out)
            self.taken.append(1)
            result = np.empty(1) if out is None else out
            self.sample_forward(self._parameters, x, result)
            return result

        def gradient(X: Any, Y: Any) -> Any:
            raise AssertionError("never called: the plan is made without gradients")

        return {"forward": forward, "gradient": gradient}


def plan_of(kernel: type[Plan], **options: Any) -> Any:
    return kernels.plan(NETWORK, kernel, **options)


def test_an_entry_takes_calls_and_python_takes_what_it_refuses() -> None:
    plan = plan_of(Entering, operations=["forward", "train"])
    expected = kernels.plan(NETWORK, "vectorized").forward(x)
    np.testing.assert_array_equal(plan.forward(x), expected)
    assert len(plan.taken) == 1
    np.testing.assert_array_equal(plan.forward(x.tolist()), expected)
    with pytest.raises(ValueError, match="x must have shape"):
        plan.forward([1.0])
    assert len(plan.taken) == 1


def test_what_an_entry_refers_to_has_what_lies_in_slots_too() -> None:
    class Slotted(Vectorized):
        __slots__ = ("__hidden", "scale")

        def build(self) -> None:
            self.scale, self.__hidden = 3, 4

        def native_entries(self) -> dict[str, Callable[..., Any]]:
            return {"forward": lambda x, out=None: self.scale + self.__hidden}

    plan = plan_of(Slotted)
    assert "forward" in vars(plan)
    assert plan.forward(x) == 7


def test_an_entry_of_an_operation_that_was_not_asked_for_is_not_used() -> None:
    plan = plan_of(Entering, operations=["forward"])
    with pytest.raises(kernels.NotOfferedError, match="made for forward alone"):
        plan.gradient(x, y)


def test_updates_reach_a_method_that_was_taken_before() -> None:
    for kernel in (Entering, kernels.find("specialized"), kernels.find("jitted")):
        plan = plan_of(kernel, operations=["forward"])
        forward, out = plan.forward, np.empty(1)
        plan.update(OTHER.theta)
        expected = kernels.plan(OTHER, "vectorized").forward(x)
        for found in (forward(x), forward(x, out), forward(x.tolist()), plan.forward(x)):
            np.testing.assert_allclose(found, expected, rtol=1e-14)


def test_an_override_of_the_public_method_counts() -> None:
    class Overriding(Entering):
        def forward(self, x: Any, out: Any = None) -> Any:
            return super().forward(x, out) + 1

    plan = plan_of(Overriding, operations=["forward"])
    np.testing.assert_array_equal(plan.forward(x), plan_of(Vectorized).forward(x) + 1)
    assert not plan.taken


@pytest.mark.parametrize("rung", ["specialized", "jitted"])
def test_an_override_of_what_computes_counts(rung: str) -> None:
    class Doubling(kernels.find(rung)):  # type: ignore[misc]
        def sample_forward(self, parameters: Any, x: Array, out: Array) -> None:
            super().sample_forward(parameters, x, out)
            out *= 2

    own = kernels.plan(NETWORK, rung).forward(x)
    out = np.empty(1)
    np.testing.assert_array_equal(plan_of(Doubling).forward(x), 2 * own)
    np.testing.assert_array_equal(plan_of(Doubling).forward(x, out), 2 * own)


@pytest.mark.parametrize("rung", ["specialized", "jitted"])
def test_an_override_counts_where_a_subclass_passes_entries_on(rung: str) -> None:
    class Seven(kernels.find(rung)):  # type: ignore[misc]
        def sample_forward(self, parameters: Any, x: Array, out: Array) -> None:
            out[:] = 7

    class Passing(Seven):
        def native_entries(self) -> Any:
            return super().native_entries()

    class Itself(kernels.find(rung)):  # type: ignore[misc]
        sample_forward = Seven.sample_forward

        def native_entries(self) -> Any:
            return super().native_entries()

    for kernel in (Passing, Itself):
        plan = plan_of(kernel)
        assert plan.forward(x) == plan.forward(x, np.empty(1)) == 7


def test_a_subclass_may_pass_entries_on_and_add_to_them() -> None:
    class Adding(Entering):
        def native_entries(self) -> dict[str, Callable[..., Any]]:
            own = {"forward_batch": lambda X, out=None: "native"}
            return {**super().native_entries(), **own}

    plan = plan_of(Adding, operations=["forward", "forward_batch"])
    plan.forward(x)
    assert len(plan.taken) == 1
    assert plan.forward_batch(x[np.newaxis]) == "native"


def test_entries_may_come_from_a_class_that_is_no_kernel() -> None:
    class Mixin:
        def native_entries(self) -> dict[str, Callable[..., Any]]:
            return {}

    class Mixed(Mixin, Entering):
        pass

    np.testing.assert_array_equal(plan_of(Mixed).forward(x), plan_of(Vectorized).forward(x))

    class Alone(Mixin, Vectorized):
        pass

    np.testing.assert_array_equal(plan_of(Alone).forward(x), plan_of(Vectorized).forward(x))


def test_an_update_may_be_native_and_an_override_of_it_counts() -> None:
    class Updating(Vectorized):
        def native_entries(self) -> dict[str, Callable[..., Any]]:
            return {"update": lambda theta: "native"}

    class Overriding(Updating):
        def update(self, theta: Any) -> None:
            super().update(-np.asarray(theta))

    for operations in (None, (), ["forward"]):
        assert plan_of(Updating, operations=operations).update(OTHER.theta) == "native"
    plan = plan_of(Overriding)
    plan.update(OTHER.theta)
    np.testing.assert_array_equal(plan.network.theta, -OTHER.theta)


class Never(Vectorized):
    """A kernel whose entries must not be called."""

    name = "never"

    def native_entries(self) -> dict[str, Callable[..., Any]]:
        def entry(*_: Any) -> Any:
            raise AssertionError("an entry was called")

        return dict.fromkeys(kernels.OPERATIONS, entry)


CALLS: dict[str, Callable[[Any], Any]] = {
    "forward": lambda plan: plan.forward(x),
    "forward_batch": lambda plan: plan.forward_batch(x[np.newaxis]),
    "gradient": lambda plan: plan.gradient(x, y),
    "train": lambda plan: plan.train(x, y, 1),
}


@pytest.mark.parametrize(
    "method",
    ["pack", "sample_forward", "batch_forward", "sample_gradient", "batch_gradient", "descend"],
)
def test_an_override_of_any_computing_method_counts_for_every_operation(method: str) -> None:
    def override(self: Plan, *arguments: Any) -> Any:
        return getattr(Vectorized, method)(self, *arguments)

    overriding = plan_of(type("Overriding", (Never,), {method: override}))
    plain = plan_of(Never)
    for call in CALLS.values():
        call(overriding)
        with pytest.raises(AssertionError, match="an entry was called"):
            call(plain)


def test_updates_reach_an_entry_of_training() -> None:
    class Training(Vectorized):
        def native_entries(self) -> dict[str, Callable[..., Any]]:
            return {"train": lambda X, Y, iterations=1: Plan.train(self, X, Y, iterations)}

    plan = plan_of(Training)
    assert "train" in vars(plan)
    plan.update(OTHER.theta)
    assert plan.train(x, y, 0).network == OTHER


@pytest.mark.parametrize(
    ("given", "kind", "message"),
    [
        (None, TypeError, "must return a mapping of operations to callables, got None"),
        ([], TypeError, r"must return a mapping of operations to callables, got \[\]"),
        ({"foward": print}, ValueError, "an operation is one of forward, .*, got 'foward'"),
        ({"network": print}, ValueError, "an operation is one of .*, update, got 'network'"),
        ({"forward": None}, TypeError, "forward must be callable, got None"),
        ({"update": 3}, TypeError, "update must be callable, got 3"),
    ],
)
def test_entries_that_are_none_are_explained(
    given: Any, kind: type[Exception], message: str
) -> None:
    class Wrong(Vectorized):
        name = "wrong"

        def native_entries(self) -> Any:
            return given

    with pytest.raises(kind, match=f"native_entries of kernel wrong.*{message}"):
        plan_of(Wrong)


@pytest.mark.parametrize(
    "way", [copy.copy, copy.deepcopy, lambda plan: pickle.loads(pickle.dumps(plan))]
)
def test_copies_have_entries_of_their_own(way: Callable[[Any], Any]) -> None:
    plan = plan_of(Entering, operations=["forward"])
    made = way(plan)
    assert vars(made)["forward"] is not vars(plan)["forward"]
    made.update(OTHER.theta)
    np.testing.assert_array_equal(plan.forward(x), kernels.plan(NETWORK, "vectorized").forward(x))
    np.testing.assert_array_equal(made.forward(x), kernels.plan(OTHER, "vectorized").forward(x))
    made.forward(x)
    assert (len(plan.taken), len(made.taken)) == (1, 2)


def test_an_entry_keeps_no_plan_alive_and_needs_none() -> None:
    gc.disable()
    try:
        plan = plan_of(Entering, operations=["forward"])
        forward, watched = plan.forward, weakref.ref(plan)
        del plan
        assert watched() is None
        assert forward(x.tolist()).shape == (1,)
    finally:
        gc.enable()


@pytest.mark.parametrize("rung", kernels.LADDER)
def test_a_plan_s_methods_look_like_those_of_the_interface(rung: str) -> None:
    plan = kernels.plan(NETWORK, rung)
    for operation in (*kernels.OPERATIONS, "update"):
        method, public = getattr(plan, operation), getattr(Plan, operation)
        assert (method.__name__, method.__doc__) == (operation, public.__doc__)
        found, expected = (
            [(name, one.default) for name, one in inspect.signature(bound).parameters.items()]
            for bound in (method, public.__get__(plan))
        )
        assert found == expected
        text = pydoc.render_doc(method, renderer=pydoc.plaintext)  # type: ignore[attr-defined]
        names = [name for name, _ in expected]
        assert re.search(rf"^{operation}\({names[0]}.*\)", text, re.MULTILINE)
        assert (inspect.getdoc(public) or "no text").splitlines()[0] in text


@pytest.mark.parametrize("rung", kernels.LADDER)
def test_no_kernel_overrides_a_public_method(rung: str) -> None:
    kernel = kernels.find(rung)
    for method in (*kernels.OPERATIONS, "update", "__init__"):
        assert getattr(kernel, method) is getattr(Plan, method)


@pytest.mark.parametrize("name", [kernel.name for kernel in kernels.installed()])
def test_packing_builds_nothing(name: str) -> None:
    """Packing other parameters leaves the plan's attributes as they are."""
    plan: Any = kernels.plan(NETWORK, name)
    before = dict(vars(plan))
    plan.pack(OTHER.theta.copy())
    assert vars(plan).keys() == before.keys()
    assert all(vars(plan)[key] is value for key, value in before.items())
