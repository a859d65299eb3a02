"""What the gate and the contract ask of a kernel."""
