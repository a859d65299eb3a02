"""What is kept beside objects as long as they live."""

from __future__ import annotations

from typing import Any, Generic, TypeVar
from weakref import ref

Kept = TypeVar("Kept")


class Beside(Generic[Kept]):
    """Values by object: by which one it is, whether or not it can be hashed or equals another."""

    def __init__(self) -> None:
        self._kept: dict[int, tuple[ref[Any], Kept]] = {}

    def get(self, one: Any) -> Kept | None:
        """The value of an object; None if it has none."""
        found = self._kept.get(id(one))
        return None if found is None else found[1]

    def pop(self, one: Any) -> None:
        """Forget the value of an object, if it has one."""
        self._kept.pop(id(one), None)

    def __setitem__(self, one: Any, value: Kept) -> None:
        number, kept = id(one), self._kept

        def forget(gone: ref[Any]) -> None:
            if number in kept and kept[number][0] is gone:
                del kept[number]

        kept[number] = ref(one, forget), value

    def __contains__(self, one: Any) -> bool:
        return id(one) in self._kept

    def __len__(self) -> int:
        return len(self._kept)
