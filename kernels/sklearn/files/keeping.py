"""Files of compiled estimators, in which nothing is pickled: `save`, and `kernels.load`.

A file is an .npz archive with the arrays of the estimator and two more entries:
`estimator_format`, and `description`, a text of JSON that says what the arrays are
(`kernels.sklearn.files.plain`). Anybody's file may be read: it can only name data of the known
kinds, which are checked as they are read. What was compiled is compiled again, or found in the
cache of compiled code.
"""

from __future__ import annotations

import json
import os
from dataclasses import dataclass
from typing import Any

import numpy as np

from kernels import storage
from kernels.sklearn import fitted
from kernels.sklearn.conversion import Converted
from kernels.sklearn.files.plain import Reader, Writer
from kernels.support import checks

FORMAT = 1
"""Format of saved files."""


@dataclass(frozen=True)
class Kept:
    """All that a compiled estimator is made from; raises TypeError or ValueError as it does."""

    converted: Converted
    dtype: str
    threads: int
    check_finite: bool

    def __post_init__(self) -> None:
        checks.dtype(self.dtype)
        checks.integer(self.threads, "threads", minimum=1)

    def compiled(self) -> fitted.Compiled:
        """The compiled estimator."""
        return fitted.make(self.converted, self.dtype, self.threads, self.check_finite)


def save(kind: type, arguments: tuple[Any, ...], path: str | os.PathLike[str]) -> None:
    """Write a compiled estimator of class `kind`, made from `arguments`; see `Compiled.save`."""
    if kind not in (fitted.CompiledClassifier, fitted.CompiledRegressor):
        raise TypeError(
            f"only what kernels.compile returns can be saved, got a {kind.__name__}, whose methods "
            "would be lost: pickle it"
        )
    contents: dict[str, Any] = {}
    written = Writer(Kept, contents).written(Kept(*arguments), "estimator")
    text = json.dumps(written, allow_nan=False)
    contents |= {storage.ESTIMATOR: np.array(FORMAT), "description": np.array(text)}
    storage.write(path, lambda file: np.savez(file, **contents))


def kept_in(archive: Any) -> Kept:
    """What an archive holds; raises anything if it is damaged."""
    if storage.ESTIMATOR not in archive:
        if "theta" in archive:
            raise ValueError("it holds a network, which kernels.Network.load reads")
        raise ValueError("it holds something else")
    number = checks.integer(archive[storage.ESTIMATOR].tolist(), "format", minimum=1)
    if number > FORMAT:
        raise ValueError(f"format {number}, expected 1 to {FORMAT}: a newer version wrote it")
    content = json.loads(archive["description"].item())
    kept: Kept = Reader(Kept, archive).read(content, Kept)
    fitted.check(kept.converted)
    return kept
