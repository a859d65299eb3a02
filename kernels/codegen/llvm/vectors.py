"""A writer of instructions on vectors: as many numbers, in *lanes*, as a register holds.

Where a vector is only partly of use, methods named `first` know how many of its lanes count, and
touch no memory beyond them.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from llvmlite import ir

from kernels.codegen.llvm.lanes import Lanes
from kernels.codegen.llvm.target import BITS, Target
from kernels.codegen.llvm.writing import external, variable


class Vectors(Lanes):
    """Writes instructions on vectors of a dtype at the builder's place in a function.

    Parameters
    ----------
    builder : llvmlite's builder; outside all functions an object with the attribute `module`
    dtype : "float64" or "float32"
    target : the processor, which decides how many lanes there are
    lanes : fewer than that; with one, numbers stand for vectors, and methods named for lanes and
        integers cannot be used

    Methods take and return LLVM values: vectors of the type `self.type`, scalars of `self.scalar`.
    """

    def __init__(self, builder: Any, dtype: str, target: Target, lanes: int | None = None) -> None:
        self.builder = builder
        self.dtype = dtype
        self.target = target
        self.lanes = lanes or target.lanes(dtype)
        self.scalar = ir.DoubleType() if dtype == "float64" else ir.FloatType()
        self.type = self.scalar if self.lanes == 1 else ir.VectorType(self.scalar, self.lanes)
        self.integer = ir.VectorType(ir.IntType(BITS[dtype]), self.lanes)
        self.bytes = BITS[dtype] // 8

    def inside(self, function: Any) -> Vectors:
        """A writer at the beginning of a new function."""
        return Vectors(ir.IRBuilder(function.append_basic_block("entry")), self.dtype, self.target)

    def narrow(self, count: int) -> Vectors:
        """A writer of the narrowest vectors that have so many lanes, of 128 bits or more."""
        lanes = 128 // BITS[self.dtype]
        while lanes < min(count, self.lanes):
            lanes *= 2
        return Vectors(self.builder, self.dtype, self.target, lanes)

    def single(self) -> Vectors:
        """A writer of single numbers in place of vectors."""
        return Vectors(self.builder, self.dtype, self.target, 1)

    def integer_constant(self, value: int) -> Any:
        """The same integer, as wide as the lanes, in every lane."""
        return ir.Constant(self.integer, [value] * self.lanes)

    def table(self, values: Sequence[float]) -> Any:
        """Numbers to look up."""
        return ir.Constant(ir.VectorType(self.scalar, len(values)), list(values))

    def integer_table(self, values: Sequence[int]) -> Any:
        """Integers to look up, as wide as the lanes."""
        return ir.Constant(ir.VectorType(self.integer.element, len(values)), list(values))

    def load(self, data: Any, index: Any) -> Any:
        """The `lanes` numbers from `data[index]` on."""
        return self.builder.load(self._place(data, index), align=self.bytes)

    def opaque(self, value: Any) -> Any:
        """The same value, but LLVM does not know that it was read from memory."""
        block = self.builder.block
        frozen = ir.Instruction(block, value.type, "freeze", [value])
        block.instructions.append(frozen)
        self.builder.position_at_end(block)
        return frozen

    def store(self, value: Any, data: Any, index: Any) -> None:
        """Write all lanes from `data[index]` on."""
        self.builder.store(value, self._place(data, index), align=self.bytes)

    def broadcast(self, data: Any, index: Any) -> Any:
        """The number `data[index]` in every lane."""
        return self.splat(self.builder.load(self.builder.gep(data, [index], inbounds=True)))

    def gather(self, data: Any, indices: list[Any]) -> Any:
        """The numbers `data[index]`, one a lane."""
        result = ir.Constant(self.type, ir.Undefined)
        for lane, index in enumerate(indices):
            number = self.builder.load(self.builder.gep(data, [index], inbounds=True))
            result = self.builder.insert_element(result, number, ir.Constant(ir.IntType(32), lane))
        return result

    def scatter(self, value: Any, data: Any, indices: list[Any]) -> None:
        """Write the leading lanes, each to its `data[index]`, the first lane first."""
        for lane, index in enumerate(indices):
            number = self.builder.extract_element(value, ir.Constant(ir.IntType(32), lane))
            self.builder.store(number, self.builder.gep(data, [index], inbounds=True))

    def store_first(self, count: int, value: Any, data: Any, index: Any) -> None:
        """Write the first `count` lanes from `data[index]` on, and nothing behind them."""
        if count == self.lanes:
            self.store(value, data, index)
            return
        if count == 1:
            self.scatter(value, data, [index])
            return
        first = self._pick(value, value, range(count))
        place = self.builder.gep(data, [index], inbounds=True)
        self.builder.store(
            first, self.builder.bitcast(place, first.type.as_pointer()), align=self.bytes
        )

    def load_first(self, count: int, data: Any, index: Any) -> Any:
        """The first `count` lanes from `data[index]` on, 0 in the others; nothing else is read."""
        if count == self.lanes:
            return self.load(data, index)
        place = self.builder.gep(data, [index], inbounds=True)
        if count == 1:  # LLVM trips over vectors of one
            number = self.builder.load(place)
            return self.builder.insert_element(self.constant(0.0), number, ir.IntType(32)(0))
        kind = ir.VectorType(self.scalar, count)
        few = self.builder.load(self.builder.bitcast(place, kind.as_pointer()), align=self.bytes)
        zeros = [count] * (self.lanes - count)
        return self._pick(few, ir.Constant(kind, [0.0] * count), [*range(count), *zeros])

    def fma(self, a: Any, b: Any, c: Any) -> Any:
        """The sum a b + c, rounded once if the processor has an instruction for it."""
        if not self.target.fuses:
            return self.builder.fadd(self.builder.fmul(a, b), c)
        return self._call("llvm.fma", a, b, c)

    def magnitude(self, value: Any) -> Any:
        """|value|."""
        return self._call("llvm.fabs", value)

    def with_sign(self, value: Any, other: Any) -> Any:
        """A value whose sign bit is not set, with the sign bit of another."""
        b, bit = self.builder, self.integer_constant(1 << BITS[self.dtype] - 1)
        sign = b.and_(b.bitcast(other, self.integer), bit)
        return b.bitcast(b.or_(b.bitcast(value, self.integer), sign), self.type)

    def log(self, value: Any) -> Any:
        """The natural logarithm, which the C library computes lane by lane: for few numbers."""
        return self._call("llvm.log", value)

    def greater(self, a: Any, b: Any) -> Any:
        """The greater of two; a where either is NaN."""
        return self.builder.select(self.builder.fcmp_ordered("<", a, b), b, a)

    def root(self, value: Any) -> Any:
        """The square root."""
        return self._call("llvm.sqrt", value)

    def mul(self, a: Any, b: Any) -> Any:
        """The product."""
        return self.builder.fmul(a, b)

    def sub(self, a: Any, b: Any) -> Any:
        """The difference."""
        return self.builder.fsub(a, b)

    def add(self, a: Any, b: Any) -> Any:
        """The sum."""
        return self.builder.fadd(a, b)

    def less_in_double(self, value: Any, doubles: Any, index: Any) -> Any:
        """The value less the float64 numbers from `doubles[index]` on, subtracted in float64."""
        wide = ir.VectorType(ir.DoubleType(), self.lanes)
        place = self.builder.bitcast(
            self.builder.gep(doubles, [index], inbounds=True), wide.as_pointer()
        )
        number = self.builder.load(place, align=8)
        if self.type == wide:
            return self.builder.fsub(value, number)
        exact = self.builder.fsub(self.builder.fpext(value, wide), number)
        return self.builder.fptrunc(exact, self.type)

    def load_doubles(self, count: int, doubles: Any, index: Any) -> Any:
        """The first `count` float64 numbers from `doubles[index]` on, in this dtype; then 0."""
        wide = Vectors(self.builder, "float64", self.target)
        if wide.type == self.type:
            return self.load_first(count, doubles, index)
        kind = ir.VectorType(wide.scalar, self.lanes)
        if count == self.lanes:
            place = self.builder.gep(doubles, [index], inbounds=True)
            numbers = self.builder.load(self.builder.bitcast(place, kind.as_pointer()), align=8)
            return self.builder.fptrunc(numbers, self.type)
        result = self.constant(0.0)
        for lane in range(count):
            at = self.builder.add(index, ir.Constant(index.type, lane))
            number = self.builder.load(self.builder.gep(doubles, [at], inbounds=True))
            number = self.builder.fptrunc(number, self.scalar)
            result = self.builder.insert_element(result, number, ir.IntType(32)(lane))
        return result

    def clamp(self, value: Any, bound: float) -> Any:
        """The nearest number from -bound to bound; NaN stays NaN."""
        return self.nearest(value, -bound, bound)

    def nearest(self, value: Any, least: float, most: float) -> Any:
        """The nearest number from `least` to `most`; NaN stays NaN."""
        return self.at_most(self.at_least(value, least), most)

    def at_least(self, value: Any, end: float) -> Any:
        """The value, or `end` where it is less; NaN stays NaN."""
        return self._limited(value, "<", end)

    def at_most(self, value: Any, end: float) -> Any:
        """The value, or `end` where it is greater; NaN stays NaN."""
        return self._limited(value, ">", end)

    def _limited(self, value: Any, beyond: str, end: float) -> Any:
        limit = self.constant(end)
        return self.builder.select(self.builder.fcmp_ordered(beyond, value, limit), limit, value)

    def greatest(self, value: Any) -> Any:
        """The greatest of the lanes, a scalar."""
        result, *others = (
            self.builder.extract_element(value, ir.Constant(ir.IntType(32), lane))
            for lane in range(self.lanes)
        )
        for other in others:
            result = self.greater(result, other)
        return result

    def _call(self, name: str, *values: Any) -> Any:
        """Call a function that LLVM has for every type, here vectors or scalars."""
        kind = values[0].type
        lanes = f"v{self.lanes}" if kind != self.scalar else ""
        name = f"{name}.{lanes}f{BITS[self.dtype]}"
        function = external(self.builder, name, kind, *[kind] * len(values))
        return self.builder.call(function, values)

    def _place(self, data: Any, index: Any) -> Any:
        return self.builder.bitcast(
            self.builder.gep(data, [index], inbounds=True), self.type.as_pointer()
        )


class Registers:
    """Vectors that change from turn to turn of a loop; LLVM keeps them in registers.

    Parameters
    ----------
    vectors : the writer
    start : their first values, or how many there are, which then start at 0
    """

    def __init__(self, vectors: Vectors, start: int | list[Any]) -> None:
        self.vectors = vectors
        values = [vectors.constant(0.0)] * start if isinstance(start, int) else start
        self.slots = [variable(vectors.builder, value) for value in values]

    def __len__(self) -> int:
        return len(self.slots)

    def __getitem__(self, index: int) -> Any:
        return self.vectors.builder.load(self.slots[index])

    def __setitem__(self, index: int, value: Any) -> None:
        self.vectors.builder.store(value, self.slots[index])

    def total(self) -> Any:
        """The sum of all lanes of all of them, a scalar."""
        result = self[0]
        for index in range(1, len(self)):
            result = self.vectors.add(result, self[index])
        return self.vectors.total(result)
