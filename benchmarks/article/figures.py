"""The figures that the article publishes: section, claim and value of each.

`benchmarks.experiments.article` measures them, `benchmarks.show.tables.article_table` compares.
"""

from __future__ import annotations

from dataclasses import dataclass

from kernels import LADDER

NOTHING = "–"
"""Placeholder for a figure that the article does not print."""


@dataclass(frozen=True)
class Figure:
    """One published figure.

    A time belongs to a `workload`, an `operation` and the rung that is the article's own way,
    `kernel`; other figures are found in the rows by their `quantity`.
    """

    key: str
    section: str
    claim: str
    published: str
    """The figure as the article prints it; `NOTHING` if it does not."""
    workload: str | None = None
    operation: str | None = None
    kernel: str | None = None
    quantity: str = "time"
    derived: str | None = None
    """The figure as it follows from others, if the article does not print it."""
    rivals: tuple[str, ...] = ()
    """The libraries that the claim is about, as kernels."""

    @property
    def value(self) -> str:
        """The figure to compare with: the derived one if there is one, else the printed one."""
        return self.derived or self.published

    @property
    def cell(self) -> str:
        """The figure for a table; a derived one says that it is."""
        if self.derived is None:
            return self.published
        if self.published == NOTHING:
            return f"{self.derived} (derived)"
        return f"{self.published} (derived: {self.derived})"


OWN = "vectorized"
"""The rung that is the article's own way, with which it compares the libraries."""

COLUMNS = (*LADDER, "c")
"""The kernels whose times stand beside the article's: the rungs, and what C would take."""

FIGURES = (
    Figure(
        key="worked example",
        section="3.2",
        claim="output of the worked example",
        published="0.8354",
        workload="3-3-1",
        kernel="looped",
        quantity="output",
    ),
    Figure(
        key="looped 3-3-1",
        section="3.3",
        claim="forward pass, loops, 3 layers (3-3-1)",
        published="about 40 µs",
        workload="3-3-1",
        operation="forward",
        kernel="looped",
    ),
    Figure(
        key="looped 3-3-3-1",
        section="3.3",
        claim="forward pass, loops, 4 layers (3-3-3-1)",
        published="70 µs",
        workload="3-3-3-1",
        operation="forward",
        kernel="looped",
    ),
    Figure(
        key="vectorized 3-3-3-1",
        section="3.5",
        claim="forward pass, vectorised, 4 layers (3-3-3-1)",
        published="24 µs less",
        derived="46 µs",
        workload="3-3-3-1",
        operation="forward",
        kernel="vectorized",
    ),
    Figure(
        key="looped 100-100-50-10",
        section="3.5",
        claim="forward pass, loops, 100-100-50-10",
        published="41 ms",
        workload="100-100-50-10",
        operation="forward",
        kernel="looped",
    ),
    Figure(
        key="vectorized 100-100-50-10",
        section="3.5",
        claim="forward pass, vectorised, 100-100-50-10",
        published="84 µs",
        workload="100-100-50-10",
        operation="forward",
        kernel="vectorized",
    ),
    Figure(
        key="ratio 100-100-50-10",
        section="3.5",
        claim="loops / vectorised, 100-100-50-10",
        published=NOTHING,
        derived="488",
        workload="100-100-50-10",
        operation="forward",
        kernel="vectorized",
        quantity="ratio",
    ),
    Figure(
        key="tensorflow",
        section="3.5",
        claim="TensorFlow is more efficient still",
        published=NOTHING,
        workload="100-100-50-10",
        quantity="rivals",
        rivals=("tensorflow", "tensorflow-xla"),
    ),
    Figure(
        key="theano",
        section="3.5",
        claim="Theano (now PyTensor) is more efficient still",
        published=NOTHING,
        workload="100-100-50-10",
        quantity="rivals",
        rivals=("pytensor", "pytensor-safe"),
    ),
    Figure(
        key="descent",
        section="4.1",
        claim="minimum of x⁴ − 3x³ + 2 by gradient descent",
        published="2.249965",
        quantity="minimum",
    ),
    Figure(
        key="training",
        section="5.4",
        claim="training on digits, 64-30-10, 3000 iterations",
        published="several minutes",
        workload="64-30-10",
        operation="train",
        kernel="vectorized",
    ),
    Figure(
        key="cost",
        section="5.4",
        claim="average cost falls and flattens (taken as mean ‖y − h‖)",
        published="a curve",
        workload="64-30-10",
        quantity="mean_error",
    ),
    Figure(
        key="accuracy",
        section="5.5",
        claim="accuracy on the test digits",
        published="86 %",
        workload="64-30-10",
        quantity="accuracy_percent",
    ),
)
