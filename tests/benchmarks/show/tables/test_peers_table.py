"""What the documents say of peers is what their files and the rows say."""

from __future__ import annotations

from typing import Any

import kernels
from benchmarks.measure.environment import ROOT
from benchmarks.measure.frames import frame
from benchmarks.measure.reference_runs import AS_DOCUMENTED, EXPERTS
from benchmarks.show.tables import peers_table
from tests.benchmarks.show.tables.records import time

NO_ROWS: Any = None


def test_every_peer_has_its_docstring() -> None:
    text = peers_table.described(NO_ROWS)
    for name in kernels.PEERS:
        told = text.partition(f"### {name}\n\n")[2].partition("\n")[0]
        assert len(told) > 20, name


def test_every_peer_is_run_as_an_expert_writes_it_or_as_documented() -> None:
    documented = AS_DOCUMENTED.split(",")
    assert {*documented, *EXPERTS.split(",")} == {*kernels.LADDER, *kernels.PEERS}
    assert set(documented) <= set(kernels.PEERS)


def test_every_peer_s_call_is_shown() -> None:
    page = (ROOT / "docs" / "results" / "rivals.md").read_text(encoding="utf-8")
    calls = page.partition("## How each is called")[2].partition("\n## ")[0]
    for name in kernels.PEERS:
        assert f"`{name}`" in calls


def test_costs_are_told_apart_by_two_networks() -> None:
    rows = [
        time("jax", 10_000.0, workload="3-3-1", operation="forward") | {"packages": "jax 1.0"},
        time("jax", 12_500.0, workload="100-100-50-10", operation="forward"),
        time("jax", 1.024e6, workload="100-100-50-10", operation="forward_batch", rows=1024),
        time("c", 40.0, workload="3-3-1", operation="forward"),
        time("c", 30.0, workload="100-100-50-10", operation="forward"),
        time("alone", 30.0, workload="3-3-1", operation="forward"),
        *(time(name, 20_000.0, workload=network, operation="forward", dtype="float32")
          for name in ("jax", "litert") for network in ("3-3-1", "100-100-50-10")),
    ]  # fmt: skip
    *_, c, jax, litert = peers_table.costs(frame(rows)).splitlines()
    assert litert.startswith("| litert (float32) | 20.0 µs | no difference | – |")
    assert [cell.strip() for cell in jax.strip("|").split("|")] == [
        "jax", "10.0 µs", "2.5 µs", "1.0 µs", "jax 1.0",
    ]  # fmt: skip
    assert [cell.strip() for cell in c.strip("|").split("|")] == [
        "c",
        "40.0 ns",
        "no difference",
        "–",
        "",
    ]
