"""LLVM's level of optimisation in tests: none where generated code is not what they test."""

from __future__ import annotations

from dataclasses import replace
from typing import Any
from unittest import mock

from kernels.codegen.llvm.target import Target


def unoptimised() -> Any:
    """A patch by which code of `specialized` is compiled in half the time, and runs slowly.

    The code of every network and operation, as users have it, is held to the contract.
    """
    host = replace(Target.host(), level=0)
    return mock.patch.object(Target, "host", return_value=host)
