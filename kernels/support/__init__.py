"""What kernels share and callers do not see: checks, plug-ins, memory, threads, caches."""
