"""Functions of generated code that Python calls directly, and how they check their arguments.

A function with the signature of CPython's METH_FASTCALL gets the objects as they are, in an array:
a call costs no conversion, no wrapper and no frame. Each *entry* checks that its arguments are
plain arrays of the plan's dtype, of the right shape, contiguous, aligned, apart from each other,
and writable if they are results: a dozen comparisons of numbers in the arrays' heads (`objects`).
It *refuses* all others: it hands them on, untouched, to a Python function, which converts or
explains.

An entry's first argument is an `Entry`: what belongs to one plan. Its attributes are read at fixed
places (`objects.slots`).
"""

from __future__ import annotations

from typing import Any

from llvmlite import ir

from kernels.codegen.llvm.vectors import Vectors
from kernels.codegen.llvm.writing import (
    BYTES,
    INDEX,
    INT,
    as_index,
    external,
    index,
    variable,
)
from kernels.codegen.python import binding, objects
from kernels.codegen.python.entry import Entry
from kernels.codegen.python.objects import (
    ALIGNED,
    CONTIGUOUS,
    DTYPE,
    FLAGS,
    NULL,
    TYPE,
    WRITABLE,
    is_null,
)
from kernels.held import Held
from kernels.support.aligned import LINE

CALL = (BYTES, BYTES.as_pointer(), INDEX, BYTES)
"""What an entry gets and hands on: an object, the arguments, their count, names of the last."""
READ = CONTIGUOUS | ALIGNED
WRITE = READ | WRITABLE


class Call:
    """Instructions that all entries share: for arguments, checks, memory and results.

    Parameters
    ----------
    v : writes in the module
    name : the function's name
    names : of the arguments
    required : how many of them must be given
    has_plan : True if the entry belongs to a plan, to whose Python method it hands on what it
        refuses; otherwise it answers False, and its first argument is the parameters
    """

    def __init__(
        self, v: Vectors, name: str, names: tuple[str, ...], required: int, has_plan: bool = True
    ) -> None:
        kind = ir.FunctionType(BYTES, CALL)
        function = ir.Function(v.builder.module, kind, f"entry_{name}")
        self.v = v.inside(function)
        self.builder = self.v.builder
        self.entry, self.given, self.count, self.keywords = function.args
        self.names, self.required = names, required
        self.refused = function.append_basic_block("refused")
        self.has_plan = has_plan
        with self.builder.goto_block(self.refused):
            self._refuse()
        self.values = binding.values(self) if has_plan else self._unnamed()

    def _unnamed(self) -> list[Any]:
        b, n = self.builder, len(self.names)
        self.require(is_null(b, self.keywords))
        self.require(b.icmp_signed("==", self.count, index(n)))
        return [b.load(b.gep(self.given, [index(k)])) for k in range(n)]

    def _refuse(self) -> None:
        if not self.has_plan:
            self.builder.ret(self.answer("_Py_FalseStruct"))
            return
        pass_on = external(self.builder, "PyObject_Vectorcall", BYTES, *CALL)
        arguments = [self.of_entry("back"), self.given, self.count, self.keywords]
        self.builder.ret(self.builder.call(pass_on, arguments))

    # --- arguments ------------------------------------------------------------------------------

    def of_entry(self, name: str) -> Any:
        """An attribute of the entry."""
        return objects.field(self.builder, self.entry, objects.slots(Entry)[name], BYTES)

    def held(self, name: str) -> Any:
        """Where an attribute of `Held` lies."""
        return objects.place(self.builder, self.of_entry("held"), objects.slots(Held)[name], BYTES)

    def require(self, good: Any) -> None:
        """Refuse the call unless a condition holds."""
        following = self.builder.append_basic_block("good")
        self.builder.cbranch(good, following, self.refused).set_weights([1000, 1])
        self.builder.position_at_end(following)

    def parameters(self) -> Any:
        """The array of the plan's parameters, as an object."""
        if not self.has_plan:
            return self.values[0]
        return self.builder.load(self.held("parameters"))

    def data(self, array: Any) -> Any:
        """Where the numbers of an array begin."""
        return objects.data(self.builder, array, self.v.scalar)

    def require_array(self, array: Any, flags: int) -> None:
        """Only a plain array of the plan's dtype is taken, with these flags."""
        b, like = self.builder, self.parameters()
        for offset in (TYPE, DTYPE):
            one, other = (objects.field(b, head, offset) for head in (array, like))
            self.require(b.icmp_unsigned("==", one, other))
        flagged = b.and_(objects.field(b, array, FLAGS, INT), INT(flags))
        self.require(b.icmp_unsigned("==", flagged, INT(flags)))

    def require_shape(self, array: Any, shape: tuple[Any, ...]) -> None:
        """Only this shape is taken: of numbers, LLVM values, and None for any length."""
        b = self.builder
        axes = objects.dimensions(b, array)
        self.require(b.icmp_signed("==", axes, INT(len(shape))))
        for axis, count in enumerate(shape):
            if count is not None:
                length = objects.length(b, array, axis)
                self.require(b.icmp_signed("==", length, as_index(count)))

    def require_apart(self, a: Any, a_count: Any, other: Any, other_count: Any) -> None:
        """Only arrays of so many numbers that share no memory are taken."""
        b, size = self.builder, index(self.v.bytes)
        a_bytes, other_bytes = b.mul(a_count, size), b.mul(other_count, size)
        self.require(objects.apart(b, self.data(a), a_bytes, self.data(other), other_bytes))

    # --- results --------------------------------------------------------------------------------

    def new_array(self, like: Any, *shape: Any, drop: Any = None) -> Any:
        """A new array with the dtype of another, of this shape.

        Without memory for it, the call ends; it drops the object `drop`.
        """
        b = self.builder
        dtype = objects.field(b, like, DTYPE, BYTES)
        self.keep(dtype)  # NumPy takes the reference over; dtypes are immortal from Python 3.13 on
        with b.goto_entry_block():
            lengths = b.alloca(INDEX, index(len(shape)))
        for axis, count in enumerate(shape):
            b.store(as_index(count), b.gep(lengths, [index(axis)]))
        kinds = [BYTES, BYTES, INT, lengths.type, BYTES, BYTES, INT, BYTES]
        new = external(b, "PyArray_NewFromDescr", BYTES, *kinds)
        kind = objects.field(b, like, TYPE, BYTES)
        axes = INT(len(shape))
        array = b.call(new, [kind, dtype, axes, lengths, NULL, NULL, INT(0), NULL])
        self.end_without(array, drop)
        return array

    def end_without(self, result: Any, drop: Any = None) -> None:
        """End the call, which has raised an exception, if there is no result."""
        with self.builder.if_then(is_null(self.builder, result), likely=False):
            if drop is not None:
                self.drop(drop)
            self.builder.ret(NULL)

    def keep(self, one: Any) -> None:
        """One more reference to an object of any kind."""
        self.builder.call(external(self.builder, "Py_IncRef", ir.VoidType(), BYTES), [one])

    def drop(self, one: Any) -> None:
        """One reference less to an object, or to none."""
        self.builder.call(external(self.builder, "Py_DecRef", ir.VoidType(), BYTES), [one])

    def answer(self, name: str) -> Any:
        """One of Python's own objects, as a result."""
        found = objects.external_object(self.builder, name)
        self.keep(found)
        return found

    # --- memory and the interpreter's lock ------------------------------------------------------

    def take_scratch(self, count: int, result: Any) -> tuple[Any, Any]:
        """An array with room for so many numbers, which nobody else uses, and where they begin.

        The plan's own; or another one while a call in another thread has it. Without memory for
        that, the call ends and drops its `result`.
        """
        b, place = self.builder, self.held("scratch")
        taken = variable(b, b.load(place))
        b.store(NULL, place)
        with b.if_then(is_null(b, b.load(taken)), likely=False):
            room = count + LINE // self.v.bytes
            b.store(self.new_array(self.parameters(), room, drop=result), taken)
        array = b.load(taken)
        start = b.ptrtoint(self.data(array), INDEX)
        start = b.and_(b.add(start, index(LINE - 1)), index(-LINE))
        return array, b.inttoptr(start, self.v.scalar.as_pointer())

    def give_scratch(self, array: Any) -> None:
        """Give an array of `take_scratch` back to the plan, or free it if the plan has another."""
        b, place = self.builder, self.held("scratch")
        with b.if_else(is_null(b, b.load(place)), likely=True) as (empty, full):
            with empty:
                b.store(array, place)
            with full:
                self.drop(array)

    def unlocked(self, long: Any, kept: list[Any], compute: Any) -> Any:
        """What `compute` returns, without the interpreter's lock if the call is `long`.

        The objects `kept` exist until it ends.
        """
        b = self.builder
        state = variable(b, NULL)
        with b.if_then(long, likely=False):
            for one in kept:
                objects.retain(b, one)
            b.store(b.call(external(b, "PyEval_SaveThread", BYTES), []), state)
        result = compute()
        with b.if_then(long, likely=False):
            b.call(external(b, "PyEval_RestoreThread", ir.VoidType(), BYTES), [b.load(state)])
            for one in kept:
                self.drop(one)
        return result
