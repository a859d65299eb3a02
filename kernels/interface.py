"""The common interface: a plan is a kernel made ready for one network, dtype and thread count.

A *kernel* is a way of computing: a rung of the ladder, or a library people would use instead. A
*plan*, as FFTW uses the word, is a kernel prepared for one network: everything slow happens while
it is made, and its methods only compute. Each kernel is a subclass of `Plan` in a file of its own.
The public methods check what the caller passed and hand it to the methods a kernel supplies:

    public, checked                 supplied by a kernel  default
    ------------------------------  --------------------  ------------------------------------
    kernels.plan(network, ...)      prepare()             nothing
                                    pack(theta)           views W, b into theta
                                    build()               nothing
                                    native_entries()      none
    update(theta)                   pack(theta)
    forward(x, out)                 sample_forward        none: every kernel has it
    forward_batch(X, out)           batch_forward         one sample_forward a sample
    gradient(X, Y, out)             batch_gradient        the mean of one sample_gradient a sample
    train(X, Y, iterations, alpha)  descend               one batch_gradient an iteration
    train in batches, trainer       pass_over             one batch_gradient a batch

A kernel that offers gradients must supply `sample_gradient` or `batch_gradient`. The methods that
compute get samples in the plan's dtype with the network's shift already subtracted, and first of
all the parameters: as `pack` returned them, but `descend` as theta, which it changes. They keep
nothing from call to call: several threads may use one plan at once.

A kernel whose compiled code checks arguments itself can take calls before the public methods do:
see `Supplied.native_entries`.
"""

from __future__ import annotations

import time
import warnings
from collections.abc import Callable, Iterable
from functools import partial
from typing import TYPE_CHECKING, Any, TypeVar

import numpy as np

from kernels import entries
from kernels.errors import NotInstalledError, NotOfferedError, not_offered, not_offered_network
from kernels.held import Held
from kernels.network import Network, parameter_count
from kernels.pace import Pace, grown
from kernels.parts import architecture
from kernels.parts.optimizer import Optimizer
from kernels.parts.optimizers.sgd import SGD
from kernels.results import Gradient, Training, rewritten
from kernels.supplied import OPERATIONS, Supplied
from kernels.support import aligned, batches, checks
from kernels.support.checks import Array
from kernels.support.inputs import Inputs
from kernels.trainer import Progress, Trainer

if TYPE_CHECKING:
    from kernels.support.blas import Limit

__all__ = ["OPERATIONS", "NotInstalledError", "NotOfferedError", "Plan", "Progress"]

Result = TypeVar("Result")
USUAL_ALPHA = 0.25
"""The article's step size; as a default it is told by identity from a number that was given."""


class Plan(Supplied):
    """A kernel made ready for one network; the module's docstring says what a kernel supplies.

    Parameters
    ----------
    network : the network; the plan keeps a copy of its parameters
    dtype : "float64" or "float32", in which everything is computed
    threads : how many threads may compute one call
    operations : the OPERATIONS the plan is made ready for; None for all the kernel offers
    loss : the loss of gradient and training, one of `kernels.parts.losses`

    Attributes
    ----------
    sizes, dtype, threads, operations : as given
    architecture : Architecture, with sizes, activations and loss
    build_seconds : float, duration of construction without the import of packages
    """

    def __init__(
        self,
        network: Network,
        dtype: Any = "float64",
        threads: int = 1,
        operations: Iterable[str] | None = None,
        loss: str = architecture.USUAL_LOSS,
    ) -> None:
        if not isinstance(network, Network):
            raise TypeError(f"network must be a kernels.Network, got {type(network).__name__}")
        self.dtype = checks.dtype(dtype)
        self.threads = checks.integer(threads, "threads", minimum=1)
        name = self.dtype.name
        if name not in self.dtypes:
            raise not_offered(f"dtype {name}", type(self), lambda kernel: name in kernel.dtypes)
        if not self.offers_threads(self.threads):
            raise not_offered(
                f"threads={threads}", type(self), lambda kernel: kernel.offers_threads(threads)
            )
        if operations is not None:
            self.operations = self._chosen(operations)
        self.sizes = network.sizes
        self.architecture = network.architecture._replace(
            loss=architecture.loss(loss, network.activations)
        )
        if not self.offers(self.architecture, name):
            raise not_offered_network(self.architecture, name, type(self))
        with self.naming_packages():
            self.import_requirements()
        start = time.perf_counter()
        self._outputs = self.sizes[-1]
        self._x_shape, self._y_shape = (self.sizes[0],), (self._outputs,)
        self._limit = self._blas_limit() if self.uses_blas else None
        self._shift = network.shift
        self._ready_dtype = None if network.architecture.shifted else self.dtype
        classes = self.architecture.functions[-1].over_nodes
        self._inputs = Inputs(self.dtype, self.sizes, self._shift, classes)
        self._in_force = Held()
        self._pace = Pace()
        with self.naming_packages():
            self.prepare()
            self._set(network.theta.copy())
            self.build()
            self._install_entries()
        self.build_seconds = time.perf_counter() - start

    # --- what a caller uses ---------------------------------------------------------------------

    def forward(self, x: Any, out: Array | None = None) -> Array:
        """The network's output for one sample.

        Parameters
        ----------
        x : (s_1,), anything that converts to the plan's dtype, or to float64 if the network has a
            shift, which is subtracted in float64
        out : (s_L,), optional; exactly the plan's dtype, C-ordered, not overlapping x

        Returns
        -------
        h[L] : (s_L,) in the plan's dtype; `out` if it was given, else a fresh array

        Raises
        ------
        TypeError, ValueError
            If x or out is of the wrong kind or shape, or holds no real numbers.
        """
        given = x
        if not (
            type(x) is np.ndarray and x.dtype is self._ready_dtype and x.shape == self._x_shape
        ):
            given, x = self._inputs.sample(x)
        out = checks.output(out, self.dtype, self._y_shape, given)
        if self._limit is None:
            self.sample_forward(self._in_force.parameters, x, out)
        else:
            self._limit.call(self.sample_forward, self._in_force.parameters, x, out)
        return out

    def forward_batch(self, X: Any, out: Array | None = None) -> Array:
        """The network's outputs for m samples: X (m, s_1) gives (m, s_L); otherwise as `forward`.

        No samples, X (0, s_1), give no outputs.
        """
        given, X = self._inputs.batch(X)
        out = checks.output(out, self.dtype, (len(X), self._outputs), given)
        if len(X):
            self._limited(self.batch_forward, self._in_force.parameters, X, out)
        return out

    def gradient(self, X: Any, Y: Any, out: Gradient | None = None) -> Gradient:
        """Cost and gradient over m samples.

        Parameters
        ----------
        X, Y : (m, s_1) and (m, s_L), m >= 1; or one sample, (s_1,) and (s_L,)
            With one output, Y may be (m,); with softmax, (m,) integers, the index of each class.
        out : a Gradient that this plan returned, whose theta and cost are replaced

        Returns
        -------
        Gradient
            `out` if it was given, else a new one.

        Raises
        ------
        NotOfferedError
            If the kernel has no gradients, or the plan was made without.
        TypeError, ValueError
            If X or Y is of the wrong kind or shape, or there are no samples; if out is of another
            network or dtype, or its theta cannot be written to or overlaps X or Y.
        """
        self._require("gradient")
        given = X, Y
        X, Y = self._inputs.pair(X, Y, "gradient")
        if out is None:
            theta = np.empty(parameter_count(self.sizes), self.dtype)
            out = Gradient(0.0, theta, self.sizes)
        else:
            sources = [one for one in (X, Y, *given) if isinstance(one, np.ndarray)]
            theta = rewritten(out, self.dtype, self.sizes, sources)
        cost, _ = self._limited(self.batch_gradient, self._in_force.parameters, X, Y, theta)
        object.__setattr__(out, "cost", float(cost))
        return out

    def train(
        self,
        X: Any,
        Y: Any,
        iterations: int = 3000,
        alpha: float = USUAL_ALPHA,
        progress: Progress | None = None,
        *,
        batch_size: int | None = None,
        optimizer: Optimizer | None = None,
        l2: float = 0.0,
        shuffle: Any = None,
    ) -> Training:
        """Gradient descent from the plan's parameters, which stay as they are.

        By default as in the article (§4.8, §4.9): each iteration is one step over all samples.

        Parameters
        ----------
        X, Y : as for `gradient`
        iterations : number of passes over the data
        alpha : step size: W[l] -= alpha dJ/dW[l]
        progress : called a few times a second with the iterations done, the latest cost and error
        batch_size : samples a step; the last step of a pass may have fewer. None: all
        optimizer : SGD, Adam or AdamW, each with its own learning rate, instead of alpha; None: the
            article's step
        l2 : the penalty on weights, as for `trainer`
        shuffle : the order of the samples in each pass: a seed or a NumPy Generator, for random
            ones; a RandomState, for the orders that scikit-learn makes with it; an array
            (iterations, m) of indices; None: 0, 1, 2 ... in every pass

        Returns
        -------
        Training
            Its cost and error are means over each pass, of every sample before the step of its
            batch.

        Raises
        ------
        NotOfferedError, TypeError, ValueError
            As `gradient`; also if an argument is of the wrong kind or out of its range, or alpha is
            given with an optimizer.

        Warns
        -----
        RuntimeWarning
            If the cost became NaN or infinite; the result is returned as it is.
        UserWarning
            If batch_size is above m.
        """
        self._require("train")
        X, Y = self._inputs.pair(X, Y, "train")
        iterations = checks.integer(iterations, "iterations", minimum=0)
        cost, error = np.empty(iterations), np.empty(iterations)
        rate, l2 = checks.real(alpha, "alpha", self.dtype), checks.real(l2, "l2", self.dtype)
        if l2 == 0 and all(one is None for one in (batch_size, optimizer, shuffle)):
            theta = self._descended(X, Y, rate, cost, error, progress)
            network = self._snapshot(theta.astype(np.float64))
        else:
            if optimizer is None:
                if rate < 0:
                    raise ValueError(f"alpha must be at least 0 for batches, got {rate}")
                optimizer = SGD(rate)
            elif alpha is not USUAL_ALPHA:
                raise ValueError(
                    "give alpha or optimizer, not both: an optimizer has its learning rate"
                )
            trainer = Trainer(self, optimizer, l2)
            permuted = partial(self.random_orders, optimizer)
            orders = batches.orders(shuffle, iterations, len(X), permuted)
            trainer.run(X, Y, orders, batch_size, cost, error, progress)
            network = trainer.network
        lost = np.flatnonzero(~np.isfinite(cost))
        if lost.size:
            warnings.warn(
                f"the training diverged: the cost is not finite from iteration {lost[0]} on",
                RuntimeWarning,
                stacklevel=2,
            )
        return Training(network, cost, error)

    def _descended(
        self, X: Array, Y: Array, alpha: float, cost: Array, error: Array, progress: Progress | None
    ) -> Array:
        """theta after a step over all samples for each entry of cost and error."""
        theta = self.network.theta.astype(self.dtype)
        done, chunk = 0, 1
        while done < len(cost):
            end = min(done + chunk, len(cost))
            start = time.perf_counter()
            self._limited(self.descend, theta, X, Y, alpha, cost[done:end], error[done:end])
            chunk = grown(end - done, time.perf_counter() - start, most=2)
            done = end
            if progress is not None:
                progress(done, float(cost[done - 1]), float(error[done - 1]))
        return theta

    def trainer(self, optimizer: Optimizer, l2: float = 0.0) -> Trainer:
        """A training from the plan's parameters, to be made pass by pass: see `Trainer`.

        Parameters
        ----------
        optimizer : SGD, Adam or AdamW
        l2 : the penalty on weights: each batch's cost grows by l2/2 times the sum of all squared
            weights divided by its samples, as with scikit-learn's alpha

        Raises
        ------
        NotOfferedError, TypeError, ValueError
            If the plan has no trainings, or an argument is of the wrong kind or out of its range.
        """
        self._require("train")
        return Trainer(self, optimizer, l2)

    def update(self, theta: Any) -> None:
        """Take new parameters, flat as `Network.theta`, for the same sizes.

        Rungs rebuild nothing; a library that has the parameters as constants makes its program
        anew.
        """
        self._set(checks.parameters(theta, self.network.theta.size))

    def __reduce__(self) -> tuple[Any, ...]:
        # a copy is built anew: workspaces and compiled entries belong to one plan
        arguments = (self.network, self.dtype.name, self.threads, self.operations)
        return type(self), (*arguments, self.architecture.loss)

    def __repr__(self) -> str:
        network = self.architecture._replace(loss=architecture.USUAL_LOSS)
        threads = f"{self.threads} thread" + "s" * (self.threads > 1)
        loss = f"{self.architecture.loss} loss"
        return f"<Plan {self.name}: {network}, {self.dtype}, {threads}, {loss}>"

    # --- helpers --------------------------------------------------------------------------------

    def _blas_limit(self) -> Limit:
        from kernels.support.blas import Limit

        return Limit(self.threads)

    def _limited(self, compute: Callable[..., Result], *arguments: Any) -> Result:
        """Call a supplied method, with BLAS limited to the plan's threads if it uses BLAS."""
        if self._limit is None:
            return compute(*arguments)
        return self._limit.call(compute, *arguments)

    def _set(self, theta: Array) -> None:
        with np.errstate(over="ignore"):
            converted = aligned.copy(theta, self.dtype)
        if not np.isfinite(converted).all():
            checks.parameters(theta, theta.size)  # explains NaN and infinity
            raise ValueError(f"theta must be finite in {self.dtype}, got a number beyond its range")
        parameters = self.pack(converted)
        theta.flags.writeable = False  # a write would change the network, but not the parameters
        self._in_force.parameters = parameters
        self._in_force.network = parameters, self._snapshot(theta)

    @property
    def _parameters(self) -> Any:
        """What `pack` returned for the parameters in force."""
        return self._in_force.parameters

    @_parameters.setter
    def _parameters(self, value: Any) -> None:
        self._in_force.parameters = value

    @property
    def network(self) -> Network:
        """The plan's own network in float64, which cannot be written to."""
        return self._in_force.network[1]

    def _snapshot(self, theta: Array) -> Network:
        return Network._unchecked(self.sizes, theta, self.architecture.activations, self._shift)

    def _install_entries(self) -> None:
        """Put the native entries that are used on this plan; `kernels.entries` decides which."""
        if not entries.are_trusted(type(self)):
            return
        for operation, entry in entries.used(entries.stand_in(self), Plan).items():
            setattr(self, operation, entry)
