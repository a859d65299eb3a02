"""Compiled versions of fitted scikit-learn networks and Pipelines."""
