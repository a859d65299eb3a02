"""Python's objects and calls as compiled code sees them."""
