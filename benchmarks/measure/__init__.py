"""Timing, statistics, the environment, and the rows in which results are stored."""
