"""The article's pictures that are plots: sigmoids, gradient descent, a digit, the average cost.

Their names are empty and their titles lack the section's number: `catalogue` fills in both.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import numpy as np

from benchmarks.article import bowl, parabola
from benchmarks.article.algorithm import f
from benchmarks.measure import digits, frames
from benchmarks.measure.arrays import Array
from benchmarks.measure.frames import Record
from benchmarks.measure.stored import Load
from benchmarks.show.drawing.chart import INK, RED, Axis, Chart, Kind, Mark, Panel, Series

SIGNIFICANT = 6
"""Digits of a point's coordinates in the digest, so that every machine gets the same digest."""


def chart(title: str, finding: str, panel: Panel) -> Chart:
    """A chart of one panel, half as wide as a page; the points it shows are its rows."""
    rows: list[Record] = [
        {"series": series.name, "points": [rounded(series.x), rounded(series.y)]}
        for series in panel.series
    ]
    return Chart("", title, finding, [panel], rows=rows)


def rounded(values: Iterable[object]) -> list[str]:
    """Numbers, or rows of numbers, with `SIGNIFICANT` digits."""
    return [
        ",".join(f"{one:.{SIGNIFICANT}g}" for one in np.atleast_1d(np.asarray(value, float)))
        for value in values
    ]


# --- §2.1, §2.3: a node -------------------------------------------------------------------------


def node(w: float, b: float, x: Array) -> Array:
    """f(w x + b), the outputs (m,) of a node with one input, for inputs x (m,)."""
    return f(w * x + b)


def nodes(y: str, reach: float, lines: dict[str, tuple[float, float]]) -> Panel:
    """Outputs of several nodes for x from -reach to reach; `lines` gives w and b by name."""
    x = np.linspace(-reach, reach, 161)
    series = [
        Series(name, x.tolist(), node(w, b, x).tolist(), "steps", colour=number)
        for number, (name, (w, b)) in enumerate(lines.items())
    ]
    return Panel("", Axis("x"), Axis(y), series)


def sigmoid() -> Chart:
    """The activation function."""
    return chart(
        "the sigmoid",
        "The sigmoid f(x) = 1 / (1 + exp(−x)) rises from 0 to 1 without a jump, steepest at x = 0, "
        "where it is one half.",
        nodes("f(x)", 8, {"f(x) = 1 / (1 + exp(−x))": (1, 0)}),
    )


def weights() -> Chart:
    """Output of a node for each of three weights."""
    lines = {f"w = {w:g}": (w, 0.0) for w in (0.5, 1.0, 2.0)}
    return chart(
        "several weights",
        "Three sigmoids f(wx) that meet at x = 0: the greater the weight w, 0.5, 1 or 2, the "
        "steeper is the rise.",
        nodes("f(wx)", 8, lines),
    )


def biases() -> Chart:
    """Output of a node for each of three biases; with b = -5 it switches on at x = 1."""
    lines = {f"b = {b:g}".replace("-", "−"): (5.0, b) for b in (-5.0, 0.0, 5.0)}
    panel = nodes("f(5x + b)", 3, lines)
    return chart(
        "several biases",
        "Three equal sigmoids f(5x + b) side by side: the bias b, −5, 0 or 5, moves the rise to "
        "x = 1, 0 or −1, so that with −5 the node is on only for x greater than 1.",
        Panel("", panel.x, panel.y, panel.series, [Mark("x = 1", 1.0)]),
    )


# --- §4, §4.4: gradient descent -----------------------------------------------------------------


def steps() -> Chart:
    """The error against w, with gradient steps from a red point to the black cross."""
    w = np.linspace(-1.5, 5.5, 71).tolist()
    passed = parabola.path(4)
    heights = [parabola.cost(one) for one in passed]
    series = [
        Series("error", w, [parabola.cost(one) for one in w], "steps", colour=0),
        Series(
            "gradient steps",
            passed,
            heights,
            "arrows",
            notes=[f"{k}: w = {w:.4f}, error {e:.4f}" for k, (w, e) in
                   enumerate(zip(passed, heights, strict=True), 1)],
            labels=[str(k + 1) for k in range(len(passed))],
            colour=INK,
        ),
        Series("start", passed[:1], heights[:1], colour=RED),
        Series("least error", [parabola.MINIMUM], [parabola.cost(parabola.MINIMUM)], colour=INK),
    ]  # fmt: skip
    return chart(
        "error against a weight",
        f"The error is a bowl over the weight w; from the red point 1 at w = {passed[0]:g} "
        f"arrows lead down it, each shorter than the one before, to point {len(passed)} at w = "
        f"{passed[-1]:.2f}, close to the cross at the bottom, w = {parabola.MINIMUM:g}.",
        Panel("", Axis("w", low=-1.7, high=5.7), Axis("error", low=-1.0, high=6.5), series),
    )


def contour(level: float) -> Array:
    """Points (97, 2) around the origin where J is `level`."""
    angle = np.linspace(0, 2 * np.pi, 97)
    circle = np.sqrt(2 * level) * np.array([np.cos(angle), np.sin(angle)])
    # with A = L L^T, J(x) = 1/2 |L^T x|^2
    result: Array = np.linalg.solve(np.linalg.cholesky(bowl.CURVATURE).T, circle).T
    return result


def through(name: str, points: Sequence[Array], kind: Kind, colour: int, *labels: str) -> Series:
    """A line, or arrows, from point (2,) to point; with labels, each point has a note too."""
    x, y = np.transpose(points).tolist()
    notes = [f"x1 = {one[0]:.3f}, x2 = {one[1]:.3f}, J = {bowl.cost(one):.3f}" for one in points]
    return Series(name, x, y, kind, notes=notes if labels else (), labels=labels, colour=colour)


def contours() -> Chart:
    """Contours of a cost over two variables, two descents of two steps, and the first gradient."""
    passed, others = bowl.path(2), bowl.path(2, bowl.OTHER_START)
    p1, slope = passed[0], bowl.gradient(passed[0])
    vector = f"[{slope[0]:.1f}, {slope[1]:.1f}]"
    levels = [bowl.cost(p1) * (k / 5) ** 2 for k in range(1, 10)]
    series = [
        *(through("contours of J", list(contour(level)), "steps", 0) for level in levels),
        through("descent from p₁", passed, "arrows", INK, "p₁", "p₂", "p₃"),
        through("descent from q₁", others, "arrows", 2, "q₁", "q₂", "q₃"),
        through("gradient at p₁", [p1, p1 + slope], "arrows", RED, "", vector),
    ]
    x1, x2 = Axis("x₁", low=-2.0, high=7.2), Axis("x₂", low=-1.5, high=3.5)
    return chart(
        "descent in two dimensions",
        "Blue ovals, the contours of a cost J over x1 and x2, around the least cost in their "
        "middle; arrows lead from p1 to p2 and p3, and in a second descent from q1 to q2 and q3, "
        f"ever closer to it; from p1 a red arrow, the gradient {vector}, points the other way, "
        "uphill.",
        Panel("", x1, x2, series, equal=True),
    )


# --- §5, §5.4: the digits -----------------------------------------------------------------------


def digit() -> Chart:
    """The first of scikit-learn's images."""
    pixels, number = (part[0] for part in digits.images())
    image = Series("digit", (), pixels.reshape(8, 8).tolist(), "image")
    return chart(
        f"a digit, {number}",
        f"A handwritten {number} of 8 by 8 pixels, each of them a grey between 0, which is white, "
        "and 16, which is black.",
        Panel(
            "",
            Axis("column", low=-0.5, high=7.5),
            Axis("row", low=7.5, high=-0.5),
            [image],
            equal=True,
        ),
    )


CURVES = {"mean_error": "mean ‖y − h‖", "cost": "J of §4.2"}
"""The quantities of the article's training that fall over the iterations, and their names."""


def average_cost(load: Load) -> Chart:
    """Mean error and cost over the iterations of the training with seed 0, from stored rows.

    Without such rows the chart has no panel.
    """
    frame = load("article")
    frame = frame[frame["quantity"].isin(list(CURVES)) & (frame["seed"] == 0)]
    frame = frame[frame["figure"] == "cost"].sort_values("iterations", kind="stable")
    series = [
        Series(
            name,
            k,
            values,
            "steps",
            notes=[f"iteration {a}: {b:.4f}" for a, b in zip(k, values, strict=True)],
            colour=number,
        )
        for number, (quantity, name) in enumerate(CURVES.items())
        for own in [frame[frame["quantity"] == quantity]]
        for k, values in [(frames.values(own["iterations"]), frames.values(own["value"]))]
    ]
    empty = any(len(one.x) < 2 for one in series)
    title, finding = "average cost over the iterations", ""
    if not empty:
        count = series[0].x[-1]
        (first, last), (J_first, J_last) = ((one.y[0], one.y[-1]) for one in series)
        title = f"average cost over {count} iterations"
        finding = (
            f"The mean of ‖y − h‖ falls from {first:.2f} to {last:.2f} within {count} iterations, "
            f"J from {J_first:.2f} to {J_last:.2f}; both steeply at first, then ever more slowly."
        )
    panel = Panel("", Axis("iteration"), Axis("average over samples"), series)
    rows = frames.records(frame)
    return Chart("", title, finding, () if empty else [panel], ("article",), rows)
