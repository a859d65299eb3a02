"""Services shared by kernels: argument checks, aligned memory, workspaces, threads, caches."""
