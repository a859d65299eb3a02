"""What `python -m benchmarks article` measures: published figures, and what does not hold."""
