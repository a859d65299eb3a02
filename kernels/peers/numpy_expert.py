"""NumPy as an expert writes it: arrays are made once, and calls convert and look up nothing.

What a call allocates has one number a sample, as the maxima of softmax, or is a buffer that NumPy
fills with a bias or a factor that is broadcast, of up to 64 KiB. Activations other than logistic,
tanh, relu, exp, identity and softmax make arrays of all nodes, and so do the Poisson loss and the
log-loss of logistic outputs.

What the rung `batched` does not do (µs; rough, in turns in one process on a busy machine):

- One sample has a pass of its own, on vectors. It calls `dot` methods that were bound before (0.55;
  `np.dot` 0.75, `np.matvec` 1.2, `np.matmul` 1.2), on matrices whose last column is the bias, so
  that nothing is added, and SciPy's `expit` (0.52; negative, exp, add, reciprocal 1.6).
- The gradient of one sample is computed on vectors, too (28; as a batch of one 46).
- Over a batch, logistic layers compute -z from negated weights: the sigmoid needs one pass fewer.
- Constants are arrays, which NumPy need not convert (`z += 1` 0.8, with an array 0.4).
- Sums over rows and columns are products with ones (6.8; `np.add.reduce` 28 to 35, 1078 x 30).
- Gradients go block by block, so that large ones stay in the cache (5 % at 100-100-50-10 x 4096).
- Minibatches are gathered, differentiated and moved by Adam in the same arrays.

On 64-30-10, logistic, one sample takes 4.9 (`vectorized` 11.8, `batched` 15.8); 1078 samples take
472 (`batched` 480), in float32 185 (190); a step of Adam by 32 samples takes 88 (135).

Tried, and not faster:

- W.T stored in C order: the same.
- `expit` over a batch: 215, exp and two more passes 192; in float32 215 and 55.
- `tanh(z / 2) / 2 + 1/2`: 457, and small outputs lose all their digits.
- The bias as a column over a batch: copying X takes as long as adding the bias, 18.
- Smaller blocks.
- SciPy's `dgemv` for one sample: 1.3.
- SciPy's `dgemm` onto the bias: 3 % faster at best, but SciPy has a BLAS of its own.

Each call switches NumPy's warnings off (1), since `dot` warns of infinity minus infinity.
"""

from __future__ import annotations

from functools import partial
from typing import Any

import numpy as np

from kernels.interface import Plan
from kernels.network import views
from kernels.parts.activations.logistic import PART as LOGISTIC
from kernels.parts.architecture import Architecture
from kernels.parts.sigmoid import without_warnings
from kernels.passes import Passes
from kernels.peers._in_place import matrix_function, negated_sigmoid, vector_function
from kernels.peers._numpy_sample import SampleGradient
from kernels.peers._numpy_training import Gradient, Penalty, mover
from kernels.support import aligned
from kernels.support.checks import Array
from kernels.support.pool import Pool, SizedPool

LEAST_ROWS = 256
"""Samples in a block, at least: with fewer, NumPy's cost per call shows."""
BLOCK = 1200 << 10
"""Bytes of all nodes of a block, at least: about what the second-level cache of a core holds."""


class Kernel(Plan):
    """NumPy with `out` everywhere."""

    name = "numpy-expert"
    requires = ("scipy",)
    modules = ("scipy.special",)
    max_threads = None
    uses_blas = True
    general = True

    def prepare(self) -> None:
        what, dtype = self.architecture, self.dtype
        rows = max(LEAST_ROWS, BLOCK // (sum(self.sizes) * dtype.itemsize))
        self._functions = [
            negated_sigmoid(dtype) if f is LOGISTIC else matrix_function(f, width, dtype)
            for f, width in zip(what.functions, self.sizes[1:], strict=True)
        ]
        self._hidden = SizedPool(partial(hidden, self.sizes[1:-1], dtype, rows))
        self._new_gradient = partial(new_gradient, what, dtype, rows)
        self._gradients = SizedPool(self._new_gradient)

    def pack(self, theta: Array) -> Any:
        return Packed(self.architecture, theta)

    @without_warnings()
    def sample_forward(self, parameters: Any, x: Array, out: Array) -> None:
        one = parameters.samples.take()
        try:
            one.run(x, out)
        finally:
            parameters.samples.give(one)

    @without_warnings()
    def batch_forward(self, parameters: Any, X: Array, out: Array) -> None:
        blocks, add = self._hidden.take(len(X)), np.add
        layers = list(zip(parameters.WT, parameters.signed_b, self._functions, strict=True))
        try:
            for rows, H in blocks:
                source = X[rows]
                for (WT, b, f), target in zip(layers, [*H, out[rows]], strict=True):
                    source.dot(WT, target)
                    add(target, b, target)
                    f(target)
                    source = target
        finally:
            self._hidden.give(len(X), blocks)

    @without_warnings()
    def batch_gradient(
        self, parameters: Any, X: Array, Y: Array, out: Array
    ) -> tuple[float, float]:
        gradient = self._gradients.take(len(X))
        try:
            return gradient.fresh(parameters.layers, X, Y, out)
        finally:
            self._gradients.give(len(X), gradient)

    @without_warnings()
    def descend(
        self, theta: Array, X: Array, Y: Array, alpha: float, cost: Array, error: Array
    ) -> None:
        g, rate = aligned.empty(theta.shape, theta.dtype), np.asarray(alpha, theta.dtype)
        layers, slopes = views(theta, self.sizes), views(g, self.sizes)
        gradient = self._gradients.take(len(X))
        try:
            for k in range(len(cost)):
                cost[k], error[k] = gradient.of(layers, X, Y, g, slopes)
                np.multiply(g, rate, g)
                np.subtract(theta, g, theta)
        finally:
            self._gradients.give(len(X), gradient)

    @without_warnings()
    def pass_over(self, theta: Array, one: Passes, first: int, last: int, found: Array) -> None:
        if one.weights is not None:
            super().pass_over(theta, one, first, last, found)
            return
        size, g = one.batch_size, aligned.empty(theta.shape, theta.dtype)
        layers, slopes = views(theta, self.sizes), views(g, self.sizes)
        x, y = (
            aligned.empty((size, width), self.dtype) for width in self.sizes[:: len(self.sizes) - 1]
        )
        gradients = {
            m: self._new_gradient(m) for m in (size, len(one.X) - (one.batches - 1) * size)
        }
        move = mover(one, theta, g)
        penalty = Penalty(one.l2, theta, g, self.sizes) if one.l2 else None
        for step in range(first, last):
            number, batch = divmod(step, one.batches)
            part = slice(batch * size, (batch + 1) * size)
            if one.orders is None:
                X, Y = one.X[part], one.Y[part]
            else:
                chosen = one.orders[number, part]
                X, Y = x[: len(chosen)], y[: len(chosen)]
                # mode "clip" writes straight to `out`; all indices are in range
                one.X.take(chosen, 0, X, "clip")
                one.Y.take(chosen, 0, Y, "clip")
            m, sums = len(X), found[number]
            cost, error = gradients[m].of(layers, X, Y, g, slopes)
            if penalty is not None:
                sums[2] += m * penalty.add(m)
            sums[0] += m * cost
            sums[1] += m * error
            move(step)


def new_gradient(
    what: Architecture, dtype: np.dtype[Any], most: int, m: int
) -> Gradient | SampleGradient:
    """What computes the gradient over m samples, in blocks of at most `most`."""
    return SampleGradient(what, dtype) if m == 1 else Gradient(what, dtype, most, m)


class Packed:
    """Parameters as the passes read them, and workspaces for one sample, which are tied to them."""

    def __init__(self, what: Architecture, theta: Array) -> None:
        self.layers = W, b = views(theta, what.sizes)
        # over a batch, logistic layers compute -z, which spares the sigmoid a pass
        signs = [-1 if f is LOGISTIC else 1 for f in what.functions]
        self.WT = [aligned.copy(sign * w).T for sign, w in zip(signs, W, strict=True)]
        self.signed_b = [sign * bias for sign, bias in zip(signs, b, strict=True)]
        folded = [aligned.copy(np.column_stack(pair)) for pair in zip(W, b, strict=True)]
        self.samples = Pool(partial(Sample, what, folded))


class Sample:
    """The pass of one sample, each layer with its bias as the last column of its matrix."""

    def __init__(self, what: Architecture, folded: list[Array]) -> None:
        dtype = folded[0].dtype
        # each h ends with a 1, which the bias is multiplied by
        h = [aligned.empty((width + 1,), dtype) for width in what.sizes]
        for one in h:
            one[-1] = 1
        self._x, *z = (one[:-1] for one in h)
        functions = [
            vector_function(f, len(one), dtype) for f, one in zip(what.functions, z, strict=True)
        ]
        *self._hidden, self._last = zip(
            [matrix.dot for matrix in folded], h[:-1], z, functions, strict=True
        )

    def run(self, x: Array, out: Array) -> None:
        """Write the output for x (s_1,) to out (s_L,)."""
        self._x[...] = x
        for dot, source, z, f in self._hidden:
            dot(source, z)
            f(z, z)
        dot, source, z, f = self._last
        dot(source, z)
        f(z, out)


def hidden(
    widths: tuple[int, ...], dtype: np.dtype[Any], most: int, m: int
) -> list[tuple[slice, list[Array]]]:
    """The rows of each block of m samples, with arrays for its hidden layers."""
    whole = [aligned.empty((min(most, m), width), dtype) for width in widths]
    return [
        (slice(start, start + most), [one[: m - start] for one in whole])
        for start in range(0, m, most)
    ]
