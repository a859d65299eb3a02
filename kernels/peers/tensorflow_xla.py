"""TensorFlow with its graphs compiled by XLA: `tf.function(..., jit_compile=True)`."""

from __future__ import annotations

from kernels.peers import tensorflow


class Kernel(tensorflow.Kernel):
    """TensorFlow's graphs, compiled."""

    name = "tensorflow-xla"
    xla = True
