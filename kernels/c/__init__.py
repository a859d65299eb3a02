"""A network as C: its source, files for other programs, a compiler, and calls from Python."""
