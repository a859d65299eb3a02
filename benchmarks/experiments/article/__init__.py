"""The measurements of `python -m benchmarks article`, and the training on the digits."""
