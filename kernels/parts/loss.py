"""The base class of losses: one object holds every form of a loss that is used.

Each loss has a file of its own in `kernels.parts.losses`: a subclass, and one object of it named
`PART`. f is the output layer's activation, z and h its sums and outputs, y the targets.

A *canonical* loss is only for output activations with which its derivative by z is h - y (softmax:
h sum y - y), without f'(z). The loss itself is computed from z, since log h has no digits left
where h is near 1. A loss that is not canonical is the squared one, whose derivative by h is h - y.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, ClassVar

from kernels.parts.activation import Activation
from kernels.support.checks import Array


class Loss:
    """The loss of one sample; the cost is its mean over all samples."""

    name: ClassVar[str]
    formula: ClassVar[str]
    """The loss of one sample, for the table in the documents."""
    rank: ClassVar[int] = 2
    """Its order in lists: 0 for the article's."""
    outputs: ClassVar[tuple[str, ...] | None] = None
    """Names of the output activations it goes with; None for all."""
    canonical: ClassVar[bool] = True
    libraries: ClassVar[Mapping[str, str]] = {}
    """Its name in each library that has it; keys: "scikit-learn", "torch", "keras"."""
    aliases: ClassVar[tuple[str, ...]] = ()
    """Other names for it, which error messages recognise."""

    def goes_with(self, output: str) -> bool:
        """True if the loss can be used with this output activation."""
        return self.outputs is None or output in self.outputs

    # --- NumPy: arrays whose last axis holds the nodes --------------------------------------------

    def of(self, f: Activation, z: Any, h: Any, y: Any) -> Any:
        """The loss of each sample; z may be None if the loss is not canonical."""
        raise NotImplementedError

    def total(self, f: Activation, Z: Array, Y: Array, work: Array) -> float:
        """The sum of all samples' losses from Z (m, s_L); `work` is scratch memory of its shape."""
        return float(self.of(f, Z, f.value(Z), Y).sum())

    def delta(self, f: Activation, z: Any, h: Any, y: Any) -> Any:
        """The derivative by z, as a new array."""
        return f.canonical_delta(h, y) if self.canonical else f.through(h - y, z, h)

    # --- one number -------------------------------------------------------------------------------

    def scalar(self, over_nodes: bool) -> Callable[[Any, Any, Any], Any]:
        """A function that Numba can compile: one node's share of the loss, from its z, h and y.

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
        """The sum of all samples' losses for complex h, without terms that do not depend on h."""
        raise NotImplementedError

    def bound(
        self, f: Activation, z: Array, z_bound: Array, h: Array, h_bound: Array, y: Array
    ) -> tuple[float, float]:
        """Sums over all samples: the magnitudes of the loss's terms, and bounds on their errors."""
        raise NotImplementedError

    # --- generated code ---------------------------------------------------------------------------

    def emit(self, m: Any, z: Any, h: Any, y: Any) -> Any:
        """Write instructions for each node's share of a canonical loss.

        `kernels.codegen.emit.losses` writes the losses of softmax outputs, and the squared loss.
        """
        raise NotImplementedError

    def __repr__(self) -> str:
        return f"<loss {self.name}>"

    def __str__(self) -> str:
        return self.name
