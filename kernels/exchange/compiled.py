"""Modules of PyTorch and models of Keras made fast by `kernels.compile`, and their files.

A file is one of a `Network`, which `Network.load` reads too, with two more entries.
"""

from __future__ import annotations

import json
import os
import sys
from dataclasses import dataclass
from typing import Any

import numpy as np

from kernels import storage
from kernels.exchange import axes
from kernels.exchange.packages import is_a
from kernels.network import Network
from kernels.support import checks
from kernels.support.checks import Array
from kernels.support.tensors import plain

FORMAT = 1
"""Format of saved files."""
DESCRIBED = ("source", "dtype", "threads", "axes")
"""What a file says besides the network: fields of `Kept`."""


@dataclass(frozen=True)
class Kept:
    """All that a compiled module is made from; raises TypeError or ValueError as it does."""

    network: Network
    source: str
    """What was compiled, such as "torch Sequential"."""
    dtype: str
    threads: int
    axes: str = axes.LAST
    """How samples of more axes are taken, one of `axes.KINDS`."""

    def __post_init__(self) -> None:
        checks.dtype(self.dtype)
        checks.integer(self.threads, "threads", minimum=1)
        if self.axes not in axes.KINDS:
            raise ValueError(f"axes must be one of {', '.join(axes.KINDS)}, got {self.axes!r}")

    def compiled(self) -> CompiledModule:
        """The compiled module."""
        return CompiledModule(self)


def read(module: Any, dtype: Any, threads: int) -> Kept | None:
    """What to compile of a module of PyTorch or a model of Keras; None for another object."""
    if is_a(module, "keras", "Model"):  # which is a torch.nn.Module, too, where torch computes it
        from kernels.exchange import keras

        library, chain = "keras", keras.chain_of(module)
    elif is_a(module, "torch", "Module"):
        from kernels.exchange import torch_reading

        library, chain = "torch", torch_reading.chain_of(module)
    else:
        return None
    name = checks.dtype(dtype).name
    threads = checks.integer(threads, "threads", minimum=1)
    source = f"{library} {type(module).__name__}"
    return Kept(chain.network(), source, name, threads, chain.axes.kind)


class CompiledModule:
    """A module of PyTorch or a model of Keras as a plan; made by `kernels.compile`.

    Call it as what it was made of. It does not train. Copies and pickles contain the network, which
    is compiled again when they are loaded; `save` writes the same as plain data. An instance may be
    used by several threads at once.
    """

    def __init__(self, kept: Kept) -> None:
        from kernels import plan

        self._kept = kept
        operations = ("forward", "forward_batch")
        self._plan = plan(kept.network, None, kept.dtype, kept.threads, operations)
        # one sample goes straight to the plan's compiled code
        setattr(self, "one", self._plan.forward)  # noqa: B010 - mypy refuses a method's assignment

    def __call__(self, x: Any) -> Any:
        """Return the outputs for samples.

        Parameters
        ----------
        x : (s_1,), (m, s_1) or (..., s_1); or (m, ...), if what was compiled flattens samples
            A tensor of PyTorch, or anything that converts to an array.

        Returns
        -------
        outputs
            (s_L,), (m, s_L) or (..., s_L): for a tensor of PyTorch one of its dtype, on its device
            and without gradients, otherwise an array in the compiled dtype.

        Raises
        ------
        TypeError, ValueError
            If x has another shape, or holds no real numbers (complex, quantized, nested).
        """
        torch = sys.modules.get("torch")
        if torch is None or not isinstance(x, torch.Tensor):
            return self._outputs(x)
        # a call into PyTorch takes about a microsecond: those that change nothing are left out
        is_widened = x.dtype is torch.float32 and self._kept.dtype == "float64"
        found = torch.from_numpy(self._outputs(x.double() if is_widened else x))
        dtype = x.dtype if x.is_floating_point() else found.dtype
        return found if x.is_cpu and found.dtype is dtype else found.to(x.device, dtype)

    def _outputs(self, x: Any) -> Array:
        array = np.asarray(plain(x))
        if array.ndim == 1:
            return self._plan.forward(array)
        if array.ndim <= 2:
            return self._plan.forward_batch(array)
        n = self._plan.sizes[0]
        array = axes.shaped(array, self._kept.axes, n)
        found = self._plan.forward_batch(array.reshape(-1, n))
        return found.reshape(*array.shape[:-1], found.shape[-1])

    def one(self, x: Any, out: Array | None = None) -> Array:
        """Return the outputs for one sample, as `Plan.forward`.

        Parameters
        ----------
        x : (s_1,), one sample
        out : (s_L,) of the compiled dtype, to be filled and returned; a new array if None
        """
        return self._plan.forward(x, out)

    def predict(self, X: Any) -> Array:
        """Return the outputs for samples X (m, s_1) as an array (m, s_L), as a model of Keras."""
        found = self._outputs(X)
        if found.ndim != 2:
            raise ValueError(f"X must have shape (m, {self._plan.sizes[0]}), got {np.shape(X)}")
        return found

    @property
    def network(self) -> Network:
        """A copy of the network that is computed, with all that is affine folded in."""
        return self._kept.network.copy()

    def save(self, path: str | os.PathLike[str]) -> None:
        """Write it to `path` as .npz, completely or not at all.

        `kernels.load` reads it, without the library that it came from and without unpickling
        anything.

        Raises
        ------
        OSError
            If the file cannot be written.
        """
        kept = self._kept
        described = {one: getattr(kept, one) for one in DESCRIBED}
        text = json.dumps(described)
        entries = {storage.MODULE: np.array(FORMAT), "description": np.array(text)}
        contents = storage.contents(kept.network) | entries
        storage.write(path, lambda file: np.savez(file, **contents))

    def __reduce__(self) -> tuple[Any, ...]:
        return type(self), (self._kept,)

    def __repr__(self) -> str:
        kept = self._kept
        return (
            f"<{type(self).__name__} of {kept.source}: {kept.network.architecture}, {kept.dtype}>"
        )


def kept_in(archive: Any) -> Kept:
    """What an archive of a compiled module holds; raises anything if it is damaged."""
    number = checks.integer(archive[storage.MODULE].tolist(), "format", minimum=1)
    if number > FORMAT:
        raise ValueError(f"format {number}, expected 1 to {FORMAT}: a newer version wrote it")
    described = json.loads(archive["description"].item())
    network = Network.from_theta(*storage.parameters(archive))
    return Kept(network, **{one: described[one] for one in DESCRIBED})
