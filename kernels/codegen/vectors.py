"""The width of the processor's vector registers, and a writer of vector instructions."""

from __future__ import annotations

import functools
from collections.abc import Iterable
from typing import Any

import llvmlite.binding
from llvmlite import ir
from numba.core import cgutils, config, types

BITS = {types.float64: 64, types.float32: 32}


@functools.cache
def features() -> frozenset[str]:
    """What the processor that Numba compiles for can do, in LLVM's names."""
    if config.CPU_FEATURES is not None:
        flags = config.CPU_FEATURES.split(",")
        return frozenset(flag[1:] for flag in flags if flag.startswith("+"))
    return frozenset(name for name, has in llvmlite.binding.get_host_cpu_features().items() if has)


def register_bits() -> int:
    """The width of a vector register."""
    if "avx512f" in features():
        return 512
    return 256 if "avx" in features() else 128


def is_arm() -> bool:
    """Whether the processor is an Arm of 64 bits."""
    return "neon" in features()


def registers() -> int:
    """How many vector registers there are."""
    return 32 if register_bits() == 512 or is_arm() else 16


def fuses() -> bool:
    """Whether a multiply-add is one instruction; elsewhere LLVM would call a library for it."""
    return is_arm() or bool(features() & {"fma", "avx512f"})


def lanes(real: types.Type) -> int:
    """How many numbers of Numba's type `real` a vector register holds."""
    return register_bits() // BITS[real]


class Vectors:
    """Writes instructions on vectors of `real` at the builder's place in a function.

    Values are LLVM values of the type `self.type`.
    """

    def __init__(self, builder: Any, real: types.Type) -> None:
        self.builder = builder
        self.real = real
        self.lanes = lanes(real)
        self.scalar = ir.DoubleType() if real == types.float64 else ir.FloatType()
        self.type = ir.VectorType(self.scalar, self.lanes)
        self.integer = ir.VectorType(ir.IntType(BITS[real]), self.lanes)
        self.suffix = f"v{self.lanes}f{BITS[real]}"

    def constant(self, value: float) -> Any:
        """The same number in every lane."""
        return ir.Constant(self.type, [value] * self.lanes)

    def integer_constant(self, value: int) -> Any:
        """The same integer, as wide as the lanes, in every lane."""
        return ir.Constant(self.integer, [value] * self.lanes)

    def splat(self, scalar: Any) -> Any:
        """A scalar in every lane."""
        return self._spread(self.type, scalar)

    def load(self, data: Any, index: Any) -> Any:
        """The `lanes` numbers from `data[index]` on."""
        return self.builder.load(self._place(data, index), align=BITS[self.real] // 8)

    def store(self, value: Any, data: Any, index: Any) -> None:
        """Write all lanes from `data[index]` on."""
        self.builder.store(value, self._place(data, index), align=BITS[self.real] // 8)

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

    def first_lanes(self, count: Any) -> Any:
        """A mask of the first `count` lanes, an index."""
        kind = self.integer.element
        narrow = self.builder.trunc(count, kind) if kind.width < count.type.width else count
        numbers = ir.Constant(self.integer, list(range(self.lanes)))
        return self.builder.icmp_signed("<", numbers, self._spread(self.integer, narrow))

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
            first, self.builder.bitcast(place, first.type.as_pointer()), align=BITS[self.real] // 8
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
        few = self.builder.load(
            self.builder.bitcast(place, kind.as_pointer()), align=BITS[self.real] // 8
        )
        zeros = [count] * (self.lanes - count)
        return self._pick(few, ir.Constant(kind, [0.0] * count), [*range(count), *zeros])

    def first(self, count: int, value: Any, other: float = 0.0) -> Any:
        """The first `count` lanes, and another number in those behind."""
        lanes = [*range(count), *range(self.lanes + count, 2 * self.lanes)]
        return self._pick(value, self.constant(other), lanes)

    def interleave(self, a: Any, b: Any) -> tuple[Any, Any]:
        """a0 b0 a1 b1 ..., in two vectors."""
        pairs = [lane for k in range(self.lanes) for lane in (k, self.lanes + k)]
        return self._pick(a, b, pairs[: self.lanes]), self._pick(a, b, pairs[self.lanes :])

    def transposed(self, rows: list[Any]) -> list[Any]:
        """The columns of a square of numbers, from its rows."""
        half = self.lanes // 2
        for _ in range(self.lanes.bit_length() - 1):
            pairs = [self.interleave(rows[k], rows[k + half]) for k in range(half)]
            rows = [vector for pair in pairs for vector in pair]
        return rows

    def fma(self, a: Any, b: Any, c: Any) -> Any:
        """A b + c, rounded once where the processor can."""
        if not fuses():
            return self.builder.fadd(self.builder.fmul(a, b), c)
        return self._call("llvm.fma", a, b, c)

    def magnitude(self, value: Any) -> Any:
        """|value|."""
        return self._call("llvm.fabs", value)

    def with_sign(self, value: Any, sign: Any) -> Any:
        """A value with the sign of another."""
        return self._call("llvm.copysign", value, sign)

    def log(self, value: Any) -> Any:
        """The natural logarithm, which is computed lane by lane: for few numbers."""
        return self._call("llvm.log", value)

    def greater(self, a: Any, b: Any) -> Any:
        """The greater of two; a where b is NaN."""
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

    def total(self, value: Any) -> Any:
        """The sum of the lanes, a scalar."""
        result = ir.Constant(self.scalar, 0.0)
        for lane in range(self.lanes):
            index = ir.Constant(ir.IntType(32), lane)
            result = self.builder.fadd(result, self.builder.extract_element(value, index))
        return result

    def greatest(self, value: Any) -> Any:
        """The greatest of the lanes, a scalar."""
        result, *others = (
            self.builder.extract_element(value, ir.Constant(ir.IntType(32), lane))
            for lane in range(self.lanes)
        )
        for other in others:
            result = self.greater(result, other)
        return result

    def clamp(self, value: Any, bound: float) -> Any:
        """The nearest number from -bound to bound; NaN stays NaN."""
        for beyond, end in (("<", -bound), (">", bound)):
            limit = self.constant(end)
            outside = self.builder.fcmp_ordered(beyond, value, limit)
            value = self.builder.select(outside, limit, value)
        return value

    def _call(self, name: str, *values: Any) -> Any:
        kind = ir.FunctionType(self.type, [self.type] * len(values))
        function = cgutils.get_or_insert_function(
            self.builder.module, kind, f"{name}.{self.suffix}"
        )
        return self.builder.call(function, values)

    def _spread(self, kind: Any, scalar: Any) -> Any:
        nothing = ir.Constant(kind, ir.Undefined)
        first = self.builder.insert_element(nothing, scalar, ir.Constant(ir.IntType(32), 0))
        return self._pick(first, nothing, [0] * self.lanes)

    def _pick(self, a: Any, b: Any, lanes: Iterable[int]) -> Any:
        """A vector of these lanes, counted through a and then b."""
        chosen = list(lanes)
        mask = ir.Constant(ir.VectorType(ir.IntType(32), len(chosen)), chosen)
        return self.builder.shuffle_vector(a, b, mask)

    def _place(self, data: Any, index: Any) -> Any:
        return self.builder.bitcast(
            self.builder.gep(data, [index], inbounds=True), self.type.as_pointer()
        )


class Registers:
    """Vectors that change from turn to turn of a loop; LLVM keeps them in registers.

    They start as the values given, or as so many zeros.
    """

    def __init__(self, vectors: Vectors, start: int | list[Any]) -> None:
        self.vectors = vectors
        values = [vectors.constant(0.0)] * start if isinstance(start, int) else start
        self.slots = [cgutils.alloca_once_value(vectors.builder, value) for value in values]

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
