"""The pairwise design of parametrized tests."""

from __future__ import annotations

from itertools import combinations, product

from tests.pairwise import pairwise


def test_any_two_values_of_two_axes_occur_together() -> None:
    axes = ("abcd", range(5), (False, True), "xyz")
    chosen = pairwise(*axes)
    for one, other in combinations(range(len(axes)), 2):
        met = {(combination[one], combination[other]) for combination in chosen}
        assert met == set(product(axes[one], axes[other]))
    assert len(chosen) < 4 * 5 * 2 * 3 / 4
    assert pairwise(*axes) == chosen


def test_two_axes_need_all_combinations() -> None:
    assert sorted(pairwise("ab", "cd")) == sorted(product("ab", "cd"))
