"""The source of the peer `c`: strict C99, and the example that is kept of it."""

from __future__ import annotations

from pathlib import Path

import pytest

from benchmarks.measure.environment import ROOT
from kernels.c import compiler, source
from kernels.parts.architecture import Architecture
from kernels.proof import results
from kernels.support.checks import DTYPES
from tests.kernels.architectures import DEEP
from tests.kernels.c.building import NEEDS_COMPILER, built

ARTICLE = Architecture((3, 3, 1), ("logistic", "logistic"))


@NEEDS_COMPILER
@pytest.mark.parametrize("dtype", DTYPES)
def test_compilers_have_nothing_to_say(dtype: str, tmp_path: Path) -> None:
    for number, what in enumerate([ARTICLE, DEEP, *results.others()]):
        path = tmp_path / f"{number}.c"
        path.write_text(source.of_peer(what, dtype))
        library = built(path)
        for name in ("forward", "forward_batch", "gradient", "descend"):
            assert getattr(library, name)


@NEEDS_COMPILER
def test_functions_of_a_library_call_each_other_directly() -> None:
    """Calls that another library could replace are not inlined, and cost more."""
    code = compiler.assembly(source.of_peer(ARTICLE, "float64"), compiler.FAST)
    assert "exp@PLT" in code or "@PLT" not in code
    assert not {"forward@PLT", "gradient@PLT"} & set(code.split())


def test_numbers_are_of_the_type_at_hand() -> None:
    text = "0.5 * z * erfc(-0.70e-3 * z) + 1 / (z2 + 1)"
    assert source.constants(text, "float64") == text
    assert source.constants(text, "float32") == "0.5f * z * erfc(-0.70e-3f * z) + 1 / (z2 + 1)"


def test_z_is_kept_only_where_it_is_needed() -> None:
    what = Architecture((5, 9, 9, 4), ("gelu", "relu", "softmax"), "log")
    kept = [layer.keeps_z for layer in source.layers(what, gradients=True)]
    assert kept == [True, False, True]
    assert not any(layer.keeps_z for layer in source.layers(what, gradients=False))


def test_the_example_is_what_is_written_today() -> None:
    path = ROOT / "examples" / "c" / "peer.c"
    assert path.read_text() == source.of_peer(ARTICLE, "float64")
