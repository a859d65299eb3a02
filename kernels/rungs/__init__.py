"""The ladder: one file per rung, each of which avoids a cost of the one before."""
