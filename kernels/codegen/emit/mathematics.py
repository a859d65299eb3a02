"""The operations from which activations and losses of `kernels.parts` build instructions."""

from __future__ import annotations

from typing import Any

from kernels.codegen.emit import exponential
from kernels.codegen.llvm.vectors import Vectors
from kernels.parts.erfc import COEFFICIENTS


class Mathematics:
    """Writes instructions on vectors; methods take and return LLVM values.

    Parameters
    ----------
    v : the writer of vectors
    """

    def __init__(self, v: Vectors) -> None:
        self.v = v
        self.constant, self.log = v.constant, v.log
        self.add, self.sub, self.mul, self.fma = v.add, v.sub, v.mul, v.fma
        self.magnitude, self.greater, self.div = v.magnitude, v.greater, v.builder.fdiv
        self.root = v.root

    def negative(self, a: Any) -> Any:
        """-a."""
        return self.v.builder.fneg(a)

    def lesser(self, a: Any, b: Any) -> Any:
        """The smaller of a and b; a where either is NaN."""
        return self.where_less(b, a, b, a)

    def where_less(self, a: Any, b: Any, x: Any, y: Any) -> Any:
        """x in lanes where a < b, else y."""
        return self.v.builder.select(self.v.builder.fcmp_ordered("<", a, b), x, y)

    def where_equal(self, a: Any, b: Any, x: Any, y: Any) -> Any:
        """x in lanes where a = b, else y."""
        return self.v.builder.select(self.v.builder.fcmp_ordered("==", a, b), x, y)

    def sigmoid(self, z: Any) -> Any:
        """1 / (1 + exp(-z))."""
        return exponential.write_sigmoid(self.v, z)

    def tanh(self, z: Any) -> Any:
        """The hyperbolic tangent."""
        return exponential.write_tanh(self.v, z)

    def exp(self, z: Any) -> Any:
        """exp(z)."""
        return exponential.write_exp_of_any(self.v, z)

    def exp_of_negative(self, z: Any) -> Any:
        """exp(z) for z <= 0."""
        return exponential.write_exp(self.v, z)

    def expm1_of_negative(self, z: Any) -> Any:
        """exp(z) - 1 for z <= 0."""
        return exponential.write_expm1(self.v, z)

    def log1p_of_fraction(self, t: Any) -> Any:
        """log(1 + t) for t from 0 to 1."""
        return exponential.write_log1p(self.v, t)

    def scaled_erfc(self, x: Any) -> Any:
        """exp(x^2) erfc(x) for x >= 0, as `kernels.parts.erfc` computes it."""
        v, one = self.v, self.v.constant(1.0)
        t = v.builder.fdiv(one, v.fma(x, v.constant(0.5), one))
        coefficients = [v.constant(value) for value in COEFFICIENTS[v.dtype]]
        return v.mul(t, exponential.estrin(v, coefficients, v.sub(v.add(t, t), one)))
