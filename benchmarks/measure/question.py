"""Questions of measurements, each the same from the command line to the worker, the row and back.

    Question((24, 64, 64, 4), "gradient", rows=32, activations=("relu", "relu", "softmax"))

A command makes one from its options; `encoded` gives the JSON that is piped to a worker, where
`decoded` restores it; `row` writes it into every result row; `of_row` reads it from a stored row.
There are two kinds: an operation of a network (`Question`), and the predictions of a fitted
scikit-learn network (`ServingQuestion`).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any, ClassVar

from benchmarks.measure import sizes as naming
from benchmarks.measure import workloads
from benchmarks.measure.rows import Row
from benchmarks.measure.workloads import Workload
from kernels import OPERATIONS
from kernels.parts import architecture
from kernels.parts.architecture import Architecture
from kernels.support import checks

COLUMNS = ("workload", "operation", "dtype", "rows", "threads", "iterations", "loss")
"""The columns that identify a question: rows that agree in them answer the same one."""
SERVE = "serve"
"""The operation in rows of a `ServingQuestion`."""
USUAL_LOSS = "squared"

DATA = {
    "digits": (64, 10, "softmax"),
    "iris": (4, 3, "softmax"),
    "wine": (13, 3, "softmax"),
    "breast-cancer": (30, 1, "logistic"),
    "diabetes": (10, 1, "identity"),
    "linnerud": (3, 3, "identity"),
}
"""Data sets of scikit-learn, with inputs, outputs and output activation of a network fitted on
each. The last two are regressions."""
SERVED_ACTIVATIONS = ("relu", "tanh", "logistic", "identity")
"""Hidden activations that scikit-learn's networks may have."""


@dataclass(frozen=True)
class Question:
    """The time of one call of an operation of a network.

    Parameters
    ----------
    sizes : nodes of each layer, inputs first
    operation : one of `kernels.OPERATIONS`
    rows : samples in one call; 1 for "forward"
    activations : one name for each layer after the first; None: all logistic, as in the article
    loss : the loss of gradient and training, "squared" or "log"
    dtype : "float64" or "float32"
    threads : the number of threads that one call may use
    iterations : the number of iterations of "train" that are timed
    alpha : the step size of "train"

    Raises
    ------
    TypeError, ValueError
        If a parameter has the wrong type or is out of range.
    """

    sizes: tuple[int, ...]
    operation: str
    rows: int
    activations: tuple[str, ...] | None = None
    loss: str = USUAL_LOSS
    dtype: str = "float64"
    threads: int = 1
    iterations: int = 1
    alpha: float = 0.25

    def __post_init__(self) -> None:
        if self.operation not in OPERATIONS:
            known = ", ".join(OPERATIONS)
            raise ValueError(f"an operation is one of {known}, got {self.operation!r}")
        if self.operation == "forward" and self.rows != 1:
            raise ValueError(f"forward is of one sample, got {self.rows}: ask for forward_batch")
        if not isinstance(self.dtype, str):
            raise TypeError(f"dtype must be a name, got {self.dtype!r}")
        dtype = checks.dtype(self.dtype)
        sizes = checks.sizes(self.sizes)
        functions = architecture.activations(self.activations, sizes)
        architecture.loss(self.loss, functions)
        usual = functions == architecture.article(sizes)
        # one form for equal questions, whoever wrote the article's activations out
        for name in ("rows", "threads", "iterations"):
            number = checks.integer(getattr(self, name), name, minimum=1)
            object.__setattr__(self, name, number)
        object.__setattr__(self, "alpha", checks.real(self.alpha, "alpha", dtype))
        object.__setattr__(self, "dtype", dtype.name)
        object.__setattr__(self, "sizes", sizes)
        object.__setattr__(self, "activations", None if usual else functions)

    @property
    def workload(self) -> Workload:
        """The network with its samples; for "forward" more than the one that a call takes."""
        rows = None if self.operation == "forward" else self.rows
        return workloads.of_sizes(self.sizes, rows, self.activations)

    @property
    def name(self) -> str:
        """The name of the workload: `100-100-50-10`, `24-64-64-4-relu-softmax`."""
        return workloads.name_of(self.sizes, self.activations)

    def columns(self) -> dict[str, Any]:
        """The fields of a row that say what was asked, one for each of `COLUMNS`."""
        return {
            "workload": self.name,
            "operation": self.operation,
            "dtype": self.dtype,
            "rows": None if self.operation == "forward" else self.rows,
            "threads": self.threads,
            "iterations": self.iterations if self.operation == "train" else None,
            "loss": None if self.loss == USUAL_LOSS else self.loss,
        }

    def row(self, quantity: str, kernel: str, **fields: Any) -> Row:
        """A result row about this question."""
        return Row(quantity=quantity, kernel=kernel, **self.columns() | fields)

    @classmethod
    def of_row(cls, record: Mapping[str, Any]) -> Question:
        """The question of a stored row; what the row leaves out has its usual value.

        Raises ValueError if the row is about no operation of a network.
        """
        workload, operation = record.get("workload"), record.get("operation")
        if not isinstance(workload, str) or operation is None:
            raise ValueError("a row without a workload or an operation asks nothing")
        sizes, activations = naming.parse_network(workload)
        return cls(
            sizes,
            operation,
            record.get("rows") or 1,
            activations,
            record.get("loss") or USUAL_LOSS,
            record.get("dtype") or "float64",
            record.get("threads") or 1,
            record.get("iterations") or 1,
        )

    def encoded(self) -> dict[str, Any]:
        """The question as an object of JSON, from which `decoded` makes it again."""
        return {"kind": type(self).__name__, **asdict(self)}


@dataclass(frozen=True)
class ServingQuestion:
    """The time of one prediction by a StandardScaler and a network, fitted by scikit-learn.

    Parameters
    ----------
    data : the data set that both are fitted on, one of `DATA`
    hidden : nodes of each hidden layer
    activation : activation of the hidden layers, one of `SERVED_ACTIVATIONS`; "relu" without any
    rows : samples in one call

    Raises ValueError if a parameter is out of range.
    """

    data: str = "digits"
    hidden: tuple[int, ...] = (30,)
    activation: str = "relu"
    rows: int = 1

    operation: ClassVar[str] = SERVE
    dtype: ClassVar[str] = "float64"
    threads: ClassVar[int] = 1

    def __post_init__(self) -> None:
        if self.data not in DATA:
            raise ValueError(f"--data is one of {', '.join(DATA)}, got {self.data!r}")
        if self.activation not in SERVED_ACTIVATIONS:
            known = ", ".join(SERVED_ACTIVATIONS)
            raise ValueError(f"--activation is one of {known}, got {self.activation!r}")
        checks.integer(self.rows, "rows", minimum=1)
        inputs, outputs, _ = DATA[self.data]
        sizes = checks.sizes((inputs, *self.hidden, outputs))
        object.__setattr__(self, "hidden", sizes[1:-1])
        if not self.hidden:  # one form for equal questions
            object.__setattr__(self, "activation", "relu")

    @property
    def architecture(self) -> Architecture:
        """Sizes and activations of the fitted network."""
        inputs, outputs, output = DATA[self.data]
        activations = (*(self.activation for _ in self.hidden), output)
        return Architecture((inputs, *self.hidden, outputs), activations)

    @property
    def name(self) -> str:
        """The data set and the network: `digits: 64-30-10 (relu, softmax)`."""
        return f"{self.data}: {self.architecture}"

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
        }

    def row(self, quantity: str, kernel: str, **fields: Any) -> Row:
        """A result row about this question."""
        return Row(quantity=quantity, kernel=kernel, **self.columns() | fields)

    @classmethod
    def of_row(cls, record: Mapping[str, Any]) -> ServingQuestion:
        """The question of a stored row.

        Raises ValueError if the row's workload is not the `name` of such a question.
        """
        workload = str(record.get("workload"))
        data, _, network = workload.partition(": ")
        numbers, _, functions = network.partition(" ")
        activation = functions.strip("()").partition(",")[0] or "logistic"
        try:
            hidden = naming.parse_sizes(numbers)[1:-1]
            found = cls(data, hidden, activation if hidden else "relu", record.get("rows") or 1)
        except ValueError as error:
            raise ValueError(f"no served network is called {workload!r} ({error})") from None
        if found.name != workload:
            raise ValueError(f"no served network is called {workload!r}: is {found.name!r} meant?")
        return found

    def encoded(self) -> dict[str, Any]:
        """The question as an object of JSON, from which `decoded` makes it again."""
        return {"kind": type(self).__name__, **asdict(self)}


AnyQuestion = Question | ServingQuestion
KINDS: dict[str, type[AnyQuestion]] = {one.__name__: one for one in (Question, ServingQuestion)}


def decoded(content: Mapping[str, Any]) -> AnyQuestion:
    """The question, of whichever kind, from the JSON object that `encoded` made."""
    kind = KINDS[content["kind"]]
    fields: dict[str, Any] = {
        name: tuple(value) if isinstance(value, list) else value
        for name, value in content.items()
        if name != "kind"
    }
    return kind(**fields)


def of_row(record: Mapping[str, Any]) -> AnyQuestion:
    """The question, of whichever kind, that a stored row answers.

    Raises ValueError if it answers none.
    """
    return (ServingQuestion if record.get("operation") == SERVE else Question).of_row(record)
