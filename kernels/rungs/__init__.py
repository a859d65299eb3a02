"""The ladder: a file a rung, each faster than the one before."""
