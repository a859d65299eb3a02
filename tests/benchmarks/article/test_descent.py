"""Gradient descent on the article's f(x) = x^4 - 3 x^3 + 2."""

from __future__ import annotations

import pytest

from benchmarks.article import descent


@pytest.mark.parametrize("jit", [False, True])
def test_descent_gives_the_articles_minimum(jit: bool) -> None:
    found = descent.descend(jit=jit)
    assert f"{found.x:.6f}" == "2.249965"
    assert found.steps == 70


@pytest.mark.parametrize("jit", [False, True])
def test_descent_ends_with_a_clear_error(jit: bool) -> None:
    with pytest.raises(descent.DescentError, match="diverged"):
        descent.descend(step=1.0, jit=jit)
    with pytest.raises(descent.DescentError, match="no convergence in 5 steps"):
        descent.descend(max_steps=5, jit=jit)
    with pytest.raises(ValueError, match="precision must be positive"):
        descent.descend(precision=0, jit=jit)
    with pytest.raises(ValueError, match="finite"):
        descent.descend(start=float("nan"), jit=jit)
    with pytest.raises(TypeError, match="real number"):
        descent.descend(step="fast", jit=jit)  # type: ignore[arg-type]
    with pytest.raises(ValueError, match="at least 1"):
        descent.descend(max_steps=0, jit=jit)


def test_descent_takes_any_derivative() -> None:
    found = descent.descend(lambda x: 2 * (x - 3), start=0.0, step=0.1, precision=1e-9)
    assert found.x == pytest.approx(3, abs=1e-7)
    with pytest.raises(descent.DescentError, match="diverged"):
        descent.descend(lambda x: x**400, start=1e3)
