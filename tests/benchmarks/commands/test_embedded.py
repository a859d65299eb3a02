"""`python -m benchmarks embedded`, and the time of a sample that it derives."""

from __future__ import annotations

from pathlib import Path

import pytest

import kernels
from benchmarks.experiments import embedded
from benchmarks.measure import rows
from benchmarks.measure.question import Question
from benchmarks.measure.statistics import Interval
from kernels.proof import gate
from kernels.rungs import batched
from tests.benchmarks.made_up import FOUND
from tests.running import run


def test_the_command_times_a_sample_of_each_network(tmp_path: Path) -> None:
    path = tmp_path / "e.json"
    sizes = ("--sizes", "4-4-identity", "--sizes", "24-64-64-4-relu-softmax")
    result = run("embedded", *sizes, "--dtype", "float32", "--time", "0.1", "--json", str(path))
    assert result.returncode in (0, 1), result.stderr  # 1: a time below a limit found in a moment
    found = [row for row in rows.read(path) if row.get("kernel") == "specialized"]
    assert [row["workload"] for row in found] == ["4-4-identity", "24-64-64-4-relu-softmax"]
    assert {row["operation"] for row in found} == {embedded.OPERATION}
    small, large = (row["median_ns"] for row in found)
    assert 0 < small < large  # 16 and 5888 multiply-adds
    assert "called from compiled code" in result.stdout


def test_the_time_of_a_sample_is_what_all_but_one_add() -> None:
    one, many = Interval(100.0, 90.0, 110.0), Interval(4195.0, 4180.0, 4290.0)
    assert embedded.each(one, many) == Interval(1.0, 4070 / 4095, 4200 / 4095)


def test_only_forward_passes_are_asked_for() -> None:
    with pytest.raises(ValueError, match="forward"):
        embedded.question(Question((3, 3, 1), "gradient", 8))


def test_a_wrong_kernel_has_no_time(monkeypatch: pytest.MonkeyPatch) -> None:
    """The check is made of the very plan that is timed."""
    monkeypatch.setattr(embedded, "KERNELS", ("wrong",))

    class Wrong(batched.Kernel):
        name = "wrong"

        def batch_forward(self, parameters, X, out):  # type: ignore[no-untyped-def]
            super().batch_forward(parameters, X, out)
            out *= 1.001

    plan = kernels.plan
    monkeypatch.setattr(kernels, "is_installed", lambda name: True)
    monkeypatch.setattr(
        kernels,
        "plan",
        lambda network, name, *more, **options: plan(network, Wrong, *more, **options),
    )
    with pytest.raises(gate.GateError):
        list(embedded.rows(Question((3, 3, 1), "forward", 1), FOUND, 0.01))
