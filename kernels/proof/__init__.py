"""How a kernel is shown to be right: oracle, error bounds, gate, and the contract's checks."""
