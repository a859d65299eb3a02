"""From a module in LLVM IR to object code."""

from __future__ import annotations

from typing import Any

import llvmlite.binding as llvm

from kernels.codegen.llvm.target import Target

SPEED = 2
"""The highest level of optimisation of LLVM's passes; the target has one of its own, too."""


def object_code(module: Any, target: Target) -> bytes:
    """Object code of a module."""
    machine = target.machine()
    code: bytes = machine.emit_object(optimised(module, machine, target.level))
    return code


def listing(module: Any, target: Target, assembly: bool) -> str:
    """A module as LLVM has optimised it, or in the processor's assembly language."""
    machine = target.machine()
    found = optimised(module, machine, target.level)
    return str(machine.emit_assembly(found) if assembly else found)


def exported(module: Any) -> tuple[str, ...]:
    """The names of the functions of a module that can be called from outside."""
    return tuple(
        one.name for one in module.functions if not one.is_declaration and one.linkage != "internal"
    )


def optimised(module: Any, machine: Any, level: int) -> Any:
    """A module as LLVM optimises it, in a context of its own."""
    parsed = llvm.parse_assembly(str(module), llvm.create_context())
    parsed.verify()
    options = llvm.create_pipeline_tuning_options(speed_level=min(SPEED, level))
    options.loop_vectorization = options.slp_vectorization = False  # vectors are written already
    builder = llvm.create_pass_builder(machine, options)
    passes = builder.getModulePassManager()
    try:
        passes.run(parsed, builder)
    finally:
        free(passes)
    return parsed


def free(passes: Any) -> None:
    """Free a pass manager, some 0.1 MB.

    llvmlite (0.50) never does: `ModulePassManager` inherits `_dispose` from two classes, and the
    one that comes first does nothing. After `detach` it is not freed twice.
    """
    llvm.NewPassManager._dispose(passes)
    passes.detach()
