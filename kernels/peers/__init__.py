"""Peers: what people would use instead, behind the common interface, one file each.

A peer's module is light: the library itself is imported when a plan is made. The class lists in
`requires` what must be installed and in `operations` what the library can do.
"""
