"""The processor, as the environment restricts it."""

from __future__ import annotations

import pytest

from kernels.codegen.llvm import target
from tests.running import python


@pytest.mark.parametrize("text", ["+avx2,-avx512f", " +avx2, -avx512f,"])
def test_features_are_taken_as_llvm_reads_them(text: str) -> None:
    assert target.checked(text) == "+avx2,-avx512f"
    assert target.checked("") == ""


def test_a_feature_without_a_sign_is_an_error_and_not_the_end_of_the_process() -> None:
    with pytest.raises(ValueError, match="got 'avx2'"):
        target.checked("+fma,avx2")
    code = """
import kernels
try:
    kernels.plan(kernels.Network.random((3, 1), seed=0), "specialized")
except ValueError as error:
    print(error)
"""
    result = python("-c", code, NUMBA_CPU_FEATURES="garbage")
    assert "got 'garbage'" in result.stdout
