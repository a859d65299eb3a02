"""`python -m benchmarks sweep`, in processes that are interrupted, killed and short of room."""

from __future__ import annotations

import importlib.util
import signal
import sqlite3
import time
from contextlib import closing
from pathlib import Path

import psutil
import pytest

from benchmarks.experiments.sweep import store
from benchmarks.experiments.sweep.settings import Setting
from benchmarks.measure import header, rows
from benchmarks.measure.environment import ROOT
from benchmarks.show.tables import numbers
from tests.benchmarks.experiments.sweep.made_up import serially
from tests.running import python, run, started

ASKED = ("sweep", "--data", "iris", "--hidden", "4", "--passes", "400", "--seeds", "200")
SETTING = Setting((4,), "relu", "adam", 1e-3, 32, 400)
LINE = ("-m", "benchmarks", *ASKED, "--workers", "2")


def stored(folder: Path) -> dict[int, str]:
    """The seeds in a store, with their bits; nothing while there is no store."""
    try:
        with closing(sqlite3.connect(f"file:{folder / store.FILE}?mode=ro", uri=True)) as database:
            found = database.execute("SELECT seed, theta FROM results").fetchall()
    except sqlite3.OperationalError:
        return {}
    assert len(found) == len(dict(found))
    return dict(found)


@pytest.fixture(scope="module")
def right() -> dict[int, str]:
    """The bits of a bare loop."""
    return {one.seed: one.theta for one in serially(SETTING, range(200))}


def wait_for_results(folder: Path, process: object) -> None:
    """Wait until a sweep has stored something."""
    while not stored(folder):
        time.sleep(0.02)
        assert process.poll() is None  # type: ignore[attr-defined]


def test_a_sweep_prints_its_table_draws_its_figure_and_stores_rows(tmp_path: Path) -> None:
    path, folder = tmp_path / "rows.jsonl", tmp_path / "store"
    result = run("sweep", "--data", "iris", "--seeds", "7", "--hidden", "3", "--hidden", "4-3",
                 "--activation", "tanh", "--optimizer", "adam", "--optimizer", "sgd",
                 "--learning-rate", "0.01", "--batch-size", "16", "--passes", "20", "--workers",
                 "2", "--into", str(folder), "--json", str(path))  # fmt: skip
    assert result.returncode == 0, result.stderr
    assert "28 networks trained" in result.stderr
    lines = result.stdout.splitlines()
    assert lines[0].startswith("iris: 90 training samples")
    assert sum("4-4-3-3-tanh-softmax" in line for line in lines[:-1]) == 2
    assert lines[-1].startswith("best median accuracy: ")
    assert "<svg" in (folder / "iris.svg").read_text(encoding="utf-8")
    frame = rows.frame(path)
    medians = frame[frame["quantity"] == "accuracy_percent"]
    assert set(medians["workload"]) == {"4-3-3-tanh-softmax", "4-4-3-3-tanh-softmax"}
    assert set(medians["training"]) == {"adam, batch 16, rate 0.01", "sgd, batch 16, rate 0.01"}
    assert set(frame["data"]) == {"iris"}
    best = medians.sort_values("value").iloc[-1]
    assert f"{best['value']:.1f}" in lines[-1]
    again = run("sweep", "--data", "iris", "--seeds", "7", "--hidden", "3", "--activation", "tanh",
                "--learning-rate", "0.01", "--batch-size", "16", "--passes", "20",
                "--into", str(folder))  # fmt: skip
    assert again.returncode == 0, again.stderr
    assert "7 results are there already" in again.stderr
    assert "trained in" not in again.stderr


def test_a_sweep_that_was_interrupted_goes_on(tmp_path: Path, right: dict[int, str]) -> None:
    path = tmp_path / "rows.jsonl"
    options = ("--into", str(tmp_path), "--json", str(path))
    with started(*LINE, *options) as process:
        wait_for_results(tmp_path, process)
        workers = psutil.Process(process.pid).children(recursive=True)
        process.send_signal(signal.SIGINT)
        _, err = process.communicate(timeout=60)
    assert process.returncode == 130, err
    before = stored(tmp_path)
    assert 0 < len(before) < 200
    assert f"interrupted: {len(before)} of 200 results are stored; the same command" in err
    assert "Traceback" not in err
    assert not psutil.wait_procs(workers, timeout=10)[1]
    assert header.read(header.beside(path)).state == "interrupted"
    assert rows.frame(path).set_index("quantity").loc["seeds", "value"] == len(before)
    again = run(*ASKED, "--into", str(tmp_path))
    assert again.returncode == 0, again.stderr
    assert f"{numbers.are(len(before), 'result')} there already" in again.stderr
    assert stored(tmp_path) == right


def test_a_sweep_that_was_killed_goes_on_and_leaves_no_process(
    tmp_path: Path, right: dict[int, str]
) -> None:
    with started(*LINE, "--into", str(tmp_path)) as process:
        wait_for_results(tmp_path, process)
        workers = psutil.Process(process.pid).children(recursive=True)
        process.kill()
    assert not psutil.wait_procs(workers, timeout=20)[1]
    before = stored(tmp_path)
    assert 0 < len(before) < 200
    result = run(*ASKED, "--into", str(tmp_path))
    assert result.returncode == 0, result.stderr
    assert stored(tmp_path) == right


def test_two_sweeps_at_once_store_each_result_once(tmp_path: Path, right: dict[int, str]) -> None:
    options = (*LINE, "--into", str(tmp_path))
    with started(*options) as one, started(*options) as other:
        for process in (one, other):
            _, err = process.communicate(timeout=100)
            assert process.returncode == 0, err
    assert stored(tmp_path) == right


def test_on_a_full_disk_what_is_stored_stays_and_the_sweep_goes_on_with_room(
    tmp_path: Path, right: dict[int, str]
) -> None:
    words = [*ASKED, "--workers", "2", "--into", str(tmp_path)]
    first = run(*ASKED[:-1], "9", "--into", str(tmp_path))
    assert first.returncode == 0, first.stderr
    room = (tmp_path / store.FILE).stat().st_size + 8192
    program = tmp_path / "limited.py"
    program.write_text(
        "import resource, sys\n"
        "from benchmarks.__main__ import main\n"
        "if __name__ == '__main__':\n"
        f"    resource.setrlimit(resource.RLIMIT_FSIZE, ({room}, {room}))\n"
        f"    sys.argv = ['benchmarks', *{words!r}]\n"
        "    sys.exit(main())\n"
    )
    full = python(str(program), PYTHONPATH=str(ROOT))
    assert full.returncode == 1, full.stderr
    (line,) = [one for one in full.stderr.splitlines() if one.startswith("error: ")]
    assert "results could not be stored" in line
    assert "the same command goes on from there" in line
    assert "Traceback" not in full.stderr
    kept = stored(tmp_path)
    assert 9 <= len(kept) < 200
    assert kept.items() <= right.items()
    again = run(*ASKED, "--into", str(tmp_path))
    assert again.returncode == 0, again.stderr
    assert stored(tmp_path) == right


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (("--data", "digit"), "is digits meant?"),
        (("--data", "missing.npz"), "error: missing.npz: No such file"),
        (("--data", "README.md"), "--data is digits, iris"),
        (("--data", "iris", "--target", "x"), "--target is for CSV files"),
        (("--data", "iris", "--hidden", "3x"), "--hidden is written like"),
        (("--data", "iris", "--activation", "rela"), "is relu meant?"),
        (("--data", "iris", "--optimizer", "adan"), "is adam meant?"),
        (("--data", "iris", "--batch-size", "91"), "at most the 90 samples of a pass"),
        (("--data", "iris", "--learning-rate", "nan"), "learning_rate"),
        (("--data", "iris", "--seeds", "0"), "--seeds"),
        (("--data", "iris", "--workers", "0"), "--workers"),
        (("--data", "iris", "--into", "README.md"), "README.md is no folder"),
        (("--scheduler", "tcp://x:1", "--workers", "2"), "a cluster has its own"),
    ],
)
def test_a_mistake_takes_one_line(words: tuple[str, ...], message: str) -> None:
    result = run("sweep", *words)
    assert result.returncode == 2
    (line,) = result.stderr.splitlines()
    assert message in line


def test_without_the_extra_a_scheduler_takes_one_line(monkeypatch: pytest.MonkeyPatch) -> None:
    found = importlib.util.find_spec
    monkeypatch.setattr(
        importlib.util,
        "find_spec",
        lambda name: None if name == "distributed" else found(name),
    )
    result = run("sweep", "--scheduler", "tcp://127.0.0.1:1")
    assert result.returncode == 2
    assert result.stderr.count("\n") == 1
    assert "mlp-ladder[cluster]" in result.stderr


def test_a_store_that_is_damaged_or_newer_takes_one_line(tmp_path: Path) -> None:
    (tmp_path / store.FILE).write_bytes(b"nothing" * 999)
    result = run("sweep", "--data", "iris", "--into", str(tmp_path))
    assert result.returncode == 2
    assert "is damaged" in result.stderr
    assert result.stderr.count("\n") == 1


def test_numbers_to_predict_get_r_squared(tmp_path: Path) -> None:
    path = tmp_path / "line.csv"
    path.write_text("x,y\n" + "".join(f"{k},{k / 7 + 0.1}\n" for k in range(50)))
    result = run("sweep", "--data", str(path), "--target", "y", "--seeds", "2", "--passes", "40",
                 "--batch-size", "8", "--learning-rate", "0.01", "--workers", "1",
                 "--into", str(tmp_path / "s"))  # fmt: skip
    assert result.returncode == 0, result.stderr
    assert "median R²" in result.stdout
    assert "1-30-1-relu-identity" in result.stdout
