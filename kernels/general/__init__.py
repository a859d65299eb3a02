"""Networks of any activations and losses, for the rung that Numba compiles."""
