"""What the article says that does not hold, or not quite, with what was found instead."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Statement:
    """Something the article says that does not hold, or not quite.

    `quantities` name the measured values that `finding` is filled with.
    """

    key: str
    section: str
    says: str
    finding: str
    quantities: tuple[str, ...]


STATEMENTS = (
    Statement(
        "statement loops",
        "3.3",
        "nested loops are slow because Python's loops are",
        "so are NumPy scalars: the same loops over lists of Python floats take {floats_us:.3g} µs "
        "instead of {looped_us:.3g} µs at 3-3-1, and at 100-100-50-10 {ratio:.2g} times less",
        ("floats_us", "looped_us", "ratio"),
    ),
    Statement(
        "statement data",
        "5",
        "the data are MNIST",
        "they are scikit-learn's own {images:.0f} digits of 8×8 pixels (UCI); MNIST has 70,000 of "
        "28×28",
        ("images",),
    ),
    Statement(
        "statement pixels",
        "5.1",
        "pixels range over 0 … 15",
        "over {lowest:.0f} … {highest:.0f}",
        ("lowest", "highest"),
    ),
    Statement(
        "statement scaling",
        "5.1",
        "after scaling all data lie between −2 and 2",
        "between {scaled_lowest:.1f} and {scaled_highest:.1f}; {within_percent:.1f} % lie within "
        "±2, and {constant_pixels:.0f} pixels are constant",
        ("scaled_lowest", "scaled_highest", "within_percent", "constant_pixels"),
    ),
    Statement(
        "statement curve",
        "5.4",
        "the curve is the average cost J",
        "its listing records the mean of ‖y − h‖, {error_last:.3f} after the last iteration where "
        "J is {cost_last:.4f}",
        ("error_last", "cost_last"),
    ),
    Statement(
        "statement accuracy",
        "5.5",
        "the accuracy is 86 %",
        "that is one draw of an unseeded split and unseeded weights: {seeds:.0f} seeds give "
        "{accuracy_lowest:.1f} … {accuracy_highest:.1f} %, median {accuracy_median:.1f} %, and "
        "{below_article:.0f} of them no more than 86 %",
        ("seeds", "accuracy_lowest", "accuracy_highest", "accuracy_median", "below_article"),
    ),
)
