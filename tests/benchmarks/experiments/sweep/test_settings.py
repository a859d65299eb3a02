"""The settings of a sweep."""

from __future__ import annotations

import pytest

from benchmarks.experiments.sweep import settings
from benchmarks.measure import stepping
from tests.benchmarks.experiments.sweep.made_up import SMALL, iris


def test_the_grid_is_the_product_in_the_order_given_each_setting_once() -> None:
    found = settings.grid(
        [(30,), (8, 4)], ["relu", "tanh"], ["adam", "sgd"], [None, 1e-3], [32, None], 5
    )
    # 0.001 is adam's usual rate, so that for adam both rates are one
    assert len(found) == 2 * 2 * (1 + 2) * 2
    assert len(set(found)) == len(found)
    assert found[0] == settings.Setting((30,), "relu", "adam", 1e-3, 32, 5)
    assert [one.hidden for one in found[:12]] == [(30,)] * 12
    assert {one.learning_rate for one in found if one.optimizer == "sgd"} == {0.1, 1e-3}


def test_a_setting_names_network_and_training_as_rows_do() -> None:
    assert SMALL.name(iris()) == "4-4-3-relu-softmax"
    told = str(SMALL.stepping)
    assert told == "adam, batch 32, rate 0.001"
    assert stepping.parse(told) == SMALL.stepping


def test_a_seed_draws_the_network() -> None:
    one, same, other = (SMALL.network(iris(), seed) for seed in (0, 0, 1))
    assert one == same
    assert one != other
    assert one.activations == ("relu", "softmax")
    assert one.sizes == (4, 4, 3)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"activations": ["rela"]}, "is relu meant?"),
        ({"activations": ["softmax"]}, "softmax"),
        ({"optimizers": ["adan"]}, "is adam meant?"),
        ({"learning_rates": [-1.0]}, "learning_rate"),
        ({"learning_rates": [float("nan")]}, "learning_rate"),
        ({"batch_sizes": [0]}, "batch_size"),
        ({"passes": 0}, "passes"),
        ({"l2": -1.0}, "l2"),
    ],
)
def test_a_mistake_in_a_setting_is_told(change: dict[str, object], message: str) -> None:
    usual: dict[str, object] = {
        "hidden": [(4,)], "activations": ["relu"], "optimizers": ["adam"],
        "learning_rates": [None], "batch_sizes": [32], "passes": 2,
    }  # fmt: skip
    with pytest.raises(ValueError, match=message):
        settings.grid(**usual | change)  # type: ignore[arg-type]
