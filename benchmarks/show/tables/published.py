"""Times that other projects publish, beside those measured here of the same network."""

from __future__ import annotations

from dataclasses import dataclass

from benchmarks.measure import frames
from benchmarks.measure.stored import Load
from benchmarks.show.tables import ladder_table, numbers, questions


@dataclass(frozen=True)
class Published:
    """A published time, its source, and the reference run that measures the same task."""

    what: str
    figure: str
    source: str
    run: str


FIGURES = (
    Published(
        "24-8-2, tanh and identity, gradient of 200 samples, float64",
        "5.66 µs",
        "[SimpleChains.jl](https://github.com/PumasAI/SimpleChains.jl), README: with dropout; on "
        "a machine it does not name",
        "published-24-8-2-tanh-identity",
    ),
    Published(
        "4-32-16-4, tanh and identity, a step of Adam over all of 10,000 samples, float32",
        "41, 72 and 164 µs",
        "SimpleChains.jl by its author: on an 18-core i9-10980XE, a 32-core EPYC 7513 and a 4-core "
        "i7-1165G7",
        "published-4-32-16-4-tanh-identity",
    ),
)


def section(load: Load) -> str:
    """Lines with each published time and the fastest measured here."""
    lines = []
    for one in FIGURES:
        ranked = ladder_table.times(load(one.run))
        if ranked.empty:
            lines.append(f"- {one.what}: published {one.figure} ({one.source}); here not measured.")
            continue
        best = frames.first(ranked)
        here = numbers.time_interval_of(best)
        threads = numbers.count(best["threads"], "thread")
        lines.append(
            f"- {one.what}: published {one.figure} ({one.source}); here {here}, {best['kernel']} "
            f"from Python, {questions.network(best)}, {threads} of {best['processor']}, "
            f"{ladder_table.share(best)} of the limit."
        )
    return "\n".join(lines)
