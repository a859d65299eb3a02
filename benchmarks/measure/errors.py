"""The exception of this package, besides those of Python and of `kernels`."""


class FailedError(RuntimeError):
    """What was asked for rightly, and failed: a run, a check or another program."""
