"""asv: its configuration, the benchmarks it collects, and that each of them runs."""

from __future__ import annotations

import itertools
import json
import re
import subprocess
from pathlib import Path
from typing import Any

import pytest

import kernels
from benchmarks.asv import building, common, ladder
from benchmarks.asv.common import Operation
from benchmarks.experiments import history as recording
from benchmarks.measure import portion, workloads
from benchmarks.measure.environment import ROOT
from benchmarks.show.figures import history
from kernels import LADDER
from tests.running import python
from tests.wrong_kernels import SPOIL_VECTORIZED

RESULTS = ROOT / "results" / "asv"
TIMINGS = [one for one in vars(ladder).values() if one in Operation.__subclasses__()]


def configuration() -> Any:
    text = (ROOT / "asv.conf.json").read_text(encoding="utf-8")
    return json.loads(re.sub(r"^\s*//.*$", "", text, flags=re.MULTILINE))


def asv(*arguments: str, home: Path) -> subprocess.CompletedProcess[str]:
    """Run asv with its files in `home`, since even a dry run writes the host's name."""
    folders = {key: str(home / key) for key in ("env_dir", "html_dir", "results_dir")}
    own = {"repo": str(ROOT), "benchmark_dir": str(ROOT / "benchmarks" / "asv")}
    path = home / "asv.conf.json"
    path.write_text(json.dumps(configuration() | own | folders))
    return python("-m", "asv", *arguments, "--config", str(path), HOME=str(home))


def test_pins_are_those_of_the_constraints() -> None:
    lines = (ROOT / "constraints.txt").read_text(encoding="utf-8").splitlines()
    pins = dict(line.split("==") for line in lines)
    for package, versions in configuration()["matrix"]["req"].items():
        assert versions == [pins[package]]


def test_asv_runs_every_benchmark_for_one_kernel(tmp_path: Path) -> None:
    """One short run in this environment; asv starts a process for each benchmark."""
    asv("machine", "--yes", home=tmp_path)
    assert "No problems found" in asv("check", "--python=same", home=tmp_path).stdout
    chosen = r"batched.*('3-3-1'|'cached')|peakmem.*batched|import_kernels"
    result = asv("run", "--python=same", "--quick", "--dry-run", "--show-stderr", "--bench", chosen,
                 home=tmp_path)  # fmt: skip
    assert result.returncode == 0, result.stdout + result.stderr
    for name in ("time_forward", "time_backpropagation", "time_forward_per_sample",
                 "time_gradient_per_sample", "time_iteration_per_sample",
                 "time_adam_per_sample", "track_build_seconds", "peakmem_forward_batch",
                 "import_kernels"):  # fmt: skip
        assert name in result.stdout
    assert "failed" not in result.stdout
    assert len(re.findall(r"batched +3-3-1 +\d", result.stdout)) == 6
    assert len(re.findall(r"batched +n/a +\d", result.stdout)) == 1  # cold, cached
    assert len(re.findall(r"batched +[\d.]+M", result.stdout)) == 1


@pytest.mark.parametrize("timing", TIMINGS)
def test_every_timing_runs_once(timing: type[Operation]) -> None:
    """Call `setup` and the method as asv does; the method advances the clock by a call's time.

    Of networks `looped` takes the two smallest; it needs most of the time for the others.
    """
    (method,) = (name for name in vars(timing) if name.startswith("time_"))
    for parameters in itertools.product(*timing.params):
        if parameters[0] == "looped" and parameters[1] not in timing.params[1][:2]:
            continue
        one = timing()
        try:
            one.setup(*parameters)
        except NotImplementedError:
            assert not offers_all(*parameters)
            continue
        start = one.timer()
        getattr(one, method)(*parameters)
        assert one.timer() > start, parameters


@pytest.mark.parametrize(
    ("kernel", "question", "samples"),
    [
        ("batched", {"operation": "forward"}, 1),
        ("batched", {"operation": "gradient", "rows": 1}, 1),
        ("batched", {"operation": "forward_batch"}, 32),
        ("batched", {"operation": "gradient"}, 32),
        ("specialized", {"operation": "train"}, 32),
        ("vectorized", {"operation": "gradient"}, 1),
        ("looped", {"operation": "train"}, 1),
    ],
)
def test_a_recorded_time_is_that_of_a_sample(
    kernel: str, question: dict[str, Any], samples: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Checked with a fake timer, by which a call takes 96 µs."""
    asked: list[int] = []

    class Timer:
        def timeit(self, number: int) -> float:
            return number * 96e-6

        def repeat(self, times: int, number: int) -> list[float]:
            return [number * 96e-6] * times

    class Call:
        def __init__(self, plan: Any, operation: str, X: Any, Y: Any, **_: Any) -> None:
            asked.append(1 if operation == "forward" else len(X))

        def timer(self) -> Timer:
            return Timer()

    monkeypatch.setattr(portion, "make_call", Call)
    loop = common.prepared.__wrapped__(kernel=kernel, network="3-3-1", **question)
    assert asked == [samples]
    assert loop() == pytest.approx(96e-6 / samples)


def test_backpropagation_asks_for_one_sample(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ladder, "prepared", lambda *question, **more: (question, more))
    one: Any = ladder.Backpropagation()
    one.setup("jitted", "3-3-1")
    assert one.loop == (("gradient", "jitted", "3-3-1"), {"rows": 1})


def test_names_of_benchmarks_say_for_how_many_samples_a_time_is() -> None:
    for timing in TIMINGS:
        (method,) = (one for name, one in vars(timing).items() if name.startswith("time_"))
        assert method.pretty_name.endswith(("one sample", "per sample"))
        name = f"ladder.{timing.__name__}.{method.__name__}"
        assert history.BENCHMARKS[name] == method.pretty_name


def test_recorded_benchmarks_still_exist_or_are_listed_as_ended() -> None:
    """asv hides results of a benchmark that has another version now, or no longer exists.

    asv's version is a digest of the sources of the method and `setup`. A benchmark that changes
    them needs a new name, and the old name an entry in `history.ENDED`.
    """
    result = run_class(
        "import json\n"
        "from asv_runner.discovery import disc_benchmarks\n"
        "print(json.dumps({one.name: one.version for one in disc_benchmarks('asv')}))"
    )
    found = json.loads(result.stdout)
    recorded = json.loads((RESULTS / "benchmarks.json").read_text(encoding="utf-8"))
    versions = {name: one["version"] for name, one in recorded.items() if name != "version"}
    assert len(versions) > 5
    assert versions.keys() - found.keys() <= history.ENDED.keys()
    assert {name: found[name] for name in versions if name in found} == {
        name: version for name, version in versions.items() if name in found
    }
    ladders = {name for name in found if name.startswith("ladder.")}
    assert ladders == history.BENCHMARKS.keys() - {history.BUILD}
    assert not ladders & history.ENDED.keys()


@pytest.mark.parametrize("kernel", LADDER)
def test_building_and_memory_are_measured(kernel: str) -> None:
    build, memory = building.Build(), building.Memory()
    build.setup(kernel, "cold")
    assert build.track_build_seconds(kernel, "cold") >= 0
    memory.setup(kernel)
    memory.peakmem_forward_batch(kernel)


def offers_all(name: str, network: str) -> bool:
    """True if a kernel offers every operation of a network."""
    kernel, workload = kernels.find(name), workloads.named(network)
    everything = set(kernel.operations) == set(kernels.OPERATIONS)
    return everything and kernel.offers_network(workload.network.architecture)


def run_class(code: str) -> subprocess.CompletedProcess[str]:
    """Run code in a process that imports benchmarks/asv as a top-level package, as asv does."""
    head = f"import sys; sys.path.insert(0, {str(ROOT / 'benchmarks')!r})\nimport asv.common\n"
    return python("-c", head + code, cwd="/")


def test_a_rung_that_a_commit_lacks_is_skipped() -> None:
    result = run_class(
        "import kernels; kernels.LADDER = ('looped',)\n"
        "asv.common.planned('looped', '3-3-1')\n"
        "asv.common.planned('jitted', '3-3-1')"
    )
    assert "NotImplementedError: no rung jitted in this commit" in result.stderr


RELU, TANH = (one.name for one in workloads.REPEATED[-2:])


@pytest.mark.parametrize(
    ("lacking", "message"),
    [
        # as before networks had activations, and as before they had this one
        ("def centred(cls, sizes, seed): pass", f"no network {RELU} in this commit"),
        ("def centred(cls, *_): raise ValueError('no relu')", f"no network {RELU} in this commit"),
    ],
)
def test_a_network_that_a_commit_lacks_is_skipped(lacking: str, message: str) -> None:
    result = run_class(
        f"import kernels\n{lacking}\n"
        "kernels.Network.centred = classmethod(centred)\n"
        "print(asv.common.planned('batched', '3-3-1'))\n"
        f"asv.common.planned('batched', {RELU!r})"
    )
    assert result.stdout.startswith("<Plan batched: 3-3-1,")
    assert f"NotImplementedError: {message}" in result.stderr


def test_a_network_that_a_rung_does_not_offer_is_skipped() -> None:
    result = run_class(
        "import kernels\n"
        "from kernels.rungs.batched import Kernel\n"
        "Kernel.offers_network = classmethod(lambda *_: False)\n"
        f"asv.common.planned('batched', {TANH!r})"
    )
    assert f"NotImplementedError: batched has no {TANH} in this commit" in result.stderr


def test_a_wrong_rung_fails_and_gets_no_time() -> None:
    result = run_class(SPOIL_VECTORIZED + "asv.common.prepared('forward', 'vectorized', '3-3-1')")
    assert "GateError" in result.stderr


def test_the_root_is_appended_to_the_path_never_put_before_the_wheel() -> None:
    result = run_class(
        f"assert sys.path[-1] == {str(ROOT)!r}\nassert sys.path.count({str(ROOT)!r}) == 1"
    )
    assert result.returncode == 0, result.stderr


def test_what_asv_collects_is_a_benchmark() -> None:
    """No other function in the folder has a name that asv would collect."""
    result = run_class(
        "import importlib, pkgutil, re\n"
        "for module in pkgutil.iter_modules(asv.__path__):\n"
        "    loaded = importlib.import_module(f'asv.{module.name}')\n"
        "    for name in vars(loaded):\n"
        "        if re.match('(time|timeraw|mem|peakmem|track)_', name): print(name)"
    )
    assert (result.returncode, result.stdout) == (0, ""), result.stderr


def test_parameters_are_the_append_only_lists() -> None:
    benchmarks = json.loads((RESULTS / "benchmarks.json").read_text(encoding="utf-8"))
    kernels, networks = benchmarks["ladder.Forward.time_forward"]["params"]
    assert tuple(eval(name) for name in kernels) == workloads.RUNGS[: len(kernels)]
    names = [workload.name for workload in workloads.REPEATED]
    assert [eval(name) for name in networks] == names[: len(networks)]


def test_the_machines_name_does_not_contain_the_host_name() -> None:
    import platform

    name = recording.machine_name()
    assert re.fullmatch(r"[a-z0-9-]+", name)
    assert name != platform.node()


def test_recorded_commits_are_in_the_history() -> None:
    history = subprocess.run(
        ["git", "-C", str(ROOT), "rev-list", "HEAD"], capture_output=True, text=True, check=True
    ).stdout
    files = [path for path in RESULTS.glob("*/*.json") if path.name != "machine.json"]
    assert files
    for path in files:
        assert f"\n{path.name.split('-')[0]}" in f"\n{history}", path.name


@pytest.mark.parametrize("recorded", [0, 2])
def test_commits_that_lack_results_are_found(recorded: int, tmp_path: Path) -> None:
    everything = recording.lacking("here", tmp_path)
    assert everything
    (tmp_path / "here").mkdir()
    for commit in everything[:recorded]:
        (tmp_path / "here" / f"{commit[:8]}-env.json").touch()
    assert recording.lacking("here", tmp_path) == everything[recorded:]
