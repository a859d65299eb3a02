"""Times that other projects publish, beside those measured here of the same network."""

from __future__ import annotations

from dataclasses import dataclass

from benchmarks.measure import frames, machines
from benchmarks.measure.stored import Load
from benchmarks.show.tables import ladder_table, numbers, questions, ranks


@dataclass(frozen=True)
class Published:
    """A published time, its source, and the reference run that measures the same task."""

    what: str
    figure: str
    source: str
    run: str
    workload: str
    """The network in that run."""


EMBEDDED = "published-embedded"
"""The run that times one sample in compiled code, for libraries that are called from C++."""
TAGGER = "16-64-32-32-5-relu-softmax"
DENSE = {4: ("9.4 ns", "3.4"), 16: ("37 ns", "18.5"), 32: ("81 ns", "76"), 64: ("271 ns", "307")}
"""RTNeural's times of one dense layer with so many inputs and outputs: with Eigen, with xsimd."""

RTNEURAL = (
    "[RTNeural](https://github.com/jatinchowdhury18/RTNeural)'s comparison, sizes known to the "
    "compiler: from C++ on an i7-8700B; ONNX Runtime took 2.8 to 3.0 µs there"
)


def dense(nodes: int) -> Published:
    """The time of one layer, as RTNeural's comparison with other libraries gives it."""
    eigen, xsimd = DENSE[nodes]
    return Published(
        f"one layer of {nodes} inputs and {nodes} outputs without activation, one sample, float32",
        f"{eigen} with Eigen, {xsimd} with xsimd",
        RTNEURAL if nodes == min(DENSE) else "RTNeural, as above",
        EMBEDDED,
        f"{nodes}-{nodes}-identity",
    )


FIGURES = (
    Published(
        "24-8-2, tanh and identity, gradient of 200 samples, float64",
        "5.66 µs",
        "[SimpleChains.jl](https://github.com/PumasAI/SimpleChains.jl), README: with dropout, and "
        "without biases in the last layer; the median, on a machine it does not name",
        "published-24-8-2-tanh-identity",
        "24-8-2-tanh-identity",
    ),
    Published(
        "4-32-16-4, tanh and identity, a step of Adam over all of 10,000 samples, float32",
        "41, 72 and 164 µs",
        "SimpleChains.jl by its authors: on an 18-core i9-10980XE, a 32-core EPYC 7513 and a "
        "4-core i7-1165G7",
        "published-4-32-16-4-tanh-identity",
        "4-32-16-4-tanh-identity",
    ),
    *map(dense, DENSE),
    Published(
        "16-64-32-32-5, relu and softmax, one sample",
        "about 100 ns",
        "the jet tagger of [hls4ml](https://github.com/fastmachinelearning/hls4ml): in fixed point "
        "on an FPGA",
        EMBEDDED,
        TAGGER,
    ),
)
RUNS = tuple(dict.fromkeys(one.run for one in FIGURES))
"""The reference runs that measure these tasks."""


def section(load: Load) -> str:
    """Lines with each published time and the fastest measured here."""
    lines = []
    for one in FIGURES:
        found = load(one.run)
        ranked = ranks.times(found[found["workload"] == one.workload])
        if ranked.empty:
            lines.append(f"- {one.what}: published {one.figure} ({one.source}); here not measured.")
            continue
        best = frames.first(ranked)
        here = numbers.time_interval_of(best)
        caller = "in compiled code" if best["operation"] == "embedded" else "from Python"
        threads = numbers.count(best["threads"], "thread")
        lines.append(
            f"- {one.what}: published {one.figure} ({one.source}); here {here}, {best['kernel']} "
            f"{caller}, {questions.network(best)}, {best['dtype']}, {threads} of "
            f"{machines.described(best)}, {ladder_table.share(best)} of the limit."
        )
    return "\n".join(lines)
