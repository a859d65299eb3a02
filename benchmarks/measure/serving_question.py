"""The questions of `python -m benchmarks compile` and `fit`: how long estimators take."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any, ClassVar

from benchmarks.measure import choices
from benchmarks.measure import sizes as naming
from benchmarks.measure.fits import FITS
from benchmarks.measure.pipelines import PIPELINES
from benchmarks.measure.rows import Row
from kernels.parts.activations import ACTIVATIONS
from kernels.parts.architecture import USUAL, Architecture
from kernels.parts.losses.log import PART as LOG
from kernels.parts.losses.poisson import PART as POISSON
from kernels.parts.losses.squared import PART as SQUARED
from kernels.support import checks

SERVE = "serve"
"""The operation in rows of a `ServingQuestion`."""
PREDICT = "predict"
"""The operation in rows of a `PipelineQuestion`."""

DATA = {
    "digits": (64, 10, "softmax"),
    "iris": (4, 3, "softmax"),
    "wine": (13, 3, "softmax"),
    "breast-cancer": (30, 1, "logistic"),
    "diabetes": (10, 1, "identity"),
    "linnerud": (3, 3, "identity"),
}
"""Data sets of scikit-learn, with inputs, outputs and the usual output activation of a network
fitted on each."""
REGRESSIONS = ("diabetes", "linnerud")
SERVED_ACTIVATIONS = tuple(
    name for name, f in ACTIVATIONS.items() if f.hidden and "scikit-learn" in f.libraries
)
"""Hidden activations that scikit-learn's networks may have."""
SERVED_DEFAULT = "relu"
"""The one that they have if none is given."""


FIT = "fit"
"""The operation in rows of a `FitQuestion`."""


class Served:
    """The part of a question that all have which ask for the work of an estimator."""

    operation: ClassVar[str]
    dtype: ClassVar[str] = "float64"
    threads: ClassVar[int] = 1
    rows: int | None

    @property
    def name(self) -> str:
        """The name of what works."""
        raise NotImplementedError

    def columns(self) -> dict[str, Any]:
        """The fields of a row that say what was asked, one for each of `COLUMNS`."""
        return {
            "workload": self.name,
            "operation": self.operation,
            "dtype": self.dtype,
            "rows": self.rows,
            "threads": self.threads,
            "iterations": None,
            "loss": None,
            "weights": None,
            "training": None,
        }

    def row(self, quantity: str, kernel: str, **fields: Any) -> Row:
        """A result row about this question."""
        return Row(quantity=quantity, kernel=kernel, **self.columns() | fields)

    def encoded(self) -> dict[str, Any]:
        """The question as an object of JSON, from which `decoded` makes it again."""
        return {"kind": type(self).__name__, **asdict(self)}  # type: ignore[call-overload]


@dataclass(frozen=True)
class ServingQuestion(Served):
    """The time of one prediction by a StandardScaler and a network, fitted by scikit-learn.

    Parameters
    ----------
    data : the data set that both are fitted on, one of `DATA`
    hidden : nodes of each hidden layer
    activation : activation of the hidden layers, one of `SERVED_ACTIVATIONS`
    rows : samples in one call
    loss : the loss that is minimised, one of `losses(data)`; "" for the usual one

    Raises ValueError if a parameter is out of range.
    """

    data: str = "digits"
    hidden: tuple[int, ...] = (30,)
    activation: str = SERVED_DEFAULT
    rows: int = 1
    loss: str = ""

    operation: ClassVar[str] = SERVE

    def __post_init__(self) -> None:
        choices.check("--data", self.data, DATA)
        choices.check("--activations", self.activation, SERVED_ACTIVATIONS)
        offered = losses(self.data)
        if self.loss and self.loss not in offered:
            known = " or ".join(offered)
            raise ValueError(f"--loss is {known} for --data {self.data}, got {self.loss!r}")
        checks.integer(self.rows, "rows", minimum=1)
        inputs, outputs, _ = DATA[self.data]
        sizes = checks.sizes((inputs, *self.hidden, outputs))
        object.__setattr__(self, "hidden", sizes[1:-1])
        # one form for equal questions
        object.__setattr__(self, "loss", self.loss or next(iter(offered)))
        if not self.hidden:
            object.__setattr__(self, "activation", SERVED_DEFAULT)

    @property
    def architecture(self) -> Architecture:
        """Sizes and activations of the fitted network."""
        inputs, outputs, _ = DATA[self.data]
        activations = (*(self.activation for _ in self.hidden), losses(self.data)[self.loss])
        return Architecture((inputs, *self.hidden, outputs), activations)

    @property
    def name(self) -> str:
        """The data set and the network: `digits: 64-30-10 (relu, softmax)`."""
        return f"{self.data}: {self.architecture}"

    @classmethod
    def of_row(cls, record: Mapping[str, Any]) -> ServingQuestion:
        """The question of a stored row.

        Raises ValueError if the row's workload is not the `name` of such a question.
        """
        workload = str(record.get("workload"))
        data, _, network = workload.partition(": ")
        numbers, _, functions = network.partition(" ")
        # names leave the article's activation out
        first, *_, last = (functions.strip("()") or USUAL).split(", ") * 2
        try:
            hidden = naming.parse_sizes(numbers)[1:-1]
            activation = first if hidden else SERVED_DEFAULT
            known = losses(data) if data in DATA else {}
            loss = next((name for name, output in known.items() if output == last), "")
            found = cls(data, hidden, activation, record.get("rows") or 1, loss)
        except ValueError as error:
            raise ValueError(f"no served network is called {workload!r} ({error})") from None
        if found.name != workload:
            raise ValueError(f"no served network is called {workload!r}: is {found.name!r} meant?")
        return found


@dataclass(frozen=True)
class PipelineQuestion(Served):
    """The time of one prediction by a typical Pipeline, fitted by scikit-learn on made-up data.

    Parameters
    ----------
    pipeline : one of `PIPELINES`
    rows : samples in one call

    Raises ValueError if a parameter is out of range.
    """

    pipeline: str
    rows: int = 1

    operation: ClassVar[str] = PREDICT

    def __post_init__(self) -> None:
        choices.check("--pipeline", self.pipeline, PIPELINES)
        checks.integer(self.rows, "rows", minimum=1)

    @property
    def name(self) -> str:
        """The Pipeline's name: `pipeline scaler`."""
        return f"pipeline {self.pipeline}"

    @classmethod
    def of_row(cls, record: Mapping[str, Any]) -> PipelineQuestion:
        """The question of a stored row.

        Raises ValueError if the row's workload is not the `name` of such a question.
        """
        workload = str(record.get("workload"))
        word, _, pipeline = workload.partition(" ")
        if word != "pipeline" or pipeline not in PIPELINES:
            raise ValueError(f"no served Pipeline is called {workload!r}")
        return cls(pipeline, record.get("rows") or 1)


@dataclass(frozen=True)
class FitQuestion(Served):
    """The time of a training of scikit-learn's MLPClassifier.

    Parameters
    ----------
    task : one of `FITS`

    Raises ValueError if there is no such task.
    """

    task: str
    rows: None = None

    operation: ClassVar[str] = FIT

    def __post_init__(self) -> None:
        choices.check("--task", self.task, FITS)

    @property
    def what(self) -> str:
        """What is fitted, in words."""
        return FITS[self.task].what

    @property
    def name(self) -> str:
        """The task's name: `iris-32`."""
        return self.task

    @classmethod
    def of_row(cls, record: Mapping[str, Any]) -> FitQuestion:
        """The question of a stored row.

        Raises ValueError if the row's workload is not the `name` of such a question.
        """
        workload = str(record.get("workload"))
        if workload not in FITS:
            raise ValueError(f"no fit is called {workload!r}")
        return cls(workload)


def losses(data: str) -> dict[str, str]:
    """The losses that scikit-learn minimises on a data set, each with its output activation."""
    *_, output = DATA[data]
    if data not in REGRESSIONS:
        return {LOG.name: output}
    return {loss.name: (loss.outputs or (output,))[0] for loss in (SQUARED, POISSON)}
