"""Where a warning says that it comes from."""

from __future__ import annotations

import types
import warnings

import pytest

from kernels.support import callers
from tests.running import python

INSIDE = """
import warnings
from kernels.support import callers
def inner():
    warnings.warn("seen", stacklevel=callers.stack_level())
def outer():
    inner()
"""


def test_a_warning_names_the_line_outside_the_package() -> None:
    inside = types.ModuleType("kernels.made_up")
    exec(INSIDE, vars(inside))
    with pytest.warns(UserWarning, match="seen") as caught:
        inside.outer()
    assert caught[0].filename == __file__
    with warnings.catch_warnings(record=True) as found:
        warnings.simplefilter("always")
        warnings.warn("here", stacklevel=callers.stack_level())
    assert found[0].filename == __file__


def test_a_plan_that_cannot_be_kept_warns_at_the_line_of_the_caller() -> None:
    code = """
import kernels
import warnings
with warnings.catch_warnings(record=True) as caught:
    warnings.simplefilter("always")
    kernels.plan(kernels.Network.random((3, 1), seed=0), "specialized")
print([one.filename for one in caught if "compiled again" in str(one.message)])
"""
    result = python("-c", code, MLP_LADDER_CACHE=__file__)
    assert result.stdout.splitlines()[-1] == "['<string>']", result
