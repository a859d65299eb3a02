"""The common interface on what people would use instead: one small file a library.

A peer's module is light: the library itself is imported when a plan is made. The class says in
`requires` what must be installed and in `operations` what the library offers of its own.
"""
