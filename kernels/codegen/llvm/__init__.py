"""LLVM through llvmlite: writing LLVM IR, compiling it, and keeping and linking the code."""
