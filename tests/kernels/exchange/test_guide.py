"""The examples of the guide, each where the library that it imports is installed."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

import kernels

GUIDE = Path(kernels.__file__).parents[1] / "docs" / "guide" / "exchange.md"
EXAMPLES = re.findall(r"^```py\n(.*?)^```", GUIDE.read_text(encoding="utf-8"), re.M | re.S)


def test_there_is_an_example_of_each_way() -> None:
    text = "\n".join(EXAMPLES)
    for way in ("from_torch", "to_torch", "from_keras", "from_onnx", "to_onnx", "compile", "load"):
        assert f"{way}(" in text


@pytest.mark.parametrize("example", EXAMPLES)
def test_an_example_runs(example: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    library = example.partition("\n")[0].removeprefix("import ")
    pytest.importorskip(library)
    monkeypatch.chdir(tmp_path)
    exec(compile(example, str(GUIDE), "exec"), {})
    assert {one.suffix for one in tmp_path.iterdir()} <= {".onnx", ".npz"}
