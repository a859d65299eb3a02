"""What a loss is: one object, from which everything that computes with it takes its part.

A loss is written in a file of its own in `kernels.parts.losses`, as a subclass with one object
named `PART`. f is the output layer's activation, z and h its sums and outputs, y the targets.

A loss may be *canonical*: it goes with certain outputs only, and its derivative by z is then h - y
(softmax: h sum y - y), without f'(z). It is computed from z, since log h has no digits left where h
is near 1. Another loss is the squared one, whose derivative by h is h - y.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, ClassVar

from kernels.parts.activation import Activation
from kernels.support.checks import Array


class Loss:
    """A loss of one sample; costs are means of it."""

    name: ClassVar[str]
    formula: ClassVar[str]
    """The loss of one sample, for the table in the documents."""
    rank: ClassVar[int] = 2
    """Its place in lists: the article's is 0."""
    outputs: ClassVar[tuple[str, ...] | None] = None
    """Names of the output activations it goes with; None for all."""
    canonical: ClassVar[bool] = True
    libraries: ClassVar[Mapping[str, str]] = {}
    """What libraries call it: keys are "scikit-learn", "torch", "keras"."""
    aliases: ClassVar[tuple[str, ...]] = ()
    """Further names that people give it, for error messages."""

    def goes_with(self, output: str) -> bool:
        """True if the loss can be used with this output activation."""
        return self.outputs is None or output in self.outputs

    # --- NumPy: arrays whose last axis holds the nodes --------------------------------------------

    def of(self, f: Activation, z: Any, h: Any, y: Any) -> Any:
        """The loss of each sample; z may be None if the loss is not canonical."""
        raise NotImplementedError

    def total(self, f: Activation, Z: Array, Y: Array, work: Array) -> float:
        """The sum of all samples' losses from z (m, s_L); `work` is an array like Z to work in."""
        return float(self.of(f, Z, f.value(Z), Y).sum())

    def delta(self, f: Activation, z: Any, h: Any, y: Any) -> Any:
        """The derivative by z, as a new array."""
        return f.canonical_delta(h, y) if self.canonical else f.through(h - y, z, h)

    # --- one number -------------------------------------------------------------------------------

    def scalar(self, over_nodes: bool) -> Callable[[Any, Any, Any], Any]:
        """A function of z, h, y of one node that Numba can compile: its share of the loss.

        For activations over all nodes, z is log h.
        """
        raise NotImplementedError

    def c(self, over_nodes: bool) -> str:
        """`scalar` as an expression in C99, of real numbers z, h and y."""
        raise NotImplementedError

    # --- extended precision -----------------------------------------------------------------------

    def exact(self, a: Any, f: Activation, z: Array, h: Array, y: Array) -> Array:
        """The loss of every sample (m,), in the arithmetic `a` (`kernels.proof.reference`)."""
        raise NotImplementedError

    def complex_total(self, f: Activation, h: Array, y: Array) -> Any:
        """The sum of all samples' losses, but for what does not depend on h, for complex h."""
        raise NotImplementedError

    def bound(
        self, f: Activation, z: Array, z_bound: Array, h: Array, h_bound: Array, y: Array
    ) -> tuple[float, float]:
        """The sum of the magnitudes of the loss's terms over all samples, and of their errors."""
        raise NotImplementedError

    # --- generated code ---------------------------------------------------------------------------

    def emit(self, m: Any, z: Any, h: Any, y: Any) -> Any:
        """Write instructions for the nodes' shares of a canonical loss, node by node.

        Softmax and the squared loss are written with the layer (`kernels.codegen.emit.losses`).
        """
        raise NotImplementedError

    def __repr__(self) -> str:
        return f"<loss {self.name}>"

    def __str__(self) -> str:
        return self.name
