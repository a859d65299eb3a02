"""Experiments: what each command measures."""
