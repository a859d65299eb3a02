"""Code generated for one network, for the fastest rung and to find the machine's limits.

docs/how-it-works/codegen.md tells how it comes about, and what each file does.
"""
