"""What an activation is: one object, from which everything that computes with it takes its part.

An activation is written in a file of its own in `kernels.parts.activations`, as a subclass with one
object named `PART`. z is what a node adds up, h = f(z) its output.

    value, slope             NumPy, for whole arrays               vectorized, batched
    scalar_value, ...        for one number, also in Numba         looped, jitted
    emit, emit_slope, ...    vector instructions                   specialized
    exact, ..._bound         extended precision, rounding errors   the reference and its bounds
    c, c_slope               C expressions
    libraries                its names elsewhere                   peers, conversion, messages

Where f'(z) follows from h, only h is kept for the way back. Where it does not, the activation
`needs_z`: rungs in NumPy and Numba keep z, generated code computes f'(z) on the way forward.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, ClassVar, NamedTuple

import numpy as np

from kernels.parts import loops
from kernels.support.checks import Array


class Loops(NamedTuple):
    """Functions of vectors of one sample, which write to their arguments."""

    fill: Callable[[Any, Any], None]
    """fill(z, h): h = f(z)."""
    carry: Callable[[Any, Any, Any], None]
    """carry(delta, z, h): delta is multiplied by f'(z)."""
    start: Callable[[Any, Any, Any], None]
    """start(delta, h, y): delta of a canonical loss."""
    logs: Callable[[Any], None]
    """logs(z): z becomes log h, if all nodes depend on each other; else it stays."""


class Activation:
    """An elementwise activation that follows its slope from h, allowed in hidden layers.

    Subclasses change what differs.
    """

    name: ClassVar[str]
    formula: ClassVar[str]
    """f(z), for the table in the documents."""
    rank: ClassVar[int] = 2
    """Its place in lists: the article's are 0, those of scikit-learn 1."""
    hidden: ClassVar[bool] = True
    """True if a hidden layer may have it."""
    output: ClassVar[bool] = False
    """True if the output layer may have it."""
    over_nodes: ClassVar[bool] = False
    """True if h of a node depends on z of all nodes of the layer."""
    needs_z: ClassVar[bool] = False
    """True if f'(z) does not follow from h; allowed in hidden layers only."""
    is_long: ClassVar[bool] = True
    """True if it takes so many instructions that generated code gives it a loop of its own."""
    libraries: ClassVar[Mapping[str, str]] = {}
    """What libraries call it: keys are "scikit-learn", "torch", "keras", "onnx"."""
    aliases: ClassVar[tuple[str, ...]] = ()
    """Further names that people give it, for error messages."""
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
        """The elementwise activation whose rate is a limit of this one's."""
        return self

    # --- NumPy ------------------------------------------------------------------------------------

    @staticmethod
    def value(z: Any) -> Any:
        """f(z) as a new array; z is an array, or a scalar."""
        raise NotImplementedError

    @staticmethod
    def slope(z: Any, h: Any) -> Any:
        """f'(z) as an array, or as a number that holds for all elements.

        Only where the activation `needs_z`, z is given; elsewhere it may be None.
        """
        raise NotImplementedError

    def in_place(self, z: Array) -> None:
        """Replace z by f(z); for activations over all nodes the rows of z are the samples."""
        z[...] = self.value(z)

    def through(self, delta: Any, z: Any, h: Any) -> Any:
        """The derivative by z, from the derivative by h: delta f'(z), as a new array."""
        return delta * self.slope(z, h)

    def through_in_place(self, delta: Array, z: Array | None, h: Array, work: Array) -> None:
        """`through` in the place of delta; `work` is an array of the same shape to work in."""
        delta *= self.slope(z, h)

    def canonical_delta(self, h: Any, y: Any) -> Any:
        """The derivative by z of the loss that goes with this output, as a new array."""
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
        """The functions of one sample's vectors, each made by `compiled`, which may be Numba's."""
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
        """A bound on the error of f(z), for z with errors up to `z_bound`; u is one rounding.

        The default is for functions that bend nowhere sharply, computed by sums and products of
        numbers up to |z|, as libraries do.
        """
        return np.asarray(self.steepest * z_bound + 8 * u * (np.abs(h) + np.abs(z)))

    def slope_bound(self, z: Array, h: Array, z_bound: Array, h_bound: Array, u: float) -> Array:
        """A bound on the error of f'(z)."""
        return np.asarray(np.minimum(self.bend * z_bound, 2.0) + 8 * u * (1 + np.abs(z)))

    def units(self, z: Array) -> Any:
        """How many units in the last place f(z) of generated code may be off."""
        return 4.0

    # --- generated code ---------------------------------------------------------------------------

    def emit(self, m: Any, z: Any) -> Any:
        """Write instructions for f of a vector z with `kernels.codegen.emit.mathematics`."""
        raise NotImplementedError

    def emit_slope(self, m: Any, h: Any) -> Any:
        """Write instructions for f'(z), from h; not asked of activations that need z."""
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
