"""What tests of the cache share: code that nothing compiles, and files with it."""

from __future__ import annotations

from pathlib import Path

from kernels.codegen.llvm import cache

FUNCTIONS = b"code\0\n of functions\n", ("rows", "packed", "entry_forward")


class Making:
    """Compiles nothing, and counts how often it is asked to."""

    def __init__(self, made: cache.Code = FUNCTIONS) -> None:
        self.made, self.count = made, 0

    def __call__(self) -> cache.Code:
        self.count += 1
        return self.made


def kept(folder: Path, what: str = "this") -> Path:
    """Have the cache keep `FUNCTIONS`, and return the file."""
    assert cache.code(what, Making()) == FUNCTIONS
    return folder / f"{cache.key(what)}{cache.SUFFIX}"


def assert_made_once(folder: Path) -> None:
    """Assert that code is compiled, and that what is kept then is right."""
    making = Making()
    assert [cache.code("this", making) for _ in range(3)] == [FUNCTIONS] * 3
    assert making.count == 1
    assert not list(folder.glob(f"*{cache.UNFINISHED}"))
