"""The parts of a network besides its parameters: activations and losses."""
