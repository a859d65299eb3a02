"""scikit-learn's fitted networks and Pipelines as compiled code."""
