"""The statement of §3.3 on loops: the same loops over NumPy arrays and over lists of floats."""

from __future__ import annotations

import math

import numpy as np

import kernels
from benchmarks.article import statements
from benchmarks.measure import portion, timing, workloads
from benchmarks.measure.rows import Row
from kernels.proof import gate


def measure_floats(quick: bool) -> list[Row]:
    """Time of the article's loops over NumPy arrays and over lists of Python floats."""
    medians: dict[tuple[str, str], float] = {}
    for name in ("3-3-1", "100-100-50-10"):
        workload = workloads.named(name)
        network, x = workload.network, workload.samples[0][0]
        plan = kernels.plan(network, "looped")
        lists = [weight.tolist() for weight in network.W], [bias.tolist() for bias in network.b]
        if not np.allclose(float_loops(*lists, x.tolist()), plan.forward(x), rtol=1e-12, atol=0):
            raise gate.GateError("the loops over Python floats are wrong")
        calls = {
            "looped": portion.make_call(plan, "forward", x[None], x[None], 1, workload.alpha),
            "floats": timing.Call(float_loops, (*lists, x.tolist())),
        }
        for kind, samples in timing.alternate(calls, seconds=0.3 if quick else 1.5).items():
            medians[name, kind] = float(np.median(samples.ns))
    return statements.rows(
        "statement loops",
        floats_us=medians["3-3-1", "floats"] / 1e3,
        looped_us=medians["3-3-1", "looped"] / 1e3,
        ratio=medians["100-100-50-10", "looped"] / medians["100-100-50-10", "floats"],
    )


def float_loops(W: list[list[list[float]]], b: list[list[float]], x: list[float]) -> list[float]:
    """The loops of the rung `looped` without NumPy: W and b are lists, and so is the output."""
    h = x
    for weight, bias in zip(W, b, strict=True):
        node_out = []
        for i in range(len(weight)):
            z = bias[i]
            row = weight[i]
            for j in range(len(row)):
                z += row[j] * h[j]
            node_out.append(1 / (1 + math.exp(-z)) if z > -700 else 0.0)
        h = node_out
    return h
