"""TensorFlow with its graphs compiled by XLA: `tf.function(..., jit_compile=True)` in a session.

XLA removes the dispatch of single operations from a loop of training. A call for one sample takes
longer with it: on 3-3-1 a session's callable 185 µs instead of 135, a concrete function without a
session 215.
"""

from __future__ import annotations

from kernels.peers import tensorflow


class Kernel(tensorflow.Kernel):
    """TensorFlow's graphs, compiled."""

    name = "tensorflow-xla"
    compiles_shapes = True
    xla = True
