"""The article's statements that do not hold, or not quite, each with a measured correction.

`benchmarks.experiments.article` measures the numbers and stores them as rows under the statement's
key; `benchmarks.show.tables.statements_table` fills them in. No statement is corrected elsewhere.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from string import Formatter

from benchmarks.measure.rows import Row

ACCURACY, ERROR = "accuracy_after_percent", "mean_error_after"
"""Quantities that are measured after several numbers of iterations."""


@dataclass(frozen=True)
class Statement:
    """A statement of the article that does not hold, or not quite.

    `finding` is the correction, with the names of measured quantities in braces. Their rows have as
    figure the statement's `key` or one of `figures`, which are keys of published figures or of
    other statements; for a figure about libraries, the rows of its rivals count too.
    """

    key: str
    section: str
    says: str
    finding: str
    figures: tuple[str, ...] = ()

    @property
    def quantities(self) -> tuple[str, ...]:
        """Names of the measured quantities in `finding`, each once."""
        fields = (name for _, name, _, _ in Formatter().parse(self.finding) if name)
        return tuple(dict.fromkeys(re.split(r"[.\[]", field)[0] for field in fields))


def rows(key: str, about: Row | None = None, /, **values: float) -> list[Row]:
    """A row for each value measured for a statement, with the other columns of `about`."""
    return [
        replace(about or Row(""), quantity=quantity, value=float(value), figure=key)
        for quantity, value in values.items()
    ]


STATEMENTS = (
    Statement(
        "statement node index",
        "2.5",
        "w₂₁⁽¹⁾ and b₂⁽¹⁾ lead to the node whose output is h₁⁽²⁾",
        "they lead to node 2, whose output is h₂⁽²⁾: {second:.4f} in the worked example, where "
        "h₁⁽²⁾ is {first:.4f}",
    ),
    Statement(
        "statement loops",
        "3.3",
        "nested loops are slow because Python's loops are",
        "so are NumPy scalars: the same loops over lists of Python floats take {floats_us:.3g} µs "
        "instead of {looped_us:.3g} µs at 3-3-1, and at 100-100-50-10 {ratio:.2g} times less",
    ),
    Statement(
        "statement tensorflow",
        "3.5",
        "TensorFlow is more efficient still",
        "not for one sample: the faster of TensorFlow with XLA and without takes "
        "{rival_ratio.as_long} as long as NumPy's vectorised pass at 100-100-50-10",
        figures=("tensorflow",),
    ),
    Statement(
        "statement error",
        "4",
        "the error to be reduced is that between the input and the wanted output",
        "that between the network's output and the wanted one: in the article's own abs(2 − 5) the "
        "5 is what the network gives",
    ),
    Statement(
        "statement shrinking",
        "4",
        "the gradient shrinks at every iteration",
        "in the descent of §4.1 |f′| grows in {grows:.0f} of the {steps:.0f} steps",
    ),
    Statement(
        "statement stopping",
        "4",
        "the descent ends when the error is below the precision",
        "it ends when a step is: at 2.249965 (§4.1), where f is {least:.2f}; f falls below the "
        "precision after {early_steps:.0f} of {steps:.0f} steps, at x = {early_x:.2f}",
        figures=("statement shrinking",),
    ),
    Statement(
        "statement derivative",
        "4.1",
        "f″(x) = 4x³ − 9x²",
        "that is f′, {first:.0f} at x = {start:.0f}; f″(x) = 12x² − 18x is {second:.0f} there",
    ),
    Statement(
        "statement norm",
        "4.2",
        "the two bars mean the L² norm, or the sum of the squares",
        "the sum of the squares is the norm's square, and J has half of that: for the outputs of "
        "§5.3 the norm is {norm:.3f}, its square {squares:.3f}",
    ),
    Statement(
        "statement direction",
        "4.4",
        "the vector of the derivative, [2.1, 0.7], shows where the minimum is",
        "it points uphill: for a J with this gradient at (3, 2) and its minimum at (0, 0) a step "
        "of 0.9 along it takes J from {here:.2f} to {along:.2f}, one against it to {against:.2f}; "
        "and against it is, in general, not straight to the minimum: here it leads {missed:.0f}° "
        "past",
    ),
    Statement(
        "statement layer index",
        "4.5",
        "z₁⁽²⁾ depends on w₁₂⁽²⁾ through w₁₂⁽¹⁾h₂⁽²⁾",
        "through w₁₂⁽²⁾h₂⁽²⁾: in the worked example w₁₂⁽²⁾ is {outer:.1f}, w₁₂⁽¹⁾ {inner:.1f}; and "
        "as §3.4 numbers them it is z₁⁽³⁾, {z_output:.4f}, while z₁⁽²⁾ is {z_hidden:.4f}",
    ),
    Statement(
        "statement constant",
        "4.5",
        "the derivative of a constant is always 1",
        "it is 0: in the worked example ∂z₁⁽³⁾/∂w₁₂⁽²⁾ is {slope:.4f}, which is h₂⁽²⁾; its three "
        "constant terms, at 1 each, would make it {with_ones:.4f}",
    ),
    Statement(
        "statement output layer",
        "4.5",
        "in the derivative by w_ij⁽ˡ⁾ the output layer is l = 2",
        "l = 2 is the layer that these weights lead from; the output layer of the three is "
        "l + 1 = 3",
    ),
    Statement(
        "statement data",
        "5",
        "the data are MNIST",
        "they are scikit-learn's own {images:.0f} digits of 8×8 pixels (UCI); MNIST has 70,000 of "
        "28×28",
    ),
    Statement(
        "statement pixels",
        "5.1",
        "pixels range over 0 … 15",
        "over {lowest:.0f} … {highest:.0f}",
    ),
    Statement(
        "statement interval",
        "5.1",
        "data are commonly scaled to [0, 1] or [1, 1]",
        "[1, 1] is one number, and all {levels:.0f} levels of grey would become it; [−1, 1] is "
        "meant",
    ),
    Statement(
        "statement scaling",
        "5.1",
        "after scaling all data lie between −2 and 2",
        "between {scaled_lowest:.1f} and {scaled_highest:.1f}; {within_percent:.1f} % lie within "
        "±2, and {constant_pixels:.0f} pixels are constant",
    ),
    Statement(
        "statement scaler",
        "5.2",
        "the images are split after they were scaled, all together",
        "so the scaler has seen the test images; if it sees the training images only, the accuracy "
        "changes by {change_points:+.1f percentage points}",
    ),
    Statement(
        "statement outputs",
        "5.3",
        "each of the 10 output nodes gives a number from 0 to 9",
        "from 0 to 1, as the sigmoid does: {lowest_output:.1g} … {highest_output:.3f} over the "
        "test images of seed 0; the digit is the number of the node that gives the most",
    ),
    Statement(
        "statement equal weights",
        "5.4",
        "random weights ensure that the network works well in training",
        "because they differ: equal ones give every hidden node the same gradient, and after "
        "{apart.iterations} iterations the weights of all 30 are {apart.highest:.1g} apart; the "
        "accuracy is then {equal_accuracy_percent:.1f %}",
    ),
    Statement(
        "statement range",
        "5.4",
        "range(len(nn_structure), 0, 1) goes from the last layer to the first",
        "it is empty: it has {upwards:.0f} layers; with the step −1 it has {downwards:.0f}",
    ),
    Statement(
        "statement curve",
        "5.4",
        "the curve is the average cost J",
        "we take it to be the mean of ‖y − h‖ (its listing is lost): {mean_error.last:.3f} in the "
        "last iteration, where J is {cost.last:.4f}",
        figures=("cost",),
    ),
    Statement(
        "statement iterations",
        "5.4",
        "after 3000 iterations one more hardly changes the result",
        "one more does not, thousands more do: the accuracy is {accuracy_after_percent.course}, "
        "and the mean of ‖y − h‖ ends at {mean_error_after.last:.3f …}",
    ),
    Statement(
        "statement accuracy",
        "5.5",
        "the accuracy is 86 %",
        "that is one draw of an unseeded split and unseeded weights, which give "
        "{accuracy_percent:.1f %}",
        figures=("accuracy",),
    ),
    Statement(
        "statement others",
        "5.5",
        "deep learning reaches 99.7 %",
        "on MNIST; on these images and the article's splits scikit-learn's SVC reaches "
        "{svc_percent:.1f %}, its five nearest neighbours {neighbours_percent:.1f %}, and its "
        "64-30-10 MLPClassifier {mlp_percent:.1f %}",
    ),
)
