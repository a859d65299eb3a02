"""The commands of `python -m benchmarks`: their options, and what they show."""
