"""A network as C: its source, a compiler for it, and functions that Python calls."""
