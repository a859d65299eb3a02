"""Ways to compute a small neural network from Python, behind one interface.

A kernel is one way; a plan is a kernel made ready for one network::

    import kernels

    network = kernels.Network.random((100, 100, 50, 10), seed=0)
    plan = kernels.plan(network)
    y = plan.forward(x)

`LADDER` names the rungs, each of which avoids a cost of the one before; `PEERS` names libraries
that people would use instead, and C. `compile` makes a trained network of scikit-learn, PyTorch or
Keras fast; `from kernels import *` leaves it out, so that Python's own `compile` stays reachable.
`load` reads it from a file. `kernels.contract` checks a kernel.

Importing this package imports NumPy and nothing heavier: a kernel's own packages are imported
when it is planned.
"""

from __future__ import annotations

import importlib
import os
import time
from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

from kernels import plugins
from kernels.errors import ChangedError, NotInstalledError, NotOfferedError, PluginError
from kernels.interface import OPERATIONS, Plan
from kernels.many import train_many
from kernels.network import Network
from kernels.parts.optimizers import SGD, Adam, AdamW
from kernels.results import Gradient, Training
from kernels.support import checks, imports
from kernels.trainer import Trainer

if TYPE_CHECKING:
    from kernels import contract as contract
    from kernels.sklearn.fitted import Compiled

__version__ = "0.1.0"

__all__ = [
    "LADDER",
    "OPERATIONS",
    "PEERS",
    "SGD",
    "Adam",
    "AdamW",
    "ChangedError",
    "Gradient",
    "Network",
    "NotInstalledError",
    "NotOfferedError",
    "Plan",
    "PluginError",
    "Trainer",
    "Training",
    "find",
    "installed",
    "is_installed",
    "load",
    "missing",
    "names",
    "plan",
    "train_many",
]

UNSTARRED = ("__version__", "compile", "contract")
"""Public names that `from kernels import *` leaves out."""

LOADED = time.time()
"""Time of this import: files edited later may differ from the sources that this process runs."""

LADDER = ("looped", "vectorized", "batched", "jitted", "specialized")
"""Names of the rungs, each of which avoids a cost of the one before."""

PEERS = (
    "c",
    "eigen",
    "numpy-expert",
    "scikit-learn",
    "litert",
    "onnx-runtime",
    "onnx-runtime-run",
    "pytorch",
    "pytorch-module",
    "pytorch-compile",
    "jax",
    "jax-arguments",
    "tensorflow",
    "tensorflow-xla",
    "keras",
    "pytensor",
    "pytensor-safe",
)
"""Names of the peers, what people would use instead, one file each in `kernels.peers`."""


if not TYPE_CHECKING:  # a type checker would take every name for an attribute

    def __getattr__(name: str) -> Any:
        # `kernels.contract.failures(...)` works without an import, and costs none before
        if name == "contract":
            return importlib.import_module("kernels.contract")
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")


def __dir__() -> list[str]:
    return sorted([*__all__, *UNSTARRED])


def names() -> tuple[str, ...]:
    """Names of all kernels, installed or not: rungs, peers, and those that other packages offer."""
    own = LADDER + PEERS
    return own + tuple(sorted(plugins.entries().keys() - set(own)))


def find(name: str) -> type[Plan]:
    """The kernel of this name, as a subclass of `Plan`.

    Raises
    ------
    TypeError
        If the name is not a string.
    ValueError
        If no kernel has this name.
    ImportError
        If its module cannot be imported, however a package that it needs fails; PluginError for a
        kernel of another package.
    """
    if not isinstance(name, str):
        raise TypeError(f"a kernel is named by a string, got {name!r}")
    if name in LADDER + PEERS:  # other packages' metadata need not be read for them
        folder = "kernels.rungs" if name in LADDER else "kernels.peers"
        kernel: type[Plan] = imports.load(f"{folder}.{name.replace('-', '_')}").Kernel
        return kernel
    known = names()
    if name not in known:
        hint = checks.near(name, known)
        raise ValueError(f"no kernel is called {name!r}; there are {', '.join(known)}{hint}")
    return plugins.load(name)


def missing(name: str) -> str | None:
    """Reason why kernel `name` cannot be used here, in one line; None if none is found.

    A peer's packages are looked for, but not imported.
    """
    if isinstance(name, str) and name not in LADDER + PEERS and name in names():
        return plugins.missing(name)
    try:
        return find(name).missing()
    except ImportError as error:  # Numba, say, does not go with this NumPy
        if (error.name or "").split(".")[0] == __name__:
            raise  # a fault of ours is not hidden
        return " ".join(str(error).split())


def is_installed(name: str) -> bool:
    """True if kernel `name` can be used here, as far as `missing` can see."""
    return missing(name) is None


def installed() -> list[type[Plan]]:
    """The rungs and peers that can be used here."""
    return [find(name) for name in LADDER + PEERS if is_installed(name)]


def plan(
    network: Network,
    kernel: str | type[Plan] | None = None,
    dtype: Any = "float64",
    threads: int = 1,
    operations: Iterable[str] | None = None,
    loss: str = "squared",
) -> Plan:
    """Make a kernel ready for one network.

    Parameters
    ----------
    network : the network; later changes to it do not reach the plan (see `Plan.update`)
    kernel : one of `names()`, or a subclass of `Plan`; None for the last rung that can be used
        here: specialized, or batched where llvmlite cannot be used. Nothing is measured.
    dtype : "float64" or "float32", in which everything is computed
    threads : how many threads may compute one call
    operations : the `OPERATIONS` the plan will be asked for; None for all the kernel offers
        Fewer make generated code quicker to build. `forward` and `forward_batch` always work;
        `gradient` and `train` are refused if they are not among them.
    loss : the loss of gradient and training: "squared", the article's 1/2 ||y - h||^2; "log", which
        needs softmax or logistic outputs; or "poisson", which needs exp outputs

    Raises
    ------
    TypeError, ValueError
        If an argument is not what it should be; NotOfferedError (a ValueError) where the kernel
        has no such dtype, thread count, activation or loss.
    ImportError
        If the kernel needs a package that is not installed (NotInstalledError for a peer) or is not
        as the kernel knows it (ChangedError), or its module cannot be imported (PluginError for a
        kernel of another package).
    """
    if kernel is None:
        kernel = next(rung for rung in reversed(LADDER) if is_installed(rung))
    chosen = kernel if isinstance(kernel, type) and issubclass(kernel, Plan) else find(kernel)
    return chosen(network, dtype, threads, operations, loss)


def compile(
    estimator: Any, dtype: Any = "float64", threads: int = 1, check_finite: bool = True
) -> Compiled:
    """Compile a trained network, for predictions in about a microsecond.

    Parameters
    ----------
    estimator : a fitted MLPClassifier, MLPRegressor, or a Pipeline ending in one; or a
        torch.nn.Module or a model of Keras, as `Network.from_torch` and `from_keras` take them
        Also a search (GridSearchCV and the like), FrozenEstimator, TransformedTargetRegressor
        or MultiOutputRegressor around one. A subclass may override methods that neither predict
        nor transform. Earlier steps may be

        - scalers (StandardScaler, RobustScaler, MinMaxScaler, MaxAbsScaler), projections (PCA,
          IncrementalPCA, TruncatedSVD), selections (all that have `get_support`) and
          FunctionTransformer without a function, which are folded into the network;
        - SimpleImputer, OneHotEncoder, OrdinalEncoder, scalers that clip, and a selection that
          takes NaN, which compiled code carries out before the network;
        - ColumnTransformer, FeatureUnion and Pipeline of such steps.
    dtype : "float64" or "float32", in which everything is computed
    threads : how many threads may compute one call
    check_finite : refuse NaN and infinity, as scikit-learn does; modules and models never do

    Returns
    -------
    kernels.sklearn.fitted.Compiled
        With `predict` and, for a classifier, `predict_proba` and `predict_log_proba`, which take
        and give what scikit-learn's do; `one(x)` for one sample, straight to the compiled code;
        and `network`, a copy of the compiled network, whose inputs are the features that are
        computed first, if there are such.
        Log-probabilities come from the outputs' z: they are right where probabilities are too
        small for a float64, and the first call compiles code for them. It is an estimator for
        scikit-learn's tools too (`score`, scorers, ensembles, Pipelines), but `fit` changes
        nothing; `save(path)` keeps it in a file for `kernels.load`.
        For a module or model it is a kernels.exchange.compiled.CompiledModule, which is called as
        that is, and has `one`, `network` and `save` too.

    Raises
    ------
    TypeError, ValueError
        If it is not such an estimator, overrides what scikit-learn computes, or has a step or
        layer that cannot be compiled; the message then names it and what to do instead.
    sklearn.exceptions.NotFittedError
        If it has not been fitted.
    """
    from kernels.exchange import compiled

    kept: Any = compiled.read(estimator, dtype, threads)
    if kept is not None:
        fast: Compiled = kept.compiled()  # for type checkers `Compiled` has what a module has
        return fast
    from kernels.sklearn import fitted

    return fitted.compile_estimator(estimator, dtype, threads, check_finite)


def load(path: str | os.PathLike[str]) -> Compiled:
    """Read what `compile` made from the .npz file that its `save` wrote.

    It gives the same results to the last bit on the same machine. Nothing in the file is unpickled,
    and the library that it came from need not be installed. Files of a `Network` are read by
    `Network.load`.

    Raises
    ------
    OSError
        If the file cannot be read.
    ValueError
        If it does not hold a compiled estimator or module, or is damaged, or a newer version wrote
        it.
    """
    from kernels import storage

    def kept_in(archive: Any) -> Any:
        if storage.MODULE in archive:
            from kernels.exchange import compiled

            return compiled.kept_in(archive)
        from kernels.sklearn.files import keeping

        return keeping.kept_in(archive)

    found: Compiled = storage.read(path, "a compiled estimator or module", kept_in).compiled()
    return found
