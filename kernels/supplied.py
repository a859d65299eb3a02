"""The part of the common interface that a kernel supplies: its offers and what computes.

A kernel must supply `name`, `sample_forward` and, if it offers gradients, `sample_gradient` or
`batch_gradient`; the rest has defaults. The public methods of `Plan` call these methods: the table
in `kernels.interface` shows which calls which.
"""

from __future__ import annotations

import contextlib
import importlib.util
import inspect
import sys
from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any, ClassVar

import numpy as np

from kernels.errors import ChangedError, NotInstalledError, NotOfferedError, not_offered
from kernels.held import Held
from kernels.network import views
from kernels.parts.architecture import Architecture
from kernels.parts.optimizer import Optimizer
from kernels.passes import Passes, make
from kernels.support import batches, checks, imports
from kernels.support.checks import Array

OPERATIONS = ("forward", "forward_batch", "gradient", "train")
ENTRIES = (*OPERATIONS, "update")
"""The public methods that native entries may replace."""
COMPUTING = (
    "pack",
    "sample_forward",
    "batch_forward",
    "sample_gradient",
    "batch_gradient",
    "descend",
    "pass_over",
)
"""The methods of a kernel that decide what is computed."""


class Supplied:
    """The part of a plan that a kernel fills in."""

    name: ClassVar[str]
    operations: tuple[str, ...] = OPERATIONS
    """Operations that a kernel offers; on a plan, those it was made ready for."""
    dtypes: ClassVar[tuple[str, ...]] = checks.DTYPES
    max_threads: ClassVar[int | None] = 1
    """The most threads that may compute one call; None for any number."""
    uses_blas: ClassVar[bool] = False
    """Limit NumPy's BLAS to `threads` threads during calls."""
    general: ClassVar[bool] = False
    """True if every activation and loss is offered, not only the article's (`offers_network`)."""
    compiles_shapes: ClassVar[bool] = False
    """True if the first call with each new number of samples compiles."""
    requires: ClassVar[tuple[str, ...]] = ()
    """Importable packages this kernel needs beyond NumPy."""
    modules: ClassVar[tuple[str, ...]] = ()
    """Modules of these packages that they do not import themselves: importing is no building."""

    _in_force: Held
    _parameters: Any
    sizes: tuple[int, ...]
    architecture: Architecture
    dtype: np.dtype[Any]
    threads: int
    build_seconds: float

    # --- methods ----------------------------------------------------------------------------------

    def prepare(self) -> None:
        """Make what `pack` needs besides theta; called once, before the first `pack`."""

    def pack(self, theta: Array) -> Any:
        """The parameters as this kernel reads them, from the flat vector in the plan's dtype.

        The result may be `theta` or hold views of it. A plan's own `theta` begins at a cache line
        and never changes; in the default `descend`, any does after each step.
        """
        return views(theta, self.sizes)

    def build(self) -> None:
        """Do whatever is slow, once, after the first `pack`: compile, and make first calls."""

    def native_entries(self) -> Mapping[str, Callable[..., Any]]:
        """Callables that replace public methods on a plan, by the names in `ENTRIES`.

        An entry is called with the arguments of the public method it replaces and has the same
        results and errors. Its native code checks the arguments. A call that it refuses goes to
        `Plan.forward(self, ...)`, or whichever method it replaces, which converts or explains.

        Called once, after `build`; copies and pickles of a plan get entries of their own. A plan
        uses the entry for `update`, and those for the operations that it was made ready for. It
        uses none for a public method that a subclass overrides, and none at all if a subclass
        overrides a method that computes (`COMPUTING`), even if that subclass passes the entries
        on. A kernel that computes in its own way and has entries must therefore derive from a
        class without entries, such as `Plan`.

        `self` is a stand-in for the plan here: it has the plan's attributes but no entries, so that
        entries which refer to it keep the plan out of reference cycles. The two share one `Held`,
        `self._in_force`. `update` replaces its `parameters`, so an entry must read them in every
        call; an entry for `update` must replace `parameters` and `network`.
        """
        return {}

    def sample_forward(self, parameters: Any, x: Array, out: Array) -> None:
        """Write h[L] of one sample x (s_1,) to out (s_L,)."""
        raise NotImplementedError

    def batch_forward(self, parameters: Any, X: Array, out: Array) -> None:
        """Write h[L] of every sample of X (m, s_1) to out (m, s_L)."""
        for x, row in zip(X, out, strict=True):
            self.sample_forward(parameters, x, row)

    def sample_gradient(
        self, parameters: Any, x: Array, y: Array, total: Array
    ) -> tuple[float, float]:
        """Add one sample's gradient to `total` (n,); return its loss and ||y - h||."""
        raise NotImplementedError

    def batch_gradient(
        self, parameters: Any, X: Array, Y: Array, out: Array
    ) -> tuple[float, float]:
        """Write the mean gradient to `out` (n,); return the means of the loss and of ||y - h||."""
        out.fill(0)
        cost = error = 0.0
        for x, y in zip(X, Y, strict=True):
            loss, norm = self.sample_gradient(parameters, x, y, out)
            cost += float(loss)
            error += float(norm)
        m = len(X)
        out /= m
        return cost / m, error / m

    def descend(
        self, theta: Array, X: Array, Y: Array, alpha: float, cost: Array, error: Array
    ) -> None:
        """Make a step theta -= alpha dJ/dtheta, in place, for each entry of `cost` and `error`.

        The entries become the means of the loss and of ||y - h|| before the step.
        """
        step = np.empty_like(theta)
        for k in range(len(cost)):
            cost[k], error[k] = self.batch_gradient(self.pack(theta), X, Y, step)
            step *= alpha
            theta -= step

    def own_form(self, optimizer: Optimizer) -> Optimizer:
        """The optimizer in the form in which this kernel computes it at its best."""
        return optimizer

    def pass_over(self, theta: Array, one: Passes, first: int, last: int, found: Array) -> None:
        """Make the steps from `first` to the one before `last`; theta and the slots change.

        A plan for "train" alone is asked for this, too. Its own parameters must stay as they are.
        Adds each batch's cost and ||y - h|| before its step, times its samples, to its pass's row
        of `found`, (passes, 3) in float64.
        """

        def gradient(theta: Array, X: Array, Y: Array, out: Array) -> tuple[float, float]:
            return self.batch_gradient(self.pack(theta), X, Y, out)

        make(one, theta, self.sizes, gradient, range(first, last), found)

    def random_orders(
        self,
        optimizer: Optimizer,  # noqa: ARG002
        generator: np.random.Generator,
        count: int,
        m: int,
    ) -> Array:
        """Orders (count, m) of m samples for passes with an optimizer.

        However they are drawn, they are those of `batches.permutations`.
        """
        return batches.permutations(generator, count, m)

    def inspect(self, assembly: bool = False) -> None:
        """Print the source of the kernel's module, or the code it generated.

        Parameters
        ----------
        assembly : print the machine code of a rung that compiles

        Raises
        ------
        NotOfferedError
            If `assembly` is asked of a kernel that compiles nothing of its own.
        """
        if assembly:
            raise NotOfferedError(f"kernel {self.name} compiles nothing of its own: no assembly")
        try:
            print(inspect.getsource(sys.modules[type(self).__module__]))
        except (OSError, TypeError, KeyError):  # made in a console, or by exec
            print(f"The source of kernel {self.name} is in no file.")

    # --- what is offered --------------------------------------------------------------------------

    @classmethod
    def missing(cls) -> str | None:
        """Reason why this kernel cannot be used here, in one line, or None; nothing is imported."""
        for package in cls.requires:
            if importlib.util.find_spec(package) is None:
                return f"{package} is not installed"
        return None

    @classmethod
    def offers_network(cls, what: Architecture) -> bool:
        """True if networks of these activations, and this loss, can be computed in some dtype."""
        return cls.general or what.is_article

    @classmethod
    def offers(cls, what: Architecture, dtype: str) -> bool:
        """True if such networks can be computed in this dtype.

        To be overridden where that is more than `dtypes` and `offers_network` say one by one.
        """
        return dtype in cls.dtypes and cls.offers_network(what)

    @classmethod
    def offers_threads(cls, threads: int) -> bool:
        """True if so many threads may compute a call."""
        return cls.max_threads is None or threads <= cls.max_threads

    @classmethod
    def import_requirements(cls) -> None:
        """Import what this kernel needs.

        Raises NotInstalledError if it cannot be used here, ChangedError if an import fails.
        """
        missing = cls.missing()
        if missing:
            raise NotInstalledError(f"{cls.name}: {missing}")
        for package in cls.requires:
            try:
                imports.load(package)
            except ImportError as error:
                raise ChangedError(f"kernel {cls.name}: {error}", name=package) from error
        with cls.naming_packages():
            for module in cls.modules:
                imports.load(module)

    @classmethod
    def versions(cls) -> str:
        """The packages this kernel needs and has imported, as `torch 2.13.0`."""
        found = ((one, getattr(sys.modules.get(one), "__version__", "")) for one in cls.requires)
        return ", ".join(f"{name} {version}".rstrip() for name, version in found)

    @classmethod
    @contextlib.contextmanager
    def naming_packages(cls) -> Iterator[None]:
        """Turn an error by which packages' changed interfaces show into one that names them."""
        try:
            yield
        except (ChangedError, NotInstalledError):
            raise
        except (AttributeError, ImportError, TypeError) as error:
            if not cls.requires:
                raise
            raise ChangedError(
                f"kernel {cls.name} cannot be made ready with {cls.versions()}: "
                f"{imports.described(error)}"
            ) from error

    def _chosen(self, operations: Iterable[str]) -> tuple[str, ...]:
        chosen = (operations,) if isinstance(operations, str) else tuple(operations)
        for operation in chosen:
            if operation not in OPERATIONS:
                known = ", ".join(OPERATIONS)
                raise ValueError(f"an operation is one of {known}, got {operation!r}")
            self._require(operation)
        return chosen

    def _require(self, operation: str) -> None:
        """Raise NotOfferedError unless the plan was made ready for an operation."""
        if operation in self.operations:
            return
        if operation in type(self).operations:
            raise NotOfferedError(
                f"this plan was made for {', '.join(self.operations)} alone: {operation} needs one "
                f'made with operations=None, or with "{operation}" among them'
            )
        raise not_offered(operation, type(self), lambda kernel: operation in kernel.operations)
