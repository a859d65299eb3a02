"""The NumPy sigmoid of rungs 1 to 3."""

from __future__ import annotations

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from kernels.parts.activations import ACTIVATIONS
from kernels.parts.sigmoid import sigmoid, sigmoid_in_place, without_warnings
from kernels.proof import reference
from kernels.support.checks import DTYPES
from tests.kernels.lengths import EXAMPLES


@settings(max_examples=20 * EXAMPLES, deadline=None)
@given(z=st.floats(allow_nan=False, allow_infinity=False), dtype=st.sampled_from(DTYPES))
def test_sigmoid_is_right_for_every_finite_input(z: float, dtype: str) -> None:
    with np.errstate(over="ignore"):
        value = np.array([z], dtype)
    with without_warnings():
        found = sigmoid(value)
        sigmoid_in_place(in_place := value.copy())
    wide = reference.ARITHMETIC.wide(value)
    true = float(ACTIVATIONS["logistic"].exact(reference.ARITHMETIC, wide)[0][0])
    info = np.finfo(dtype)
    assert abs(float(found[0]) - true) <= 4 * info.eps * true + info.tiny
    assert np.array_equal(found, in_place)
    assert 0 <= found[0] <= 1
