"""What a network is made of, beside its numbers: activations and losses."""
