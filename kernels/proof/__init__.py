"""Proof that a kernel is right: reference, error bounds, gate, and the contract's checks."""
