"""The commands of `python -m benchmarks`, a file each: their options, and their tables."""
