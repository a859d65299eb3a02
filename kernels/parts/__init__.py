"""The parts of a network and its training: activations, losses, optimizers."""
