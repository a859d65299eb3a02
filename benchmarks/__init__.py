"""How long the kernels take, and what that means; run from a checkout as `python -m benchmarks`."""
