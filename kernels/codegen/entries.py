"""The native entries of a plan, operation by operation, as functions that Python calls directly.

`python.calls` says what an entry is and does; this file says what each takes and returns. The
entries for `kernels.sklearn`, which take a matrix of one row, are in `row_entries`.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import TYPE_CHECKING, Any

from kernels.codegen import row_entries
from kernels.codegen.arguments import arguments_of
from kernels.codegen.llvm.writing import (
    BYTES,
    DOUBLE,
    INDEX,
    INT,
    external,
    index,
    variable,
)
from kernels.codegen.python import objects
from kernels.codegen.python.calls import READ, WRITE, Call
from kernels.codegen.python.objects import NULL, TYPE, is_null
from kernels.network import parameter_count
from kernels.results import Gradient

if TYPE_CHECKING:
    from kernels.codegen.program import Program


def write(program: Program, name: str) -> None:
    """Write the entry `name`."""
    names, required = arguments_of(name)
    call = Call(program.v, name, names, required, has_plan=name not in WITHOUT_PLAN)
    WRITERS[name](program, call)


def result_or_new(call: Call, out: Any, shape: tuple[Any, ...], check: Callable[[], None]) -> Any:
    """`out`, after a check, with one more reference; or a new array."""
    b = call.builder
    result = variable(b, out)
    with b.if_else(is_null(b, out), likely=False) as (missing, given):
        with missing:
            b.store(call.new_array(call.parameters(), *shape), result)
        with given:
            call.require_array(out, WRITE)
            call.require_shape(out, shape)
            check()
            objects.retain(b, out)
    return b.load(result)


def write_forward(program: Program, call: Call) -> None:
    """forward(x, out=None)."""
    x, out = call.values
    b, inputs, outputs = call.builder, program.layout.sizes[0], program.layout.sizes[-1]
    call.require_array(x, READ)
    call.require_shape(x, (inputs,))
    apart = partial(call.require_apart, x, index(inputs), out, index(outputs))
    result = result_or_new(call, out, (outputs,), apart)
    program.one_sample(call, x, result)
    b.ret(result)


def write_forward_batch(program: Program, call: Call) -> None:
    """forward_batch(X, out=None)."""
    X, out = call.values
    b, inputs, outputs = call.builder, program.layout.sizes[0], program.layout.sizes[-1]
    call.require_array(X, READ)
    call.require_shape(X, (None, inputs))
    rows = objects.length(b, X, 0)
    require_rows(call, rows)
    counts = [b.mul(rows, index(n)) for n in (inputs, outputs)]
    apart = partial(call.require_apart, X, counts[0], out, counts[1])
    result = result_or_new(call, out, (rows, outputs), apart)
    with program.scratch_for(call, program.call_memory, result) as scratch:
        parameters = call.parameters()
        P, x, y = (call.data(one) for one in (parameters, X, result))
        if program.layout.architecture.shifted:
            arguments = (program.frame(call.v, P, scratch), program.sample(), x, rows, y)
            compute = partial(program.write_one_by_one, *arguments)
        else:
            compute = partial(b.call, program.batch(), [P, x, rows, y, scratch])
        call.unlocked(program.work.batch_is_long(b, rows), [parameters, X, result], compute)
    b.ret(result)


def require_rows(call: Call, rows: Any) -> None:
    """Refuse no samples, and more than the entry's `most`, which Python shares among threads."""
    b = call.builder
    most = b.load(objects.data(b, call.of_entry("most"), INDEX))
    call.require(b.icmp_signed(">=", rows, index(1)))
    call.require(b.icmp_signed("<=", rows, most))


def write_gradient(program: Program, call: Call) -> None:
    """gradient(X, Y, out=None), of one sample or of many."""
    X, Y, _ = call.values
    for array in (X, Y):
        call.require_array(array, READ)
    rows = required_rows(program, call, X, Y)
    result, theta = gradient_or_new(program, call, rows)
    cost = gradient_into(program, call, rows, theta, result)
    b = call.builder
    number = b.call(external(b, "PyFloat_FromDouble", BYTES, DOUBLE), [cost])
    call.end_without(number, drop=result)
    place = objects.place(b, result, objects.slots(Gradient)["cost"], BYTES)
    before = b.load(place)
    b.store(number, place)
    call.drop(before)
    b.ret(result)


def required_rows(program: Program, call: Call, X: Any, Y: Any) -> Any:
    """The number of samples; refuse X and Y unless both have that many, or both are one sample."""
    b, (inputs, *_, outputs) = call.builder, program.layout.sizes
    rows = variable(b, index(1))
    axes = [objects.dimensions(b, array) for array in (X, Y)]
    single = b.and_(*(b.icmp_signed("==", one, INT(1)) for one in axes))
    with b.if_else(single) as (one, many):
        with one:
            call.require_shape(X, (inputs,))
            call.require_shape(Y, (outputs,))
        with many:
            call.require_shape(X, (None, inputs))
            b.store(objects.length(b, X, 0), rows)
            require_rows(call, b.load(rows))
            if outputs == 1:
                with b.if_else(b.icmp_signed("==", axes[1], INT(1))) as (flat, column):
                    with flat:
                        call.require_shape(Y, (b.load(rows),))
                    with column:
                        call.require_shape(Y, (b.load(rows), outputs))
            else:
                call.require_shape(Y, (b.load(rows), outputs))
    return b.load(rows)


def gradient_or_new(program: Program, call: Call, rows: Any) -> tuple[Any, Any]:
    """`out` or a new Gradient, with a reference for the caller; and its theta."""
    b, out, slots = call.builder, call.values[2], objects.slots(Gradient)
    count = parameter_count(program.layout.sizes)
    result, theta = variable(b, out), variable(b, NULL)
    with b.if_else(is_null(b, out)) as (missing, given):
        with missing:
            array = call.new_array(call.parameters(), count)
            new = external(b, "PyType_GenericAlloc", BYTES, BYTES, INDEX)
            gradient = b.call(new, [call.of_entry("results"), index(0)])
            call.end_without(gradient, drop=array)
            sizes = call.of_entry("sizes")
            call.keep(sizes)
            for name, value in (("theta", array), ("sizes", sizes)):
                b.store(value, objects.place(b, gradient, slots[name], BYTES))
            b.store(gradient, result)
            b.store(array, theta)
        with given:
            b.store(required_theta(program, call, rows), theta)
            objects.retain(b, out)
    return b.load(result), b.load(theta)


def required_theta(program: Program, call: Call, rows: Any) -> Any:
    """theta of `out`; refuse it unless it is a Gradient of this network that can be rewritten."""
    X, Y, out = call.values
    b, slots, (inputs, *_, outputs) = call.builder, objects.slots(Gradient), program.layout.sizes
    count = parameter_count(program.layout.sizes)
    kind = objects.field(b, out, TYPE, BYTES)
    call.require(b.icmp_unsigned("==", kind, call.of_entry("results")))
    theta, sizes = (objects.field(b, out, slots[name], BYTES) for name in ("theta", "sizes"))
    call.require(b.not_(is_null(b, theta)))  # a Gradient that was never filled
    call.require(b.icmp_unsigned("==", sizes, call.of_entry("sizes")))
    call.require_array(theta, WRITE)
    call.require_shape(theta, (count,))
    for other, width in ((X, inputs), (Y, outputs)):
        call.require_apart(other, b.mul(rows, index(width)), theta, index(count))
    return theta


def gradient_into(program: Program, call: Call, rows: Any, theta: Any, result: Any) -> Any:
    """The gradient over so many samples into the theta of `result`; the cost."""
    b, (X, Y, _) = call.builder, call.values
    with program.scratch_for(call, program.call_memory, result) as scratch:
        parameters = call.parameters()
        P, x, y, out = (call.data(one) for one in (parameters, X, Y, theta))
        cost = variable(b, DOUBLE(0.0))

        def compute() -> None:
            single = b.icmp_signed("==", rows, index(1))
            with b.if_else(single) as (one, many):
                with one:
                    b.store(b.call(program.sample_gradient(), [P, x, y, out, scratch]), cost)
                with many:
                    # with a shift, `most` is 1: only single samples get here
                    if not program.layout.architecture.shifted:
                        b.store(b.call(program.gradient(), [P, x, y, rows, out, scratch]), cost)

        long = program.work.gradient_is_long(b, rows)
        call.unlocked(long, [parameters, X, Y, theta], compute)
    return b.load(cost)


def write_update(program: Program, call: Call) -> None:
    """update(theta) of a float64 plan: pack theta into `spare`, and exchange it and `parameters`.

    Refused if there is no spare memory, if something else refers to it, or theta is not finite.
    """
    (theta,) = call.values
    b = call.builder
    call.require_array(theta, READ)
    call.require_shape(theta, (parameter_count(program.layout.sizes),))
    places = [call.held(name) for name in ("parameters", "spare", "network")]
    parameters, spare, network = (b.load(place) for place in places)
    call.require(b.not_(is_null(b, spare)))
    call.require(b.icmp_signed("==", objects.field(b, spare, objects.COUNT, INT), INT(1)))
    finite = b.call(program.pack(), [call.data(theta), call.data(spare)])
    call.require(finite)
    for value, place in zip((spare, parameters, NULL), places, strict=True):
        b.store(value, place)
    call.drop(network)
    b.ret(call.answer("_Py_NoneStruct"))


def write_compute(program: Program, call: Call) -> None:
    """compute(parameters, x, out), with the shift subtracted from x already.

    It belongs to no plan, and returns False instead of handing on what it refuses, otherwise True.
    """
    parameters, x, out = call.values
    b, inputs, outputs = call.builder, program.layout.sizes[0], program.layout.sizes[-1]
    for array, flags, count in ((x, READ, inputs), (out, WRITE, outputs)):
        call.require_array(array, flags)
        call.require_shape(array, (count,))
    call.require_apart(x, index(inputs), out, index(outputs))
    arrays = [call.data(one) for one in (parameters, x, out)]
    b.call(program.ready(), [*arrays, program.numbers(None)])
    b.ret(call.answer("_Py_TrueStruct"))


def write_compute_batch(program: Program, call: Call) -> None:
    """compute_batch(parameters, X, out, scratch), for many samples; otherwise as `compute`."""
    parameters, X, out, scratch = call.values
    b, inputs, outputs = call.builder, program.layout.sizes[0], program.layout.sizes[-1]
    call.require_array(X, READ)
    call.require_shape(X, (None, inputs))
    rows = objects.length(b, X, 0)
    call.require_array(out, WRITE)
    call.require_shape(out, (rows, outputs))
    counts = [b.mul(rows, index(n)) for n in (inputs, outputs)]
    call.require_apart(X, counts[0], out, counts[1])
    P, x, y, memory = (call.data(one) for one in (parameters, X, out, scratch))
    compute = partial(b.call, program.batch(), [P, x, rows, y, memory])
    call.unlocked(program.work.batch_is_long(b, rows), [parameters, X, out, scratch], compute)
    b.ret(call.answer("_Py_TrueStruct"))


WITHOUT_PLAN = ("compute", "compute_batch")
"""Entries that belong to no plan: their first argument is what `pack` returned."""
WRITERS: dict[str, Callable[..., None]] = {
    "compute": write_compute,
    "compute_batch": write_compute_batch,
    "forward": write_forward,
    "forward_batch": write_forward_batch,
    "gradient": write_gradient,
    "update": write_update,
    **row_entries.WRITERS,
}


def needed(program: Program) -> list[str]:
    """The entries that a program has: for its operations, for `update`, and those without plan."""
    names = {"compute_batch", *(set(WRITERS) & program.operations)}
    if not program.sample_memory:
        names.add("compute")
    if program.layout.dtype == "float64":
        names.add("update")
    return sorted(names)
