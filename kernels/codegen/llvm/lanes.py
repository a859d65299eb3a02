"""What happens between the lanes of vectors: they change places, are looked up, are added up."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from llvmlite import ir

from kernels.codegen.llvm.target import Target
from kernels.codegen.llvm.writing import external


class Lanes:
    """The part of a writer of vectors that moves lanes; `Vectors` says what its attributes are."""

    builder: Any
    dtype: str
    target: Target
    lanes: int
    scalar: Any
    type: Any
    integer: Any

    def constant(self, value: float) -> Any:
        """The same number in every lane."""
        if self.lanes == 1:
            return self.scalar(value)
        return ir.Constant(self.type, [value] * self.lanes)

    def splat(self, scalar: Any) -> Any:
        """A scalar in every lane."""
        if self.lanes == 1:
            return scalar
        return self._spread(self.type, scalar)

    def lane(self, value: Any, number: int) -> Any:
        """One lane of a vector, which may be wider or narrower than ours, in every lane."""
        return self._pick(value, value, [number] * self.lanes)

    def first_lanes(self, count: Any) -> Any:
        """A mask of the first `count` lanes; `count` is an LLVM value."""
        kind = self.integer.element
        narrow = self.builder.trunc(count, kind) if kind.width < count.type.width else count
        numbers = ir.Constant(self.integer, list(range(self.lanes)))
        return self.builder.icmp_signed("<", numbers, self._spread(self.integer, narrow))

    def first(self, count: int, value: Any, other: float = 0.0) -> Any:
        """The first `count` lanes, and another number in those behind."""
        lanes = [*range(count), *range(self.lanes + count, 2 * self.lanes)]
        return self._pick(value, self.constant(other), lanes)

    def interleave(self, a: Any, b: Any) -> tuple[Any, Any]:
        """a0 b0 a1 b1 ..., in two vectors."""
        pairs = [lane for k in range(self.lanes) for lane in (k, self.lanes + k)]
        return self._pick(a, b, pairs[: self.lanes]), self._pick(a, b, pairs[self.lanes :])

    def exchanged(self, vectors: list[Any], places: list[int]) -> Any:
        """The lanes at these places, counted through all of the vectors."""
        result = vectors[0]
        if len(vectors) == 1:
            return (
                result if places == list(range(self.lanes)) else self._pick(result, result, places)
            )
        for number, vector in enumerate(vectors[1:], 1):
            found = [divmod(place, self.lanes) for place in places]
            chosen = [
                self.lanes + lane if owner == number else lane if number == 1 else k
                for k, (owner, lane) in enumerate(found)
            ]
            result = self._pick(result, vector, chosen)
        return result

    def halves(self, value: Any) -> tuple[Any, Any]:
        """The first and the second half of the lanes, as vectors of half as many."""
        half = self.lanes // 2
        low, high = range(half), range(half, self.lanes)
        return self._pick(value, value, low), self._pick(value, value, high)

    def transposed(self, rows: list[Any]) -> list[Any]:
        """The columns of a square of numbers, from its rows."""
        half = self.lanes // 2
        for _ in range(self.lanes.bit_length() - 1):
            pairs = [self.interleave(rows[k], rows[k + half]) for k in range(half)]
            rows = [vector for pair in pairs for vector in pair]
        return rows

    def looked_up(self, table: Any, places: Any) -> Any:
        """The number of a table of 16 at each place, an integer of which the last 4 bits count.

        `table` is a constant of 16 numbers or integers as wide as the lanes; for targets that have
        an instruction for it (`Target.looks_up`).
        """
        full = self.target.lanes(self.dtype)
        if self.lanes < full:
            places = self._pick(places, places, [lane % self.lanes for lane in range(full)])
        kind = ir.VectorType(table.type.element, full)
        letter = {"double": "pd", "i64": "q", "float": "sf", "i32": "si"}[str(kind.element)]
        if full == 16:
            name = f"llvm.x86.avx512.permvar.{letter}.512"
            found = self._external(name, kind, table, places)
        else:
            halves = [ir.Constant(kind, table.constant[k : k + 8]) for k in (0, 8)]
            name = f"llvm.x86.avx512.vpermi2var.{letter}.512"
            found = self._external(name, kind, halves[0], places, halves[1])
        return found if self.lanes == full else self._pick(found, found, range(self.lanes))

    def _external(self, name: str, kind: Any, *values: Any) -> Any:
        """Call a function of LLVM that is declared where it is first called."""
        types = [value.type for value in values]
        return self.builder.call(external(self.builder, name, kind, *types), values)

    def total(self, value: Any) -> Any:
        """The sum of the lanes, a scalar."""
        if self.lanes == 1:
            return value
        count = self.lanes
        while count > 1:
            count //= 2
            low = self._pick(value, value, range(count))
            value = self.builder.fadd(low, self._pick(value, value, range(count, 2 * count)))
        return self.builder.extract_element(value, ir.IntType(32)(0))

    def totals(self, values: list[Any]) -> Any:
        """The sums of the lanes of each vector, one a lane; as many vectors as lanes, at most."""
        steps = self.lanes.bit_length() - 1
        reversed_bits = [int(f"{k:0{steps}b}"[::-1], 2) for k in range(self.lanes)]
        values = values + [self.constant(0.0)] * (self.lanes - len(values))
        sums = [values[k] for k in reversed_bits]
        while len(sums) > 1:
            pairs = zip(sums[::2], sums[1::2], strict=True)
            sums = [self.builder.fadd(*self.interleave(a, b)) for a, b in pairs]
        return sums[0]

    def total_of_first(self, count: int, value: Any) -> Any:
        """The sum of the first `count` lanes, a scalar."""
        found = [
            self.builder.extract_element(value, ir.Constant(ir.IntType(32), lane))
            for lane in range(count)
        ]
        while len(found) > 1:
            pairs = [self.builder.fadd(*found[k : k + 2]) for k in range(0, len(found) - 1, 2)]
            found = pairs + found[len(found) // 2 * 2 :]
        return found[0]

    def _spread(self, kind: Any, scalar: Any) -> Any:
        nothing = ir.Constant(kind, ir.Undefined)
        first = self.builder.insert_element(nothing, scalar, ir.Constant(ir.IntType(32), 0))
        return self._pick(first, nothing, [0] * self.lanes)

    def _pick(self, a: Any, b: Any, lanes: Iterable[int]) -> Any:
        """A vector of these lanes, counted through a and then b."""
        chosen = list(lanes)
        mask = ir.Constant(ir.VectorType(ir.IntType(32), len(chosen)), chosen)
        return self.builder.shuffle_vector(a, b, mask)
