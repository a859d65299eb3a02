"""ONNX Runtime: the network as an ONNX graph on the CPU, one Gemm and activation per layer.

Trained networks are usually served in this way. The graph's batch dimension is open, so one session
takes single samples and batches. The parameters are constants of the graph, so that the runtime can
arrange them for its kernels; `pack` makes a session of them. There are no gradients.

It is called as its experts do: arrays for input and output are bound once to an `io_binding`, and a
call copies a sample in and the output out. Threads may share a session, but not a binding, so two
pools of bindings are kept: one for single samples, and one for the batch size last asked for. A
batch so large that copying it takes longer than the rest of the call goes through `run`, without a
copy.

Roughly, in turns in one process on a busy machine, one sample of 64-30-10 in float64 takes 7.9 µs,
13.7 with `run`, 9.5 with the caller's array bound in each call, 13 with its output bound too, and
8.9 or more with `OrtValue.update_inplace`. Given RunOptions, `run_with_iobinding` of version 1.32
takes 45 µs, as it looks for a setting that is not there. None of the session's options for memory
(arena, pattern, reuse) and optimization changes a call by more than 3 %, and threads that do not
spin while they wait (`session.intra_op.allow_spinning`) are not faster.
"""

from __future__ import annotations

from functools import partial
from typing import Any

import numpy as np

from kernels.exchange import onnx_writing
from kernels.interface import Plan
from kernels.parts.architecture import Architecture
from kernels.support.checks import Array
from kernels.support.pool import Pool, SizedPool

SINGLE_ONLY = ("gelu",)
"""Activations that need Erf, which the runtime has for float32 alone."""
MOST_COPIED = 1 << 16
"""Bytes of the largest batch that is copied to bound arrays."""


class Kernel(Plan):
    """An inference session."""

    name = "onnx-runtime"
    operations = ("forward", "forward_batch")
    requires = ("onnx", "onnxruntime")
    general = True
    max_threads = None

    @classmethod
    def offers(cls, what: Architecture, dtype: str) -> bool:
        known = dtype == "float32" or not any(name in SINGLE_ONLY for name in what.activations)
        return known and super().offers(what, dtype)

    def pack(self, theta: Array) -> Any:
        return Session(self.session(theta), self.sizes, self.dtype, self.dtype)

    def build(self) -> None:
        x, out = (np.zeros(width, self.dtype) for width in (self.sizes[0], self.sizes[-1]))
        self.sample_forward(self._parameters, x, out)

    def served(self) -> Session:
        """A session that takes a caller's samples, in float64 if the network has a shift."""
        if (shift := self.network.shift) is None:
            return self._parameters  # type: ignore[no-any-return]
        own = self.session(self.network.theta.astype(self.dtype), shift)
        return Session(own, self.sizes, np.dtype(np.float64), self.dtype)

    def session(self, theta: Array, shift: Array | None = None) -> Any:
        """A session that runs `model`."""
        import onnxruntime

        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = self.threads
        options.inter_op_num_threads = 1
        return onnxruntime.InferenceSession(
            self.model(theta, shift), options, providers=["CPUExecutionProvider"]
        )

    def model(self, theta: Array, shift: Array | None = None) -> bytes:
        """The network as a serialized ONNX model, as `Network.to_onnx` writes it."""
        return onnx_writing.serialized(self.architecture, theta, shift)

    def sample_forward(self, parameters: Any, x: Array, out: Array) -> None:
        parameters.write_sample(x, out)

    def batch_forward(self, parameters: Any, X: Array, out: Array) -> None:
        parameters.write(X, out)


class Session:
    """ONNX Runtime's session, with bindings for calls that are under way together.

    Parameters
    ----------
    own : the library's session
    sizes : of the network's layers
    taken, given : dtypes of samples and outputs
    """

    def __init__(
        self, own: Any, sizes: tuple[int, ...], taken: np.dtype[Any], given: np.dtype[Any]
    ) -> None:
        self.own = own
        self._outputs, self._given = sizes[-1], given

        def bound(m: int) -> Binding:
            return Binding(own, np.zeros((m, sizes[0]), taken), np.zeros((m, sizes[-1]), given))

        self._of_samples, self._of_batches = Pool(partial(bound, 1)), SizedPool(bound)

    def __call__(self, X: Array) -> Array:
        """Return the outputs (m, s_L) for X (m, s_1)."""
        out = np.empty((len(X), self._outputs), self._given)
        (self.write_sample if len(X) == 1 else self.write)(X, out)
        return out

    def write_sample(self, x: Array, out: Array) -> None:
        """Write the outputs for one sample; both arrays may have a first dimension of 1."""
        binding = self._of_samples.take()
        try:
            binding.run(x, out)
        finally:
            self._of_samples.give(binding)

    def write(self, X: Array, out: Array) -> None:
        """Write the outputs (m, s_L) for X (m, s_1)."""
        if X.nbytes > MOST_COPIED:
            out[:] = self.own.run(None, {"X": X})[0]
            return
        binding = self._of_batches.take(len(X))
        try:
            binding.run(X, out)
        finally:
            self._of_batches.give(len(X), binding)


class Binding:
    """Arrays for m samples and their outputs, bound to a session."""

    def __init__(self, session: Any, X: Array, Y: Array) -> None:
        from onnxruntime import OrtValue

        self._X, self._Y = X, Y
        self._binding, self._run = session.io_binding(), session.run_with_iobinding
        # on a CPU the values share the arrays' memory
        self._binding.bind_ortvalue_input("X", OrtValue.ortvalue_from_numpy(X))
        self._binding.bind_ortvalue_output("Y", OrtValue.ortvalue_from_numpy(Y))

    def run(self, X: Array, out: Array) -> None:
        """Write the outputs for X to out; both may lack the first dimension if m is 1."""
        self._X[:] = X
        self._run(self._binding)
        out[:] = self._Y
