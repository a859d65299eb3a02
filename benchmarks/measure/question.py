"""Questions of measurements, each the same from the command line to the worker, the row and back.

    Question((24, 64, 64, 4), "gradient", rows=32, activations=("relu", "relu", "softmax"))

A command makes one from its options; `encoded` gives the JSON that is piped to a worker, where
`decoded` restores it; `row` writes it into every result row; `of_row` reads it from a stored row.
There are five kinds: an operation of a network (`Question`), the predictions of a fitted
scikit-learn network (`ServingQuestion`), those of a typical Pipeline (`PipelineQuestion`), a fit
(`FitQuestion`), and the training of many networks (`ManyQuestion`).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from typing import Any

from benchmarks.measure import networks, stepping, workloads
from benchmarks.measure import sizes as naming
from benchmarks.measure.arrays import Array
from benchmarks.measure.many import ManyQuestion
from benchmarks.measure.rows import Row
from benchmarks.measure.serving_question import FitQuestion, PipelineQuestion, ServingQuestion
from benchmarks.measure.sizes import Named
from benchmarks.measure.stepping import Stepping
from benchmarks.measure.workloads import Workload
from kernels import OPERATIONS, Network
from kernels.parts import architecture
from kernels.parts.architecture import Architecture
from kernels.support import checks

COLUMNS = (
    "workload", "operation", "dtype", "rows", "threads", "iterations", "loss", "weights",
    "training",
)  # fmt: skip
"""The columns that identify a question: rows that agree in them answer the same one."""
WITH_LOSS = ("gradient", "train")
"""The operations that compute a loss."""


@dataclass(frozen=True)
class Question:
    """The time of one call of an operation of a network.

    Parameters
    ----------
    sizes : nodes of each layer, inputs first
    operation : one of `kernels.OPERATIONS`
    rows : samples in one call; 1 for "forward"
    activations : one name for each layer after the first; None: all logistic, as in the article
    loss : the loss of gradient and training; "", and for a forward pass, the one that follows
    dtype : "float64" or "float32"
    threads : the number of threads that one call may use
    iterations : the number of iterations of "train" that are timed
    alpha : the step size of "train"
    weights : the digest of weights from a file; None for a network that is drawn
    stepping : how "train" steps; then one step is timed. None: the article's way
    file : the file with these weights, None if it is not known

    Raises
    ------
    TypeError, ValueError
        If a parameter has the wrong type or is out of range.
    """

    sizes: tuple[int, ...]
    operation: str
    rows: int
    activations: tuple[str, ...] | None = None
    loss: str = ""
    dtype: str = "float64"
    threads: int = 1
    iterations: int = 1
    alpha: float = 0.25
    weights: str | None = None
    stepping: Stepping | None = None
    file: str | None = field(default=None, compare=False)

    def __post_init__(self) -> None:
        if self.operation not in OPERATIONS:
            known = ", ".join(OPERATIONS)
            raise ValueError(f"an operation is one of {known}, got {self.operation!r}")
        if self.operation == "forward" and self.rows != 1:
            raise ValueError(f"forward is of one sample, got {self.rows}: ask for forward_batch")
        if self.stepping is not None and self.operation != "train":
            raise ValueError(f"--optimizer needs --operation train, got {self.operation}")
        if not isinstance(self.dtype, str):
            raise TypeError(f"dtype must be a name, got {self.dtype!r}")
        dtype = checks.dtype(self.dtype)
        sizes = checks.sizes(self.sizes)
        # one form for equal questions, whoever wrote the article's activations out
        found = naming.named(sizes, self.activations, self.loss or None)
        for name in ("rows", "threads", "iterations"):
            number = checks.integer(getattr(self, name), name, minimum=1)
            object.__setattr__(self, name, number)
        if self.stepping is not None:
            self.stepping.require_at_most(self.rows)
        object.__setattr__(self, "alpha", checks.real(self.alpha, "alpha", dtype))
        object.__setattr__(self, "dtype", dtype.name)
        object.__setattr__(self, "sizes", sizes)
        object.__setattr__(self, "activations", found.activations)
        loss = found.loss if self.operation in WITH_LOSS else None
        object.__setattr__(self, "loss", loss or architecture.USUAL_LOSS)

    @property
    def architecture(self) -> Architecture:
        """Sizes, activations and loss."""
        functions = self.activations or architecture.article(self.sizes)
        return Architecture(self.sizes, functions, self.loss)

    @property
    def named(self) -> Named:
        """The parts of the network's name."""
        return naming.named(self.sizes, self.activations, self.loss)

    @property
    def workload(self) -> Workload:
        """The network with its samples; for "forward" more than the one that a call takes."""
        rows = None if self.operation == "forward" else self.rows
        return workloads.of_sizes(self.sizes, rows, self.activations)

    @property
    def network(self) -> Network:
        """The network that is timed: the workload's, or that of the file.

        Raises OSError or ValueError as `networks.load` does.
        """
        if self.weights is None:
            return self.workload.network
        return networks.load(self.file, self.weights)

    def samples(self, network: Network) -> tuple[Array, Array]:
        """The inputs X (rows, s_1) and targets Y (rows, s_L) that a call takes.

        They are in the question's dtype, but X in float64 if the network, which is the one of
        `network`, has a shift: X is drawn around it.
        """
        X, Y = self.workload.samples
        if network.shift is None:
            return X.astype(self.dtype), Y.astype(self.dtype)
        return X + network.shift, Y.astype(self.dtype)

    @property
    def name(self) -> str:
        """The name of the network: `100-100-50-10`, `24-64-64-4-relu-softmax-log`."""
        return workloads.name_of(*self.named)

    def columns(self) -> dict[str, Any]:
        """The fields of a row that say what was asked, one for each of `COLUMNS`."""
        return {
            "workload": self.name,
            "operation": self.operation,
            "dtype": self.dtype,
            "rows": None if self.operation == "forward" else self.rows,
            "threads": self.threads,
            "iterations": self.iterations if self.operation == "train" else None,
            "loss": self.named.loss,
            "weights": self.weights,
            "training": None if self.stepping is None else str(self.stepping),
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
        found = naming.parse_network(workload)
        return cls(
            found.sizes,
            operation,
            record.get("rows") or 1,
            found.activations,
            found.loss or record.get("loss") or "",
            record.get("dtype") or "float64",
            record.get("threads") or 1,
            record.get("iterations") or 1,
            weights=record.get("weights"),
            stepping=stepping.parse(record["training"]) if record.get("training") else None,
        )

    def encoded(self) -> dict[str, Any]:
        """The question as an object of JSON, from which `decoded` makes it again."""
        return {"kind": type(self).__name__, **asdict(self)}


AnyQuestion = Question | ServingQuestion | PipelineQuestion | FitQuestion | ManyQuestion
SERVED: tuple[type[ServingQuestion | PipelineQuestion | FitQuestion | ManyQuestion], ...] = (
    ServingQuestion,
    PipelineQuestion,
    FitQuestion,
    ManyQuestion,
)
KINDS: dict[str, type[AnyQuestion]] = {one.__name__: one for one in (Question, *SERVED)}


def decoded(content: Mapping[str, Any]) -> AnyQuestion:
    """The question, of whichever kind, from the JSON object that `encoded` made."""
    kind = KINDS[content["kind"]]
    fields: dict[str, Any] = {
        name: tuple(value) if isinstance(value, list) else value
        for name, value in content.items()
        if name != "kind"
    }
    if fields.get("stepping"):
        fields["stepping"] = Stepping(**fields["stepping"])
    return kind(**fields)


def of_row(record: Mapping[str, Any]) -> AnyQuestion:
    """The question, of whichever kind, that a stored row answers.

    Raises ValueError if it answers none.
    """
    served = {one.operation: one for one in SERVED}
    kind: type[AnyQuestion] = served.get(str(record.get("operation")), Question)
    return kind.of_row(record)
