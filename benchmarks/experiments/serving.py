"""Serving a fitted scikit-learn network: its own calls, ONNX Runtime, and `kernels.compile`.

The contenders sit a duel; `benchmarks.measure.serving` has what each of them does, and
`benchmarks.measure.pipeline_serving` what those do which serve a whole Pipeline.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from benchmarks.measure import duel, networks, pipeline_serving
from benchmarks.measure.networks import Options
from benchmarks.measure.rows import Row, interval_fields
from benchmarks.measure.serving import CONTENDERS, ONE, SCIKIT
from benchmarks.measure.serving_question import PipelineQuestion, Served, ServingQuestion

ROWS = (1, 1000)
"""Samples in one call, of one duel each."""


def question(data: str, hidden: tuple[int, ...], asked: Options, rows: int = 1) -> ServingQuestion:
    """The question that the command's options ask about a network fitted on a data set.

    `asked` has activations and a loss as `ladder` takes them. The outputs follow from the data and
    the loss, and without activations hidden layers have scikit-learn's default.

    Raises ValueError for a network that scikit-learn does not fit on these data.
    """
    found = ServingQuestion(data, hidden, rows=rows, loss=asked.loss or "")
    *_, output = found.architecture.activations
    if asked.activations is None and asked.output in (None, output):
        return found
    several = asked.activations is not None and "," in asked.activations
    if asked.output is None and not several:
        asked = replace(asked, output=output)
    names = networks.activations(found.architecture.sizes, asked)
    if names[-1] != output:
        raise ValueError(
            f"a network that scikit-learn fits on {data} with the {found.loss}-loss has {output} "
            f"outputs, got {names[-1]!r}"
        )
    first, *others = names[:-1]
    if set(others) - {first}:
        raise ValueError(f"scikit-learn has one activation for all hidden layers, got {names[:-1]}")
    return replace(found, activation=first)


def contenders(asked: ServingQuestion | PipelineQuestion) -> list[str]:
    """The contenders that can predict so many samples in one call."""
    if isinstance(asked, PipelineQuestion):
        return list(pipeline_serving.CONTENDERS)
    return [name for name in CONTENDERS if asked.rows == 1 or name != ONE]


def rows(asked: Served, sitting: duel.Sitting) -> Iterator[Row]:
    """Rows of each contender: its time and its speed-up over scikit-learn, or why it has none."""
    yield from times(asked, sitting)
    for label, logs in sitting.logs.items():
        if label != SCIKIT and SCIKIT in sitting.logs:
            ratio = sitting.ratio(SCIKIT, label, len(sitting.logs) - 1)
            about = {"against": SCIKIT, "processes": len(logs)}
            yield asked.row("ratio", label, **interval_fields(ratio), **about)


def times(asked: Served, sitting: duel.Sitting) -> Iterator[Row]:
    """Rows of each contender: its time, or why it has none."""
    for label, logs in sitting.logs.items():
        facts = sitting.facts[label]
        yield asked.row(
            "time",
            label,
            **interval_fields(sitting.time_ns(label), "ns"),
            samples=sitting.samples[label],
            processes=len(logs),
            build_seconds=facts[0]["build_seconds"],
            error=max(one["error"] for one in facts),
            packages=facts[0].get("packages"),
        )
    for label, (state, reason) in sitting.failures.items():
        yield asked.row("time", label, state=state, reason=reason)
