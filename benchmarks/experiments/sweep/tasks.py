"""Tasks: trainings of one setting with several seeds, on one thread, and their results.

A result depends on data, setting, seed and version, of which its key is a digest. It is the same
to the last bit wherever code for the same processor computes it.
"""

from __future__ import annotations

import functools
import hashlib
import json
import math
import platform
import time
import warnings
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np

import kernels
from benchmarks.experiments.sweep import once, settings
from benchmarks.experiments.sweep.data import Data
from benchmarks.experiments.sweep.settings import Setting
from benchmarks.measure.arrays import Array
from kernels import Network, Plan, Training


@dataclass(frozen=True)
class Task:
    """Trainings that a worker makes in one go.

    Parameters
    ----------
    setting : how each network is trained
    seeds : a network for each; the seed draws its first weights and the orders of the samples
    version : the `version()` that must be trained with
    """

    setting: Setting
    seeds: tuple[int, ...]
    version: str


@dataclass(frozen=True)
class Result:
    """The outcome of one training.

    Attributes
    ----------
    key : identifies data, setting, seed and version
    setting, seed : what was trained
    score : accuracy in % of classes, R² of numbers, on the test samples; NaN if it diverged
    cost : mean loss over the last pass, or NaN or infinity if the training diverged
    seconds : duration of drawing, training and testing a network, the mean of its task
    theta : hexadecimal SHA-256 of the trained parameters' bytes
    instructions : kernel and processor that the bits depend on
    """

    key: str
    setting: Setting
    seed: int
    score: float
    cost: float
    seconds: float
    theta: str
    instructions: str


@functools.cache
def version() -> str:
    """The version of `kernels` and a digest of its sources.

    Raises OSError if they cannot be read.
    """
    folder = Path(kernels.__file__).parent
    found = hashlib.sha256()
    for path in sorted(folder.rglob("*.py")):
        found.update(path.relative_to(folder).as_posix().encode() + b"\0")
        found.update(path.read_bytes())
    return f"{kernels.__version__} {found.hexdigest()[:16]}"


@functools.cache
def instructions() -> str:
    """What the bits of a training depend on besides its key: kernel, processor, libraries."""
    kernel = next(name for name in reversed(kernels.LADDER) if kernels.is_installed(name))
    parts = [kernel, platform.machine(), f"numpy {np.__version__}"]
    if kernel == "specialized":
        import llvmlite.binding

        from kernels.codegen.llvm.target import Target

        host = Target.host()
        digest = hashlib.sha256(f"{host.cpu} {host.features}".encode()).hexdigest()[:8]
        llvm = ".".join(map(str, llvmlite.binding.llvm_version_info))
        parts += [host.cpu, digest, f"LLVM {llvm}"]
    return " ".join(parts)


def key(setting: Setting, seed: int, version: str, data: Data) -> str:
    """The key of a result: a hexadecimal SHA-256 of all that it depends on."""
    network = settings.output(data), settings.loss(data), data.inputs, data.outputs
    parts = data.digest, network, setting.description(), seed, version
    return hashlib.sha256(json.dumps(parts, sort_keys=True).encode()).hexdigest()


def run(task: Task, data: Data) -> list[Result]:
    """Train a network for each seed of a task, one after the other on one thread, and test it.

    Raises
    ------
    RuntimeError
        If this process has another version of `kernels` than the task is for.
    """
    if task.version != version():
        raise RuntimeError(
            f"this worker has kernels {version()}, the sweep is of {task.version}: install the same"
        )
    setting = task.setting
    plan = ready(setting, data)
    start = time.perf_counter()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # a training that diverged has no score
        trained = [
            (one.network, float(one.cost[-1]), score(plan, one.network, data))
            for one in trainings(task, data)
        ]
    each = (time.perf_counter() - start) / len(task.seeds)
    return [
        Result(
            key(setting, seed, task.version, data),
            setting,
            seed,
            reached,
            cost,
            each,
            digest(network),
            instructions(),
        )
        for seed, (network, cost, reached) in zip(task.seeds, trained, strict=True)
    ]


def trainings(task: Task, data: Data) -> Iterator[Training]:
    """The training of each seed."""
    networks = (task.setting.network(data, seed) for seed in task.seeds)
    return kernels.train_many(
        networks,
        data.X_train,
        data.Y_train,
        **task.setting.options(),
        seeds=task.seeds,
        loss=settings.loss(data),
        threads=1,
    )


def ready(setting: Setting, data: Data) -> Plan:
    """A plan whose code, and that of the optimizer, is compiled or loaded from disk."""
    with once.alone(setting.name(data)):
        network = setting.network(data, 0)
        plan = kernels.plan(network, loss=settings.loss(data), operations=["train"])
    with once.alone(setting.optimizer):  # it serves all networks
        options = setting.options() | {"iterations": 1, "batch_size": 1}
        plan.train(data.X_train[:1], data.Y_train[:1], **options)
    return plan


def digest(network: Network) -> str:
    """A hexadecimal SHA-256 of the bytes of a network's parameters."""
    return hashlib.sha256(network.theta.tobytes()).hexdigest()


def score(plan: Plan, network: Network, data: Data) -> float:
    """Accuracy in % or R² of a network on the test samples; NaN if its parameters are not finite.

    With several numbers to predict it is the mean of their R².
    """
    if not np.isfinite(network.theta).all():
        return math.nan
    plan.update(network.theta)
    outputs = plan.forward_batch(data.X_test)
    if data.classes is not None:
        return 100 * float(np.mean(outputs.argmax(axis=1) == data.Y_test))
    return r_squared(outputs, data.Y_test)


def r_squared(outputs: Array, targets: Array) -> float:
    """1 - (sum of squared errors) / (sum of squares around the mean), the mean over columns."""
    with np.errstate(over="ignore", invalid="ignore"):
        errors = np.square(targets - outputs).sum(axis=0)
        around = np.square(targets - targets.mean(axis=0)).sum(axis=0)
        found = float(np.mean(1 - errors / around))
    return found if math.isfinite(found) else math.nan
