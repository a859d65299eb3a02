"""Native entries for a matrix of one row, as scikit-learn's estimators take one sample.

Numbers that are not finite are refused. Each entry computes h[L] and makes of it what a method of
an estimator returns:

    outputs         h[L], (1, s_L): probabilities of labels, or several predicted numbers
    value           h[L], (1,): the one number that a regressor predicts
    both            1 - h and h, (1, 2): probabilities of a binary classifier's two labels
    label           the label, (1,), of the greatest output; with one output, the second of two
                    labels if it is over 1/2
    object_label    the same for labels that are Python objects
    each_label      (1, s_L) integers: 1 where an output is over 1/2

Entries whose names end in `_ready` take a row from which the network's shift was subtracted.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Any

from kernels.codegen.emit import sample
from kernels.codegen.emit.frame import stack
from kernels.codegen.llvm.writing import BYTES, INDEX, counting, external, index, repeat, variable
from kernels.codegen.python import objects
from kernels.codegen.python.calls import READ, Call

if TYPE_CHECKING:
    from kernels.codegen.program import Program


@dataclass
class Row:
    """The matrix of one row that an entry was called with, once it is checked."""

    program: Program
    call: Call
    X: Any
    ready: bool
    """Whether the network's shift is subtracted already."""

    def compute(self, result: Any) -> None:
        """Write h[L] to the array `result`."""
        self.program.one_sample(self.call, self.X, result, self.ready)

    def outputs(self) -> tuple[Any, Any]:
        """Where h[L] lies, and the array that it lies in: None if it lies on the stack."""
        program, call = self.program, self.call
        width = program.layout.whole(program.layout.sizes[-1])
        if program.layout.fits_the_stack([width]) and not program.sample_memory:
            h = stack(call.v, width)
            numbers = [call.data(one) for one in (call.parameters(), self.X)]
            function = program.ready() if self.ready else program.sample()
            call.builder.call(function, [*numbers, h, program.numbers(None)])
            return h, None
        array = call.new_array(call.parameters(), width)
        self.compute(array)
        return call.data(array), array


def write_row(
    program: Program, call: Call, finish: Callable[[Row, Call, int], Any], ready: bool
) -> None:
    """An entry that takes a matrix of one row of finite numbers; `finish` returns its result."""
    (X,) = call.values
    inputs, *_, outputs = program.layout.sizes
    call.require_array(X, READ)
    call.require_shape(X, (1, inputs))
    call.require(sample.are_finite(call.v, inputs, call.data(X)))
    call.builder.ret(finish(Row(program, call, X, ready), call, outputs))


def finish_outputs(row: Row, call: Call, outputs: int) -> Any:
    """h[L], (1, s_L)."""
    result = call.new_array(call.parameters(), 1, outputs)
    row.compute(result)
    return result


def finish_value(row: Row, call: Call, outputs: int) -> Any:
    """h[L], (1,), of the only output."""
    result = call.new_array(call.parameters(), outputs)
    row.compute(result)
    return result


def finish_both(row: Row, call: Call, outputs: int) -> Any:
    """1 - h and h, (1, 2), of the only output."""
    b, v = call.builder, call.v
    result = call.new_array(call.parameters(), 1, 2 * outputs)
    row.compute(result)
    numbers = call.data(result)
    h = b.load(numbers)
    b.store(b.fsub(v.scalar(1.0), h), numbers)
    b.store(h, b.gep(numbers, [index(1)]))
    return result


def finish_label(row: Row, call: Call, outputs: int, counted: bool) -> Any:
    """The label, (1,).

    Labels are copied byte by byte; those that are `counted` are references to Python's objects.
    """
    b = call.builder
    h, memory = row.outputs()
    chosen = is_over_half(call, h) if outputs == 1 else greatest(call, h, outputs)
    labels = call.of_entry("labels")
    result = call.new_array(labels, 1, drop=memory)
    size = b.load(objects.field(b, labels, objects.STRIDES, INDEX.as_pointer()))
    source, target = (objects.field(b, one, objects.DATA, BYTES) for one in (labels, result))
    copy = external(b, "memcpy", BYTES, BYTES, BYTES, INDEX)
    b.call(copy, [target, b.gep(source, [b.mul(chosen, size)]), size])
    if counted:
        call.keep(b.load(b.bitcast(target, BYTES.as_pointer())))
    if memory is not None:
        call.drop(memory)
    return result


def finish_each_label(row: Row, call: Call, outputs: int) -> Any:
    """(1, s_L) numbers of the labels' dtype, int64: 1 where an output is over 1/2."""
    b = call.builder
    h, memory = row.outputs()
    result = call.new_array(call.of_entry("labels"), 1, outputs, drop=memory)
    numbers = objects.data(b, result, INDEX)
    with repeat(b, outputs) as k:
        b.store(is_over_half(call, b.gep(h, [k])), b.gep(numbers, [k]))
    if memory is not None:
        call.drop(memory)
    return result


def is_over_half(call: Call, place: Any) -> Any:
    """1 if a number is over 1/2, else 0: an index."""
    b = call.builder
    return b.zext(b.fcmp_ordered(">", b.load(place), call.v.scalar(0.5)), INDEX)


def greatest(call: Call, h: Any, outputs: int) -> Any:
    """The index of the greatest output, or of the first NaN: NumPy's argmax."""
    b = call.builder
    best, place = variable(b, b.load(h)), variable(b, index(0))
    with counting(b, index(1), index(outputs)) as k:
        number, known = b.load(b.gep(h, [k])), b.load(best)
        greater = b.fcmp_unordered(">", number, known)  # or NaN
        with b.if_then(b.and_(greater, b.fcmp_ordered("ord", known, known))):
            b.store(number, best)
            b.store(k, place)
    return b.load(place)


FINISHES: dict[str, Callable[[Row, Call, int], Any]] = {
    "outputs": finish_outputs,
    "value": finish_value,
    "both": finish_both,
    "label": partial(finish_label, counted=False),
    "object_label": partial(finish_label, counted=True),
    "each_label": finish_each_label,
}
WRITERS: dict[str, Callable[..., None]] = {
    name + end: partial(write_row, finish=finish, ready=bool(end))
    for name, finish in FINISHES.items()
    for end in ("", "_ready")
}
