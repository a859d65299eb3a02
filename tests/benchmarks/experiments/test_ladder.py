"""The ladder: rows, table and advice; the commands that drive duels."""

from __future__ import annotations

import signal
import time
from pathlib import Path

import pandas
import pytest

from benchmarks.commands import ladder as command
from benchmarks.experiments import ladder
from benchmarks.measure import duel, frames, limits, rows, verdicts
from benchmarks.measure.question import Question
from benchmarks.measure.stored import load
from benchmarks.show.tables import ladder_table, numbers
from tests.benchmarks.measure.test_limits import FOUND
from tests.running import run, started

pytestmark = pytest.mark.usefixtures("quick_duels")
QUESTION = Question((3, 3, 1), "forward", 1)


def sitting(**times: float) -> duel.Sitting:
    """Eight rounds in which these contenders took these times, in ns, give or take 1 %."""
    import numpy as np

    generator = np.random.default_rng(0)
    result = duel.Sitting()
    for label, value in times.items():
        result.logs[label] = list(np.log(value) + generator.normal(0, 0.01, 8))
        build = 3.0 if label == "jax" else 0.001
        facts = {"first_seconds": 0.0, "error": 1e-16, "extrapolated_from": None}
        result.facts[label] = [facts | {"build_seconds": build}] * 8
        result.samples[label] = 800
    return result


def stored(result: duel.Sitting, tmp_path: Path) -> pandas.DataFrame:
    path = tmp_path / "rows.jsonl"
    rows.write(path, ladder.rows(QUESTION, result, FOUND), {"threads": 1})
    return load(path)


def test_contenders_are_ranked_with_ratio_limit_and_build(tmp_path: Path) -> None:
    result = sitting(floor=150, vectorized=10_000, jax=2000, batched=10_001)
    result.failures["pytorch"] = ("missing", "torch is not installed")
    result.failures["jitted"] = ("crashed", "ended with SIGKILL")
    frame = stored(result, tmp_path)
    limit = result.time_ns("floor").value + limits.limit_ns(FOUND, QUESTION)
    for record in frames.records(ladder_table.times(frame)):
        assert record["floor_ns"] == pytest.approx(150, rel=0.02)
        assert record["limit_ns"] == pytest.approx(limit)
        assert record["low_ns"] < record["median_ns"] < record["high_ns"]
    first, *_, missing, crashed = ladder_table.lines(frame)
    assert first[0] == "jax"
    assert first[2:4] == ("1", "fastest")
    assert first[4].endswith(" %")
    assert first[7] in ("370000 calls", "380000 calls")  # 3 s over 8 µs
    assert missing[:2] == ("pytorch", "not installed")
    assert crashed[:2] == ("jitted", "crashed: ended with SIGKILL")
    told = {line[0]: line[3] for line in ladder_table.lines(frame)}
    assert told["vectorized"] == told["batched"] == "slower"


def test_advice_names_what_to_write_and_what_it_gains(tmp_path: Path) -> None:
    frame = stored(sitting(floor=150, vectorized=10_000, jax=2000), tmp_path)
    text = ladder_table.advice(frame)
    assert text.startswith("Use jax: 2.0 µs a call, 4.9 times as fast as vectorized")
    assert "paid back after 380000 calls" in text or "paid back after 370000 calls" in text


def test_advice_does_not_pretend_to_tell_equals_apart(tmp_path: Path) -> None:
    result = sitting(floor=150, vectorized=10_000, batched=10_000)
    result.logs["batched"] = result.logs["vectorized"][::-1]
    result.logs["batched"][0] += 0.001
    text = ladder_table.advice(stored(result, tmp_path))
    assert "cannot be told from it" in text
    assert "times as fast" not in text


def test_several_networks_are_shown_side_by_side_too(capsys: pytest.CaptureFixture[str]) -> None:
    frame = load("forward")
    command.show(frame)
    _, _, table = capsys.readouterr().out.partition("Time per call (times the fastest)")
    cells = [[cell.strip() for cell in line.split("│")[1:-1]] for line in table.splitlines()]
    lines = {line[0]: line[1:] for line in cells if line}
    pivot = frames.timed(frame).pivot(index="kernel", columns="workload", values="median_ns")
    assert len(lines) == len(pivot) + 2
    for kernel, times in pivot[list(frame["workload"].unique())].iterrows():
        told = [cell.partition(" (")[0] for cell in lines[str(kernel)]]
        scale = dict(numbers.UNITS)
        found = [float(number) * scale[unit] for number, unit in map(str.split, told)]
        assert found == pytest.approx(list(times), rel=0.05)
    command.show(frame[frame["workload"] == "3-3-1"])
    assert "Time per call (times" not in capsys.readouterr().out


def test_nothing_timed_is_said() -> None:
    assert ladder_table.advice(load()) == "Nothing could be timed."


def test_verdicts_count_every_pair_that_was_compared(tmp_path: Path) -> None:
    """The more contenders, the wider each interval."""
    two = stored(sitting(vectorized=50, batched=101), tmp_path)
    names = {f"k{k}": 101.0 + k for k in range(8)}
    ten = stored(sitting(vectorized=50, batched=101, **names), tmp_path)

    def width(frame: pandas.DataFrame) -> float:
        ratio = verdicts.ratios(frame)["batched"]
        return float(ratio["high"] - ratio["low"])

    assert width(ten) > 1.5 * width(two)


@pytest.mark.parametrize(
    "arguments",
    [
        ("--sizes", "3-x"),
        ("--sizes", "3"),
        ("--sizes", "3-3-1", "--operation", "sideways"),
        ("--sizes", "3-3-1", "--kernels", "nope"),
        ("--sizes", "3-3-1", "--dtype", "float16"),
        ("--sizes", "3-3-1", "--batch", "0"),
        ("--sizes", "3-3-1", "--rounds", "1"),
        ("--sizes", "3-3-1", "--threads", "2", "--kernels", "looped", "--rounds", "2"),
        (),
    ],
)
def test_wrong_options_are_explained_in_a_line(arguments: tuple[str, ...], tmp_path: Path) -> None:
    arguments = (*arguments, "--time", "0.1", "--json", str(tmp_path / "rows.jsonl"))
    result = run("ladder", *arguments)
    assert result.returncode != 0
    last = result.stderr.strip().splitlines()[-1]
    assert last.startswith("error: ")
    assert "Traceback" not in result.stderr


def test_the_command_ranks_stores_and_advises(tmp_path: Path) -> None:
    path = tmp_path / "rows.jsonl"
    result = run(
        "ladder", "--sizes", "3-3-1", "--sizes", "4-5-2", "--kernels", "batched,jitted",
        "--batch", "16", "--time", "0.1", "--rounds", "2", "--json", str(path),
    )  # fmt: skip
    assert result.returncode == 0, result.stderr
    assert "4-5-2, a batch of 16 samples, float64, 1 thread" in result.stdout
    advice = [result.stdout.count(text) for text in ("Use ", "Too uncertain to recommend")]
    assert sum(advice) == 2  # of so short a run either may come out
    frame = load(path)
    assert set(frame["kernel"]) == {"batched", "jitted"}
    times = frame[frame["quantity"] == "time"]
    assert (times["processes"] == 2).all()
    assert (times["limit_ns"] > times["floor_ns"]).all()
    assert "commit" in frame
    assert "node" not in frame


@pytest.mark.parametrize("command", ["ladder", "selftest"])
def test_an_interrupted_run_keeps_what_it_measured(command: str, tmp_path: Path) -> None:
    path = tmp_path / "rows.jsonl"
    options = {
        "ladder": ("--sizes", "3-3-1", "--sizes", "3-4-1", "--kernels", "batched", "--rounds", "2"),
        "selftest": ("--rounds", "2"),
    }[command]
    asked = ("-m", "benchmarks", command, *options, "--time", "0.1", "--json", str(path))
    with started(*asked) as process:
        while not path.exists():
            time.sleep(0.1)
            assert process.poll() is None, process.stderr
        process.send_signal(signal.SIGINT)
        out, err = process.communicate(timeout=60)
    assert process.returncode == 130, err
    assert "interrupted" in err
    assert "Traceback" not in err
    assert rows.read(path)
    assert out


def test_a_self_test_sums_up_its_duels(tmp_path: Path) -> None:
    path = tmp_path / "rows.jsonl"
    result = run(
        "selftest", "--equals", "1", "--slowed", "1", "--rounds", "2", "--time", "0.1",
        "--json", str(path),
    )  # fmt: skip
    assert result.returncode == 0, result.stderr
    frame = pandas.read_json(path, lines=True)
    duels = frame[frame["quantity"] == "duel"]
    assert sorted(duels["slower_percent"]) == [0, 1, 2, 5, 10]
    assert set(frame["quantity"]) >= {
        "false_positives_percent",
        "found_percent",
        "smallest_difference_percent",
    }
    assert "a slow-down of 5 % found" in result.stdout


def test_a_training_on_another_loss_is_shown_and_never_advised(tmp_path: Path) -> None:
    result = sitting(floor=150, batched=9000)
    result.logs["scikit-learn"] = [value - 1 for value in result.logs["batched"]]
    facts = result.facts["batched"][0] | {"error": None, "other_loss": "the log-loss"}
    result.facts["scikit-learn"] = [facts] * 8
    result.samples["scikit-learn"] = 8
    frame = stored(result, tmp_path)
    first, second = ladder_table.lines(frame)
    assert first[0] == "scikit-learn (minimises the log-loss)"
    assert first[3] == "faster"
    assert second[2:4] == ("1", "fastest")
    assert ladder_table.advice(frame).startswith("Use batched: ")
    del result.logs["batched"]
    alone = stored(result, tmp_path)
    assert ladder_table.lines(alone)[0][2:4] == ("", "")
    assert ladder_table.advice(alone) == "Nothing could be timed."
