"""The ladder: one file a rung, each faster than the one before."""
