"""The arguments of a call from Python, by position or by name.

Names are compared as addresses: those of the arguments are interned, as names that stand in a
caller's source are. A call with any other is left to Python, which knows what is wrong with it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from kernels.codegen.llvm.vectors import Vectors
from kernels.codegen.llvm.writing import (
    BIT,
    BYTES,
    FALSE,
    INDEX,
    TRUE,
    index,
    repeat,
    subroutine,
    variable,
)
from kernels.codegen.python import objects
from kernels.codegen.python.objects import ITEMS, NULL, WORD, is_null

if TYPE_CHECKING:
    from kernels.codegen.python.calls import Call


def values(call: Call) -> list[Any]:
    """The arguments by position or name; NULL for one that is missing or None."""
    b, n = call.builder, len(call.names)
    places = b.alloca(BYTES, index(n))
    plain, named, end = (b.append_basic_block(name) for name in ("plain", "named", "end"))
    b.cbranch(is_null(b, call.keywords), plain, named).set_weights([1000, 1])

    b.position_at_end(plain)
    call.require(
        b.and_(
            b.icmp_signed(">=", call.count, index(call.required)),
            b.icmp_signed("<=", call.count, index(n)),
        )
    )
    values = [b.load(b.gep(call.given, [index(k)])) for k in range(call.required)]
    for k in range(call.required, n):
        value = variable(b, NULL)
        with b.if_then(b.icmp_signed(">", call.count, index(k))):
            b.store(b.load(b.gep(call.given, [index(k)])), value)
        values.append(b.load(value))
    after_plain = b.block
    b.branch(end)

    b.position_at_end(named)
    kinds = [places.type, BYTES.as_pointer(), INDEX, BYTES, BYTES, INDEX, INDEX]
    bind = subroutine(call.v, "bind", kinds, write_binding, result=BIT)
    given = [call.given, call.count, call.keywords, call.of_entry("names")]
    call.require(b.call(bind, [places, *given, index(n), index(call.required)]))
    others = [b.load(b.gep(places, [index(k)])) for k in range(n)]
    after_named = b.block
    b.branch(end)

    b.position_at_end(end)
    none = objects.external_object(b, "_Py_NoneStruct")
    found = []
    for value, other in zip(values, others, strict=True):
        merged = b.phi(BYTES)
        merged.add_incoming(value, after_plain)
        merged.add_incoming(other, after_named)
        found.append(merged)
    for k in range(call.required, n):
        found[k] = b.select(b.icmp_unsigned("==", found[k], none), NULL, found[k])
    return found


def write_binding(
    v: Vectors,
    places: Any,
    given: Any,
    count: Any,
    keywords: Any,
    names: Any,
    most: Any,
    required: Any,
) -> Any:
    """Instructions that put arguments in their `places`; whether all of them fit.

    The first `count` of those given are by position; the others are by name, and the tuple
    `keywords` holds their names.
    """
    b = v.builder
    good = variable(b, b.icmp_signed("<=", count, most))
    with repeat(b, most) as k:
        b.store(NULL, b.gep(places, [k]))
    with b.if_then(b.load(good)):
        with repeat(b, count) as k:
            b.store(b.load(b.gep(given, [k])), b.gep(places, [k]))
        with repeat(b, objects.field(b, keywords, 2 * WORD)) as number:
            keyword, fits = item(b, keywords, number), variable(b, FALSE)
            with repeat(b, most) as k:
                place = b.gep(places, [k])
                same = b.icmp_unsigned("==", keyword, item(b, names, k))
                with b.if_then(b.and_(same, is_null(b, b.load(place)))):
                    b.store(b.load(b.gep(given, [b.add(count, number)])), place)
                    b.store(TRUE, fits)
            b.store(b.and_(b.load(good), b.load(fits)), good)
        with repeat(b, required) as k:
            missing = is_null(b, b.load(b.gep(places, [k])))
            b.store(b.and_(b.load(good), b.not_(missing)), good)
    return b.load(good)


def item(builder: Any, pair: Any, number: Any) -> Any:
    """An item of a tuple."""
    items = objects.place(builder, pair, ITEMS, BYTES)
    return builder.load(builder.gep(items, [number]))
