"""Every figure the article publishes: where it stands and what it says.

What is measured for each is in `measured/`; how they are laid side by side in `report/`.
"""

from __future__ import annotations

from dataclasses import dataclass

NOTHING = "–"
"""What stands for a figure that the article does not print."""


@dataclass(frozen=True)
class Figure:
    """One published figure.

    A timing names what is timed (`workload`, `operation`) and the rung that is the article's own
    way (`kernel`); other figures are found in the rows by their `quantity`.
    """

    key: str
    section: str
    claim: str
    published: str
    """As the article prints it; a dash where it prints nothing."""
    workload: str | None = None
    operation: str | None = None
    kernel: str | None = None
    quantity: str = "time"
    derived: str | None = None
    """The figure where it is not printed, but follows from what is."""
    rivals: tuple[str, ...] = ()
    """The libraries that a claim is about."""

    @property
    def value(self) -> str:
        """What is compared with: the derived figure if there is one, else the printed one."""
        return self.derived or self.published

    @property
    def cell(self) -> str:
        """What is printed, and what is derived from it, marked so."""
        if self.derived is None:
            return self.published
        if self.published == NOTHING:
            return f"{self.derived} (derived)"
        return f"{self.published} (derived: {self.derived})"


OWN = "vectorized"
"""The article's own way, against which it holds the libraries."""

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
