"""The emitters: what computes a network, written as LLVM IR.

docs/how-it-works/codegen.md says what vectors, blocks, tiles and groups are, and how to read one.
"""
