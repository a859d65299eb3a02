"""The complementary error function in NumPy, which has none, and its coefficients.

For x >= 0, erfc(x) = exp(-x^2) t p(2t - 1) with t = 1 / (1 + x/2), where p is the polynomial that
makes this exact at the Chebyshev nodes of the interval from -1 to 1 (W. H. Press and others,
*Numerical Recipes*, section 6.2). Between the nodes, the relative error is below 6e-17 (float32:
6e-8). erfc(-x) = 2 - erfc(x).
"""

from __future__ import annotations

from typing import Any

import numpy as np

COEFFICIENTS: dict[str, tuple[float, ...]] = {
    "float64": (
        0.5107913526210115,
        0.3435803422069053,
        0.13973604627802694,
        0.0182211157534395,
        -0.010755330944719348,
        -0.003239592533879013,
        0.0015453060291222003,
        0.00041864803150011776,
        -0.0003315367483461889,
        -1.718572067691969e-05,
        7.223535548997429e-05,
        -1.7074435930768933e-05,
        -1.084807828833205e-05,
        8.060426963858187e-06,
        -5.627559192378118e-07,
        -1.8218361427008817e-06,
        1.0007982351303053e-06,
        -1.157247380519068e-09,
        -2.853844774555098e-07,
        1.6246994987174998e-07,
        -1.848669368762183e-09,
        -5.546587044211434e-08,
        2.9131155308487508e-08,
        5.140345918956905e-09,
        -9.775556667111567e-09,
        1.6323398807169344e-09,
        1.2098746244203231e-09,
        -3.98636294277478e-10,
    ),
    "float32": (
        0.5107913613319397,
        0.34358033537864685,
        0.13973572850227356,
        0.018221236765384674,
        -0.010751569643616676,
        -0.003241045866161585,
        0.001528997323475778,
        0.0004251970967743546,
        -0.0002991996589116752,
        -3.114843639195897e-05,
        4.208787504467182e-05,
        -1.977334250113927e-06,
    ),
}
"""The coefficients of p, lowest first."""


def erfc(x: Any) -> Any:
    """2/sqrt(pi) times the integral of exp(-t^2) from x to infinity; x is an array or a scalar."""
    size = np.abs(x)
    t = 1 / (1 + size / 2)
    u = 2 * t - 1
    *lower, result = COEFFICIENTS[np.asarray(x).dtype.name]
    for coefficient in reversed(lower):
        result = result * u + coefficient
    result = t * result * np.exp(-size * size)
    return np.where(x < 0, 2 - result, result)
