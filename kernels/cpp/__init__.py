"""A network as C++ with Eigen: its source, and its build as an extension module with nanobind."""
