"""The common interface: a plan is a kernel made ready for one network, dtype and thread count.

A *kernel* is a way of computing (a rung of the ladder, or a library people would use instead).
A *plan*, as FFTW uses the word, is that kernel prepared for one network: everything slow happens
while it is built, and its methods only compute. Each kernel is a subclass of `Plan` in a file of
its own; the public methods here check what the caller passed and hand it to the kernel's own::

    public, checked                 what a kernel supplies       default
    ------------------------------  ---------------------------  --------------------------------
    (construction, update)          pack(theta)                  views W, b into theta
    forward(x, out)                 sample_forward               none: every kernel has it
    forward_batch(X, out)           batch_forward                one sample after another
    gradient(X, Y)                  sample_gradient              none, if it offers gradients
                                    batch_gradient               the mean over the samples
    train(X, Y, iterations, alpha)  descend                      one batch_gradient an iteration

What a kernel supplies gets its parameters as the first argument, in the form `pack` gave them,
and keeps nothing else from call to call: one plan may be used by several threads at once. Samples
reach it in the plan's dtype, and with the network's shift subtracted from them, if it has one; a
kernel that overrides a public method has to see to that itself.
"""

from __future__ import annotations

import importlib
import importlib.util
import time
import warnings
from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING, Any, ClassVar, NoReturn, TypeVar

import numpy as np

from kernels.network import Network, parameter_count, views
from kernels.parts import architecture
from kernels.parts.architecture import Architecture
from kernels.results import Gradient, Training
from kernels.support import aligned, checks
from kernels.support.checks import Array

if TYPE_CHECKING:
    from kernels.support.blas import Limit

Result = TypeVar("Result")
OPERATIONS = ("forward", "forward_batch", "gradient", "train")
PROGRESS_SECONDS = 0.1
"""How long a training runs before it looks up, to report progress or to be interrupted."""

Progress = Callable[[int, float, float], object]


class NotOfferedError(ValueError):
    """A kernel was asked for an operation, dtype or thread count it does not offer."""


class NotInstalledError(ImportError):
    """A kernel needs a package that is not installed."""


class Plan:
    """A kernel made ready for one network; see the module's docstring for what to supply.

    Parameters
    ----------
    network : the network; the plan keeps a copy of its parameters
    dtype : float64 or float32, in which everything is computed
    threads : how many threads may compute one call
    operations : those it is made ready for; None for all that the kernel offers
    loss : what gradient and training are of: squared, or log

    Attributes
    ----------
    network : Network, the plan's snapshot in float64
    sizes, dtype, threads, operations : as given
    architecture : Architecture, sizes, activations and loss
    build_seconds : float, how long building took (importing packages is not counted)
    """

    name: ClassVar[str]
    operations: tuple[str, ...] = OPERATIONS
    """What a kernel offers; of a plan, what it was made ready for."""
    dtypes: ClassVar[tuple[str, ...]] = checks.DTYPES
    max_threads: ClassVar[int | None] = 1
    """None: any number."""
    uses_blas: ClassVar[bool] = False
    """True if NumPy's BLAS does the arithmetic: it then has `threads` threads during calls."""
    general: ClassVar[bool] = False
    """Whether it takes every activation and loss; else the article's alone."""
    compiles_shapes: ClassVar[bool] = False
    """True if a call with another number of rows compiles first."""
    requires: ClassVar[tuple[str, ...]] = ()
    """Importable packages this kernel needs beyond NumPy."""

    network: Network
    sizes: tuple[int, ...]
    architecture: Architecture
    dtype: np.dtype[Any]
    threads: int
    build_seconds: float

    def __init__(
        self,
        network: Network,
        dtype: Any = "float64",
        threads: int = 1,
        operations: Iterable[str] | None = None,
        loss: str = "squared",
    ) -> None:
        if not isinstance(network, Network):
            raise TypeError(f"network must be a kernels.Network, got {type(network).__name__}")
        self.dtype = checks.dtype(dtype)
        self.threads = checks.integer(threads, "threads", minimum=1)
        name = self.dtype.name
        if name not in self.dtypes:
            self._refuse(f"dtype {name}", lambda kernel: name in kernel.dtypes)
        if not self.offers_threads(self.threads):
            self._refuse(f"threads={threads}", lambda kernel: kernel.offers_threads(threads))
        if operations is not None:
            self.operations = self._chosen(operations)
        self.sizes = network.sizes
        self.architecture = network.architecture._replace(
            loss=architecture.loss(loss, network.activations)
        )
        if not (self.general or self.architecture.is_article):
            self._refuse(f"a network such as {self.architecture}", lambda kernel: kernel.general)
        self.import_requirements()
        start = time.perf_counter()
        self._inputs, self._outputs = self.sizes[0], self.sizes[-1]
        self._x_shape, self._y_shape = (self._inputs,), (self._outputs,)
        self._limit = self._blas_limit() if self.uses_blas else None
        self._shift = network.shift
        self._ready_dtype = None if network.architecture.shifted else self.dtype
        self.prepare()
        self._set(network.theta.copy())
        self.build()
        self.build_seconds = time.perf_counter() - start

    # --- what a kernel supplies -----------------------------------------------------------------

    def prepare(self) -> None:
        """Make what `pack` needs besides theta; called once, before the first `pack`."""

    def build(self) -> None:
        """Do whatever is slow, once, after the first `pack`: compile, and make first calls."""

    def pack(self, theta: Array) -> Any:
        """The parameters as this kernel wants them, from the flat vector in the plan's dtype.

        `theta` begins at a cache line; the result may be, or view, it: nobody else holds it.
        """
        return views(theta, self.sizes)

    def sample_forward(self, parameters: Any, x: Array, out: Array) -> None:
        """h[L] of one sample x (s_1,) into out (s_L,)."""
        raise NotImplementedError

    def batch_forward(self, parameters: Any, X: Array, out: Array) -> None:
        """h[L] of every row of X (m, s_1) into out (m, s_L)."""
        for x, row in zip(X, out, strict=True):
            self.sample_forward(parameters, x, row)

    def sample_gradient(
        self, parameters: Any, x: Array, y: Array, total: Array
    ) -> tuple[float, float]:
        """Add one sample's gradient to `total`; return its loss and ||y - h||."""
        raise NotImplementedError

    def batch_gradient(
        self, parameters: Any, X: Array, Y: Array, out: Array
    ) -> tuple[float, float]:
        """The mean gradient into `out`; return the means of the loss and of ||y - h||."""
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
        """One step theta -= alpha dJ/dtheta, in place, for each entry of `cost` and `error`."""
        step = np.empty_like(theta)
        for k in range(len(cost)):
            cost[k], error[k] = self.batch_gradient(self.pack(theta), X, Y, step)
            step *= alpha
            theta -= step

    # --- what a caller uses ---------------------------------------------------------------------

    def forward(self, x: Any, out: Array | None = None) -> Array:
        """The network's output for one sample.

        Parameters
        ----------
        x : (s_1,), anything that converts to the plan's dtype; if the network has a shift, to
            float64, in which that is subtracted
        out : (s_L,), optional; exactly the plan's dtype, C-ordered, apart from x

        Returns
        -------
        h[L] : (s_L,) in the plan's dtype; `out` if it was given, else a fresh array
        """
        given = x
        if not (
            type(x) is np.ndarray and x.dtype is self._ready_dtype and x.shape == self._x_shape
        ):
            given, x = self._converted(x, self._x_shape, "x", "forward_batch")
        out = checks.output(out, self.dtype, self._y_shape, given)
        if self._limit is None:
            self.sample_forward(self._parameters, x, out)
        else:
            self._limit.call(self.sample_forward, self._parameters, x, out)
        return out

    def forward_batch(self, X: Any, out: Array | None = None) -> Array:
        """The network's outputs for m samples: X (m, s_1) gives (m, s_L); otherwise as `forward`.

        No rows give no rows.
        """
        if self._shift is None:
            given = X = self._rows(X, self._inputs, "X", "forward")
        else:
            given, X = self._converted(X, (None, self._inputs), "X", "forward")
        out = checks.output(out, self.dtype, (len(X), self._outputs), given)
        if len(X):
            if self._limit is None:
                self.batch_forward(self._parameters, X, out)
            else:
                self._limit.call(self.batch_forward, self._parameters, X, out)
        return out

    def gradient(self, X: Any, Y: Any) -> Gradient:
        """Cost and gradient over m samples, X (m, s_1) and Y (m, s_L), or over one, (s_1,), (s_L,).

        Of a network with one output, Y may be (m,).

        Raises NotOfferedError where the kernel has no gradients, ValueError for no samples.
        """
        X, Y = self._samples(X, Y, "gradient")
        theta = np.empty(parameter_count(self.sizes), self.dtype)
        cost, _ = self._limited(self.batch_gradient, self._parameters, X, Y, theta)
        return Gradient(float(cost), theta, self.sizes)

    def train(
        self,
        X: Any,
        Y: Any,
        iterations: int = 3000,
        alpha: float = 0.25,
        progress: Progress | None = None,
    ) -> Training:
        """Batch gradient descent (§4.8, §4.9) from the plan's parameters, which stay as they are.

        Parameters
        ----------
        X, Y : (m, s_1) and (m, s_L), or one sample
        iterations : how many steps W[l] -= alpha dJ/dW[l]
        alpha : the step size
        progress : called a few times a second with the iterations done, the latest cost and error

        Warns
        -----
        RuntimeWarning
            If the cost became NaN or infinite; the result is returned as it is.
        """
        X, Y = self._samples(X, Y, "train")
        iterations = checks.integer(iterations, "iterations", minimum=0)
        alpha = checks.real(alpha, "alpha", self.dtype)
        theta = self.network.theta.astype(self.dtype)
        cost, error = np.empty(iterations), np.empty(iterations)
        done, chunk = 0, 1
        while done < iterations:
            end = min(done + chunk, iterations)
            start = time.perf_counter()
            self._limited(self.descend, theta, X, Y, alpha, cost[done:end], error[done:end])
            elapsed = time.perf_counter() - start
            chunk = max(1, min(2 * chunk, int((end - done) * PROGRESS_SECONDS / (elapsed + 1e-9))))
            done = end
            if progress is not None:
                progress(done, float(cost[done - 1]), float(error[done - 1]))
        lost = np.flatnonzero(~np.isfinite(cost))
        if lost.size:
            warnings.warn(
                f"the training diverged: the cost is not finite from iteration {lost[0]} on",
                RuntimeWarning,
                stacklevel=2,
            )
        return Training(self._network(theta.astype(np.float64)), cost, error)

    def update(self, theta: Any) -> None:
        """Take new parameters, flat as `Network.theta`, for the same sizes; nothing is rebuilt."""
        self._set(checks.parameters(theta, self.network.theta.size))

    @classmethod
    def missing(cls) -> str | None:
        """What this kernel needs and cannot be found, or None; nothing is imported."""
        for package in cls.requires:
            if importlib.util.find_spec(package) is None:
                return f"{package} is not installed"
        return None

    # --- helpers --------------------------------------------------------------------------------

    def __reduce__(self) -> tuple[Any, ...]:
        # a copy is built anew: what a plan is made of belongs to it alone
        arguments = (self.network, self.dtype.name, self.threads, self.operations)
        return type(self), (*arguments, self.architecture.loss)

    @classmethod
    def offers_threads(cls, threads: int) -> bool:
        """True if a call may be computed by so many threads."""
        return cls.max_threads is None or threads <= cls.max_threads

    @classmethod
    def import_requirements(cls) -> None:
        """Import what this kernel needs, or say what is missing."""
        missing = cls.missing()
        if missing:
            raise NotInstalledError(f"{cls.name}: {missing}")
        for package in cls.requires:
            importlib.import_module(package)

    def _blas_limit(self) -> Limit:
        from kernels.support.blas import Limit

        return Limit(self.threads)

    def _limited(self, compute: Callable[..., Result], *arguments: Any) -> Result:
        """Call what a kernel supplies, with the plan's threads for BLAS if that is what it uses."""
        if self._limit is None:
            return compute(*arguments)
        return self._limit.call(compute, *arguments)

    def _set(self, theta: Array) -> None:
        with np.errstate(over="ignore"):
            converted = aligned.copy(theta, self.dtype)
        if not np.isfinite(converted).all():
            raise ValueError(f"theta must be finite in {self.dtype}, got a number beyond its range")
        parameters = self.pack(converted)
        theta.flags.writeable = False  # a snapshot: who wrote to it would change half of the plan
        self.network = self._network(theta)
        self._parameters = parameters

    def _network(self, theta: Array) -> Network:
        return Network._unchecked(self.sizes, theta, self.architecture.activations, self._shift)

    def _chosen(self, operations: Iterable[str]) -> tuple[str, ...]:
        chosen = (operations,) if isinstance(operations, str) else tuple(operations)
        for operation in chosen:
            if operation not in OPERATIONS:
                known = ", ".join(OPERATIONS)
                raise ValueError(f"an operation is one of {known}, got {operation!r}")
            if operation not in self.operations:
                self._explain(operation)
        return chosen

    def _explain(self, operation: str) -> NoReturn:
        """Say why the plan does not do an operation."""
        if operation in type(self).operations:
            raise NotOfferedError(
                f"this plan was made for {', '.join(self.operations)} alone: {operation} needs one "
                f'made with operations=None, or with "{operation}" among them'
            )
        self._refuse(operation, lambda kernel: operation in kernel.operations)

    def _refuse(self, what: str, offers: Callable[[type[Plan]], bool]) -> NoReturn:
        from kernels import installed

        others = [kernel.name for kernel in installed() if offers(kernel)]
        instead = f"but by {', '.join(others)}" if others else "nor by another that is installed"
        raise NotOfferedError(f"{what} is not offered by kernel {self.name}, {instead}")

    def _converted(
        self, value: Any, shape: checks.Shape, name: str, other: str | None = None
    ) -> tuple[Array, Array]:
        """Samples as the caller's array, which `out` may not overlap, and as a kernel gets them."""
        if self._shift is None:
            result = checks.array(value, self.dtype, shape, name, other)
            return result, result
        wide = checks.array(value, np.dtype(np.float64), shape, name, other)
        with np.errstate(over="ignore"):
            result = (wide - self._shift).astype(self.dtype, copy=False)
        return (value if isinstance(value, np.ndarray) else wide), result

    def _rows(self, value: Any, width: int, name: str, other: str | None = None) -> Array:
        if (
            type(value) is np.ndarray
            and value.dtype is self.dtype
            and value.ndim == 2
            and value.shape[1] == width
            and value.flags.carray
        ):
            return value
        return checks.array(value, self.dtype, (None, width), name, other)

    def _samples(self, X: Any, Y: Any, operation: str) -> tuple[Array, Array]:
        if operation not in self.operations:
            self._explain(operation)
        x_axes = X.ndim if type(X) is np.ndarray else np.ndim(X)
        y_axes = Y.ndim if type(Y) is np.ndarray else np.ndim(Y)
        if x_axes == y_axes == 1:
            _, x = self._converted(X, self._x_shape, "X")
            y = checks.array(Y, self.dtype, self._y_shape, "Y")
            return x[np.newaxis], y[np.newaxis]
        if self._outputs == 1 and y_axes == 1:
            Y = checks.array(Y, self.dtype, (None,), "Y")[:, np.newaxis]
        if self._shift is None:
            X = self._rows(X, self._inputs, "X")
        else:
            _, X = self._converted(X, (None, self._inputs), "X")
        Y = self._rows(Y, self._outputs, "Y")
        if len(X) != len(Y):
            raise ValueError(f"X and Y must have as many rows, got {len(X)} and {len(Y)}")
        if not len(X):
            raise ValueError(f"{operation} needs one sample or more, got none")
        return X, Y
