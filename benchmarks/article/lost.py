"""Values that our copy of the article does not print, and those that this project uses instead.

The copy is text only: listings, formulas and pictures are lost. Where a printed result depends on a
value from one of them, we chose one that leads to that result.
"""

from __future__ import annotations

from dataclasses import dataclass

from benchmarks.article import bowl, descent
from benchmarks.measure import digits
from benchmarks.measure.arrays import Array
from kernels.contract import EXAMPLE, EXAMPLE_INPUT, EXAMPLE_OUTPUT


@dataclass(frozen=True)
class Value:
    """A value that our copy does not print: its name, our choice, and the reason for it.

    `place` is its definition in the code, in the notation of `sections.Opening`.
    """

    section: str
    what: str
    ours: str
    reason: str
    place: str


def rows(matrix: Array) -> str:
    """Text of a vector, or of a matrix row by row: `(1, 2) (3, 4)`."""
    lines = matrix if matrix.ndim > 1 else [matrix]
    return " ".join(f"({', '.join(f'{number:g}' for number in line)})" for line in lines)


VALUES = (
    Value(
        "3.1",
        "weights, biases and input of the worked example",
        f"W1 = {rows(EXAMPLE.W[0])}, W2 = {rows(EXAMPLE.W[1])}, b1 = {rows(EXAMPLE.b[0])}, "
        f"b2 = {rows(EXAMPLE.b[1])}, x = ({', '.join(f'{number:g}' for number in EXAMPLE_INPUT)})",
        f"the output is {EXAMPLE_OUTPUT:.8f}; the article prints 0.8354",
        "kernels/proof/results.py:EXAMPLE",
    ),
    Value(
        "3.2",
        "what the loops index",
        "NumPy arrays, element by element; an array for each layer's outputs",
        "the text names nested loops and NumPy, no more",
        "kernels/rungs/looped.py:activations",
    ),
    Value(
        "3.3",
        "sizes of the network with four layers",
        "3-3-3-1",
        "the network with three layers, 3-3-1, and its hidden layer once more",
        "benchmarks/measure/workloads.py:WORKLOADS",
    ),
    Value(
        "3.3",
        "parameters and inputs of the networks timed here and in 3.5",
        "uniform in [0, 1)",
        "as NumPy's random_sample gives them, which the text names for the digits' network (5.4); "
        "also for 3-3-1, where the article times its worked example",
        "benchmarks/measure/workloads.py:Workload",
    ),
    Value(
        "4.1",
        "start, step and precision of the descent; what ends it",
        f"{descent.ARTICLE_START:g}, {descent.ARTICLE_STEP:g} and {descent.ARTICLE_PRECISION:g}; "
        "a step shorter than the precision",
        "the descent ends at the printed 2.249965, after 70 steps",
        "benchmarks/article/descent.py:ARTICLE_START",
    ),
    Value(
        "4.4",
        "the cost of two variables; where its two descents start, and their step",
        f"1/2 x^T A x with the rows {rows(bowl.CURVATURE)} of A; p1 = {rows(bowl.START)}, "
        f"q1 = {rows(bowl.OTHER_START)}; {bowl.STEP:g}",
        "the gradient at p1 is the printed [2.1, 0.7]",
        "benchmarks/article/bowl.py:CURVATURE",
    ),
    Value(
        "5.2",
        "seeds of the split and of the weights",
        "0 where there is one run, 0 to 99 for the accuracy",
        "the text says that both are random",
        "benchmarks/measure/digits.py:split",
    ),
    Value(
        "5.4",
        "nodes of the hidden layer",
        f"{digits.SIZES[1]}",
        "between the 64 inputs and the 10 outputs, as the text asks",
        "benchmarks/measure/digits.py:SIZES",
    ),
    Value(
        "5.4",
        "the step alpha",
        f"{digits.ALPHA:g}",
        "with it 3000 iterations reach about the printed 86 %",
        "benchmarks/measure/digits.py:ALPHA",
    ),
    Value(
        "5.4",
        "what the network begins with",
        "weights and biases uniform in [0, 1)",
        "random_sample, which the text names for weights, draws so; of biases it says nothing",
        "kernels/network.py:Network.random",
    ),
    Value(
        "5.4",
        "what the average cost of an iteration is",
        "the mean of ‖y − h‖; J of 4.2 is kept beside it",
        "the text calls it an average at the output layer; its formula is lost",
        "kernels/results.py:Training",
    ),
)
