"""Sweeps: many trainings of small networks, on all cores or a cluster, each stored once."""
