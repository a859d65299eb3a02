"""Settings of the site that `make docs` builds, of all documents of the repository.

The documents are read where they lie, with the root of the repository as the source, so that each
link works on the site as it does in the repository.
"""

from __future__ import annotations

import sys
from pathlib import Path

HERE = Path(__file__).parent
sys.path[:0] = [str(HERE.parent), str(HERE)]  # this checkout's kernels, and source_pages

project = "mlp-ladder"
root_doc = "docs/index"
include_patterns = ["*.md", "docs/**"]
exclude_patterns = [".*", "benchmarks", "build", "examples", "kernels", "results", "tests"]

extensions = ["myst_nb", "sphinx.ext.autodoc", "numpydoc", "mathml", "source_pages"]
myst_enable_extensions = ["dollarmath"]
myst_heading_anchors = 3
html_math_renderer = "mathml"
nb_execution_mode = "off"  # `make docs` turns it on
nb_render_markdown_format = "gfm"
nb_execution_timeout = 180
nb_execution_raise_on_error = True

default_role = "code"
nitpicky = True
# what annotations and docstrings name of other packages, and of this one besides its public names
nitpick_ignore_regex = [("py:.*", ".*")]
autodoc_typehints = "none"  # types stand in the docstrings, with shapes
numpydoc_show_class_members = False

html_theme = "furo"
html_title = "mlp-ladder"
html_copy_source = False
html_show_sourcelink = False
html_additional_pages = {"index": "to-start.html"}
templates_path = ["templates"]
