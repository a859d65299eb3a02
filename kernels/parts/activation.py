"""The base class of activations: one object holds every form of an activation that is used.

Each activation has a file of its own in `kernels.parts.activations`: a subclass, and one object of
it named `PART`. z is the weighted sum of a node plus its bias, and h = f(z) its output.

    value, slope             NumPy, for whole arrays               vectorized, batched
    scalar_value, ...        for one number, also in Numba         looped, jitted
    emit, emit_slope, ...    vector instructions                   specialized
    exact, ..._bound         extended precision, rounding errors   the reference and its bounds
    c, c_slope               C expressions
    libraries                its names in other libraries          peers, conversion, messages

If f'(z) can be computed from h, backpropagation needs h alone. If not, the activation sets
`needs_z`: rungs in NumPy and Numba then keep z, and generated code computes f'(z) in the forward
pass.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, ClassVar, NamedTuple

import numpy as np

from kernels.parts import loops
from kernels.support.checks import Array


class Loops(NamedTuple):
    """Functions of the vectors of one sample, which write to their arguments."""

    fill: Callable[[Any, Any], None]
    """fill(z, h): h = f(z)."""
    carry: Callable[[Any, Any, Any], None]
    """carry(delta, z, h): multiply delta by f'(z)."""
    start: Callable[[Any, Any, Any], None]
    """start(delta, h, y): write the delta of a canonical loss."""
    logs: Callable[[Any], None]
    """logs(z): replace z by log h if the activation is over all nodes; else leave it unchanged."""


class Activation:
    """An activation; by default elementwise, for hidden layers, with f'(z) computed from h.

    Subclasses override what differs.
    """

    name: ClassVar[str]
    formula: ClassVar[str]
    """f(z), for the table in the documents."""
    rank: ClassVar[int] = 2
    """Its order in lists: 0 for the article's, 1 for those of scikit-learn's usual networks."""
    hidden: ClassVar[bool] = True
    """True if a hidden layer may have it."""
    output: ClassVar[bool] = False
    """True if the output layer may have it."""
    over_nodes: ClassVar[bool] = False
    """True if h of a node depends on z of all nodes of the layer."""
    needs_z: ClassVar[bool] = False
    """True if f'(z) cannot be computed from h; allowed in hidden layers only."""
    is_long: ClassVar[bool] = True
    """True if it takes so many instructions that generated code gives it a loop of its own."""
    libraries: ClassVar[Mapping[str, str]] = {}
    """Its name in each library that has it; keys: "scikit-learn", "torch", "jax", "keras",
    "tensorflow", "onnx", "litert"."""
    aliases: ClassVar[tuple[str, ...]] = ()
    """Other names for it, which error messages recognise."""
    c: ClassVar[str]
    """f(z) in C99, for a double z."""
    c_slope: ClassVar[str]
    """f'(z) in C99, from double z and h."""
    steepest: ClassVar[float] = 1.0
    """The greatest |f'(z)|."""
    bend: ClassVar[float] = 1.0
    """The greatest |f''(z)|."""

    @property
    def rated(self) -> Activation:
        """The elementwise activation whose measured rate is the limit for this one."""
        return self

    # --- NumPy ------------------------------------------------------------------------------------

    @staticmethod
    def value(z: Any) -> Any:
        """f(z) as a new array; z is an array, or a scalar."""
        raise NotImplementedError

    @staticmethod
    def slope(z: Any, h: Any) -> Any:
        """f'(z) as an array, or as a number that holds for all elements.

        z is given if the activation `needs_z`; otherwise it may be None.
        """
        raise NotImplementedError

    def in_place(self, z: Array) -> None:
        """Replace z by f(z); for activations over all nodes, each row of z is a sample."""
        z[...] = self.value(z)

    def through(self, delta: Any, z: Any, h: Any) -> Any:
        """The derivative by z from delta, the derivative by h: delta f'(z), as a new array."""
        return delta * self.slope(z, h)

    def through_in_place(self, delta: Array, z: Array | None, h: Array, work: Array) -> None:
        """`through`, written over delta; `work` is scratch memory of its shape."""
        delta *= self.slope(z, h)

    def canonical_delta(self, h: Any, y: Any) -> Any:
        """The derivative by z of a canonical loss with these outputs, as a new array."""
        return h - y

    # --- one number -------------------------------------------------------------------------------

    @property
    def scalar_value(self) -> Callable[[Any], Any]:
        """f of one number, as a function that Numba can compile."""
        return self.value

    @property
    def scalar_slope(self) -> Callable[[Any, Any], Any]:
        """f'(z) of one number, from z and h, as a function that Numba can compile."""
        return self.slope

    def loops(self, compiled: Callable[[Any], Any] = lambda function: function) -> Loops:
        """The functions of one sample's vectors, each passed through `compiled`, such as njit."""
        return Loops(
            compiled(loops.filling(compiled(self.scalar_value))),
            compiled(loops.carrying(compiled(self.scalar_slope))),
            compiled(loops.differ),
            compiled(loops.leave),
        )

    # --- extended precision -----------------------------------------------------------------------

    def exact(self, a: Any, z: Array) -> tuple[Array, Array]:
        """f(z) and f'(z) without cancellation, in the arithmetic `a` (`kernels.proof.reference`).

        For activations over all nodes the slope is the derivative by the node's own z.
        """
        raise NotImplementedError

    def complex_value(self, z: Array) -> Array:
        """f of complex numbers, analytically continued from the real ones."""
        raise NotImplementedError

    # --- rounding errors --------------------------------------------------------------------------

    def value_bound(self, z: Array, h: Array, slope: Array, z_bound: Array, u: float) -> Array:
        """A bound on the error of f(z) for z with errors up to `z_bound`; u: the unit roundoff.

        The default is for smooth functions that are computed, as in libraries, by sums and products
        of numbers up to |z|.
        """
        return np.asarray(self.steepest * z_bound + 8 * u * (np.abs(h) + np.abs(z)))

    def slope_bound(self, z: Array, h: Array, z_bound: Array, h_bound: Array, u: float) -> Array:
        """A bound on the error of f'(z)."""
        return np.asarray(np.minimum(self.bend * z_bound, 2.0) + 8 * u * (1 + np.abs(z)))

    def units(self, z: Array) -> Any:
        """The largest error of f(z) in generated code, in units in the last place."""
        return 4.0

    # --- generated code ---------------------------------------------------------------------------

    def emit(self, m: Any, z: Any) -> Any:
        """Write instructions for f(z) of a vector z; m is a `Mathematics` of `kernels.codegen`."""
        raise NotImplementedError

    def emit_slope(self, m: Any, h: Any) -> Any:
        """Write instructions for f'(z), from h; not called for activations that need z."""
        raise NotImplementedError

    def emit_through(self, m: Any, delta: Any, h: Any) -> Any:
        """Write instructions for delta f'(z), from h."""
        return m.mul(delta, self.emit_slope(m, h))

    def emit_both(self, m: Any, z: Any) -> tuple[Any, Any]:
        """Write instructions for f(z) and f'(z), for activations that need z."""
        raise NotImplementedError

    def __repr__(self) -> str:
        return f"<activation {self.name}>"

    def __str__(self) -> str:
        return self.name
