"""Explicit vectors inside Numba code, for the fastest rung and to find the machine's limits.

Numba leaves vectorisation to LLVM, which does not vectorise a call of exp, a sum whose order
matters, or a loop whose length it cannot know. Here vector instructions are written down one by
one, as LLVM's own vector types and through `numba.extending.intrinsic`, in the width of the
processor's registers; LLVM turns the same text into AVX-512, AVX2, SSE2 or NEON (the last of which
is untested).

    vectors.py          the width, and a writer of vector instructions
    exponential.py      exp, sigmoid and tanh of a vector
    activations.py      those and others, for whole layers
    subroutines.py      loops, and functions within the compiled code
    layout.py           where a network's parameters lie
    sample.py           one sample through a network
    sample_gradient.py  and back, for the gradient
    batch.py            many samples through a network
    batch_gradient.py   and back
    losses.py           where the way back begins
    sums.py             what a group of samples adds to the gradient
    barrier.py          where threads wait for each other
    objects.py          NumPy arrays as Python hands them over, checked by compiled code
    intrinsics.py       what these write, as intrinsics for Numba
    compiled.py         functions made of them for one network
    probes.py           loops that do nothing but one thing, at the limit of the machine
"""
