"""Charts of measured results, made from stored rows, each with a sentence on its finding."""
